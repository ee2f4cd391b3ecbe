package ingest_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/ports/portfake"
)

// world is a project with two roots, over fakes.
type world struct {
	registry *portfake.ProjectRegistry
	tree     *portfake.SourceTree
	embedder *portfake.Embedder
	store    *portfake.Store
	gate     *portfake.Gate
	clock    *portfake.Clock
	service  *ingest.Service
	notes    string // path of a root
	code     string // path of the other
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		tree: &portfake.SourceTree{}, embedder: &portfake.Embedder{}, store: portfake.NewStore(), gate: &portfake.Gate{}, clock: &portfake.Clock{},
		notes: folder(t, "notes"), code: folder(t, "code"),
	}
	w.registry = portfake.NewProjectRegistry(domain.Project{
		Name: "Alpha", Aliases: []string{"a1"},
		IngestRoots: []domain.IngestRoot{{Path: w.notes, Label: "notes"}, {Path: w.code, Label: "code"}},
	})
	w.tree.AddRoot(w.notes)
	w.tree.AddRoot(w.code)
	w.service = ingest.New(w.config())
	return w
}

func (w *world) config() ingest.Config {
	return ingest.Config{
		Registry: w.registry, Source: w.tree, Parser: portfake.Parser{}, Embedder: w.embedder, Documents: w.store.Documents(),
		Gate: w.gate, Clock: w.clock, Workers: 2, MaxFileSize: 1000, Chunking: ingest.Chunking{Max: 60},
	}
}

func folder(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("nowhere", name))
	require.NoError(t, err)
	return path
}

func (w *world) refresh(t *testing.T) domain.RefreshResult {
	t.Helper()
	result, err := w.service.Refresh(t.Context(), "alpha", nil)
	require.NoError(t, err)
	shared, alone, ingesting := w.gate.Held()
	assert.True(t, shared == 0 && !alone && !ingesting, "the gate is left")
	return result
}

// stored returns the text of every chunk of every document of a root, by path.
func (w *world) stored(t *testing.T, root string) map[string]string {
	t.Helper()
	files, err := w.store.Documents().Files(t.Context(), "Alpha", root)
	require.NoError(t, err)
	texts := map[string]string{}
	for path := range files {
		texts[path] = ""
		for _, c := range w.store.Documents().Chunks(domain.DocumentKey{Project: "Alpha", Root: root, Path: path}) {
			texts[path] += c.Content + "|"
		}
	}
	return texts
}

var errBoom = errors.New("boom")

// failNth makes every fake fail at the n-th call of op. told tells whether it came
// to that.
func (w *world) failNth(op string, n int) (told func() bool) {
	var mu sync.Mutex
	seen := 0
	hook := func(asked string) error {
		mu.Lock()
		defer mu.Unlock()
		if asked != op {
			return nil
		}
		if seen++; seen == n {
			return errBoom
		}
		return nil
	}
	w.setFail(hook)
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		return seen >= n
	}
}

func (w *world) setFail(hook func(string) error) {
	w.registry.Fail, w.tree.Fail, w.embedder.Fail, w.store.Fail, w.gate.Fail = hook, hook, hook, hook, hook
}
