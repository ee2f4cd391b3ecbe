package project_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/project"
	"github.com/atocore/atocore/ports/portfake"
)

type world struct {
	registry *portfake.ProjectRegistry
	store    *portfake.Store
	tree     *portfake.SourceTree
	gate     *portfake.Gate
	service  *project.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{registry: &portfake.ProjectRegistry{}, store: portfake.NewStore(), tree: &portfake.SourceTree{}, gate: &portfake.Gate{}}
	w.service = project.New(project.Config{
		Registry: w.registry, Documents: w.store.Documents(), Memories: w.store.Memories(), Source: w.tree, Gate: w.gate,
		Clock: &portfake.Clock{}, DataDir: at(t, "home/me/data"),
	})
	return w
}

func at(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(filepath.Join("nowhere", filepath.FromSlash(path)))
	require.NoError(t, err)
	return abs
}

func (w *world) register(t *testing.T, name string, paths ...string) domain.Project {
	t.Helper()
	p := domain.Project{Name: name}
	for _, path := range paths {
		p.IngestRoots = append(p.IngestRoots, domain.IngestRoot{Path: path})
	}
	stored, err := w.service.Register(t.Context(), p)
	require.NoError(t, err)
	return stored
}

func TestRegisterCompletes(t *testing.T) {
	w := newWorld(t)
	messy := at(t, "a/docs") + string(filepath.Separator) + "." + string(filepath.Separator)
	stored := w.register(t, "alpha", messy, at(t, "b/Docs"), at(t, "c/code"), at(t, strings.Repeat("ü", 50)))
	assert.Equal(t, []domain.IngestRoot{
		{Path: at(t, "a/docs"), Label: "docs"},
		{Path: at(t, "b/Docs"), Label: "Docs-2"},
		{Path: at(t, "c/code"), Label: "code"},
		{Path: at(t, strings.Repeat("ü", 50)), Label: strings.Repeat("ü", 30)},
	}, stored.IngestRoots)
	got, err := w.service.Get(t.Context(), "ALPHA")
	require.NoError(t, err)
	assert.Equal(t, stored, got)
	all, err := w.service.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []domain.Project{stored}, all)

	top := w.register(t, "top", string(filepath.Separator)+"srv")
	assert.Equal(t, "srv", top.IngestRoots[0].Label)
}

func TestRegisterKeepsLabelsThatAreGiven(t *testing.T) {
	w := newWorld(t)
	stored, err := w.service.Register(t.Context(), domain.Project{Name: "alpha", IngestRoots: []domain.IngestRoot{
		{Path: at(t, "a/docs")}, {Path: at(t, "b"), Label: "docs"},
	}})
	require.NoError(t, err)
	assert.Equal(t, "docs-2", stored.IngestRoots[0].Label)
	assert.Equal(t, "docs", stored.IngestRoots[1].Label)
}

func TestRegisterRefuses(t *testing.T) {
	w := newWorld(t)
	w.register(t, "alpha", at(t, "a"))
	for name, test := range map[string]struct {
		project domain.Project
		kind    domain.Kind
		says    string
	}{
		"a taken name":          {domain.Project{Name: "Alpha", IngestRoots: roots(at(t, "b"))}, domain.KindConflict, "belongs to project"},
		"a taken alias":         {domain.Project{Name: "beta", Aliases: []string{"ALPHA"}, IngestRoots: roots(at(t, "b"))}, domain.KindConflict, "belongs to project"},
		"no root":               {domain.Project{Name: "beta"}, domain.KindInvalid, "no ingest root"},
		"a relative root":       {domain.Project{Name: "beta", IngestRoots: roots("docs")}, domain.KindInvalid, "not an absolute path"},
		"a bad name":            {domain.Project{Name: "a/b", IngestRoots: roots(at(t, "b"))}, domain.KindInvalid, "not usable"},
		"a root given twice":    {domain.Project{Name: "beta", IngestRoots: roots(at(t, "b"), at(t, "b/../b"))}, domain.KindInvalid, "twice"},
		"the data directory":    {domain.Project{Name: "beta", IngestRoots: roots(at(t, "home/me/data"))}, domain.KindInvalid, "own data"},
		"what lies in it":       {domain.Project{Name: "beta", IngestRoots: roots(at(t, "home/me/data/backups"))}, domain.KindInvalid, "own data"},
		"a label with a slash":  {domain.Project{Name: "beta", IngestRoots: []domain.IngestRoot{{Path: at(t, "b"), Label: "a/b"}}}, domain.KindInvalid, "label"},
		"a label that is twice": {domain.Project{Name: "beta", IngestRoots: []domain.IngestRoot{{Path: at(t, "b"), Label: "x"}, {Path: at(t, "c"), Label: "X"}}}, domain.KindInvalid, "label"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.service.Register(t.Context(), test.project)
			assert.Equal(t, test.kind, domain.KindOf(err), "%v", err)
			assert.ErrorContains(t, err, test.says)
			all, err := w.service.List(t.Context())
			require.NoError(t, err)
			assert.Len(t, all, 1)
		})
	}
	w.register(t, "beside", at(t, "home/me/data-of-mine"), at(t, "home/me/notes"), at(t, "home/me"))
}

func roots(paths ...string) []domain.IngestRoot {
	var out []domain.IngestRoot
	for _, p := range paths {
		out = append(out, domain.IngestRoot{Path: p})
	}
	return out
}

func TestRegisterSeesThroughLinks(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	data, alias := filepath.Join(dir, "data"), filepath.Join(t.TempDir(), "alias")
	require.NoError(t, os.Mkdir(data, 0o700))
	if err := os.Symlink(dir, alias); err != nil {
		t.Skip("no links here: ", err)
	}
	w := newWorld(t)
	w.service.DataDir, w.service.Resolve = data, filepath.EvalSymlinks
	_, err = w.service.Register(t.Context(), domain.Project{Name: "alpha", IngestRoots: roots(filepath.Join(alias, "data"))})
	assert.ErrorContains(t, err, "own data")
}

func TestUpdate(t *testing.T) {
	w := newWorld(t)
	w.register(t, "alpha", at(t, "a"))
	w.register(t, "beta", at(t, "b"))
	stored, err := w.service.Update(t.Context(), "ALPHA", domain.Project{Aliases: []string{"al"}, Description: "new", IngestRoots: roots(at(t, "c"))})
	require.NoError(t, err)
	want := domain.Project{Name: "alpha", Aliases: []string{"al"}, Description: "new", IngestRoots: []domain.IngestRoot{{Path: at(t, "c"), Label: "c"}}}
	assert.Equal(t, want, stored)
	got, err := w.service.Get(t.Context(), "al")
	require.NoError(t, err)
	assert.Equal(t, want, got)

	_, err = w.service.Update(t.Context(), "alpha", domain.Project{Name: "gamma", IngestRoots: roots(at(t, "c"))})
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "%v", err)
	_, err = w.service.Update(t.Context(), "alpha", domain.Project{Aliases: []string{"beta"}, IngestRoots: roots(at(t, "c"))})
	assert.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
	_, err = w.service.Update(t.Context(), "alfa", domain.Project{IngestRoots: roots(at(t, "c"))})
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "%v", err)
	assert.ErrorContains(t, err, "did you mean")
	got, err = w.service.Get(t.Context(), "alpha")
	require.NoError(t, err)
	assert.Equal(t, want, got, "nothing that was refused changed anything")
}

func TestWarnings(t *testing.T) {
	w := newWorld(t)
	p := w.register(t, "alpha", at(t, "a"), at(t, "b"))
	w.tree.Write(at(t, "a"), "x.md", "x")
	w.tree.Write(at(t, "a"), "y.md", "y")
	warnings, err := w.service.Warnings(t.Context(), p)
	require.NoError(t, err)
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0], `"b"`)
	assert.Contains(t, warnings[0], "does not exist")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.service.Warnings(ctx, p)
	require.ErrorIs(t, err, context.Canceled)
}

func (w *world) fill(t *testing.T) {
	t.Helper()
	w.register(t, "alpha", at(t, "a"), at(t, "b"))
	w.register(t, "beta", at(t, "c"))
	for _, key := range []domain.DocumentKey{
		{Project: "alpha", Root: "a", Path: "1.md"}, {Project: "alpha", Root: "b", Path: "2.md"}, {Project: "beta", Root: "c", Path: "3.md"},
	} {
		require.NoError(t, w.store.Documents().Replace(t.Context(), domain.Document{DocumentKey: key}.With([]domain.Chunk{{ID: key.Path, Content: "x"}})))
	}
}

func (w *world) remember(t *testing.T, id, of string) {
	t.Helper()
	require.NoError(t, w.store.Memories().Create(t.Context(), domain.Memory{ID: id, Project: of, Content: "x", Status: domain.MemoryActive}, nil))
}

func TestRemove(t *testing.T) {
	w := newWorld(t)
	w.fill(t)
	removed, err := w.service.Remove(t.Context(), "Alpha", project.RemoveOptions{})
	require.NoError(t, err)
	assert.Equal(t, domain.StoreCounts{Documents: 2, Chunks: 2}, removed)
	_, err = w.service.Get(t.Context(), "alpha")
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	counts, err := w.store.Documents().Counts(t.Context())
	require.NoError(t, err)
	assert.Zero(t, counts["alpha"])
	assert.Equal(t, domain.StoreCounts{Documents: 1, Chunks: 1}, counts["beta"])
	_, err = w.service.Remove(t.Context(), "alpha", project.RemoveOptions{})
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
}

func TestRemoveOfAProjectWithMemories(t *testing.T) {
	w := newWorld(t)
	w.fill(t)
	w.remember(t, "m1", "alpha")
	w.remember(t, "m2", "alpha")
	w.remember(t, "m3", "beta")
	w.remember(t, "m4", "")
	_, err := w.service.Remove(t.Context(), "alpha", project.RemoveOptions{})
	assert.Equal(t, domain.KindConflict, domain.KindOf(err))
	assert.ErrorContains(t, err, "2 memories")
	counts, err := w.store.Documents().Counts(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, counts["alpha"].Documents, "nothing was removed")

	removed, err := w.service.Remove(t.Context(), "alpha", project.RemoveOptions{DeleteMemories: true})
	require.NoError(t, err)
	assert.Equal(t, domain.StoreCounts{Documents: 2, Chunks: 2, Memories: 2}, removed)
	counts, err = w.store.Documents().Counts(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, counts["beta"].Memories)
	assert.Equal(t, 1, counts[""].Memories)
}

func TestRemoveWaitsForNoRefresh(t *testing.T) {
	w := newWorld(t)
	w.fill(t)
	release, err := w.gate.Ingestion(t.Context())
	require.NoError(t, err)
	_, err = w.service.Remove(t.Context(), "alpha", project.RemoveOptions{})
	assert.Equal(t, domain.KindConflict, domain.KindOf(err))
	require.NoError(t, release())
}

// TestRemoveFailsAtEveryCall: whatever fails, the project stays registered while
// anything of it is left, and removing it again succeeds.
func TestRemoveFailsAtEveryCall(t *testing.T) {
	boom := errors.New("boom")
	for _, op := range []string{
		"registry.list", "registry.update", "registry.store", "gate.ingestion", "document.counts", "document.roots",
		"document.files", "document.remove", "memory.list", "memory.delete",
	} {
		for n := 1; ; n++ {
			w := newWorld(t)
			w.fill(t)
			w.remember(t, "m1", "alpha")
			seen := 0
			fail := func(asked string) error {
				if asked == op {
					if seen++; seen == n {
						return boom
					}
				}
				return nil
			}
			w.registry.Fail, w.store.Fail, w.gate.Fail = fail, fail, fail
			_, err := w.service.Remove(t.Context(), "alpha", project.RemoveOptions{DeleteMemories: true})
			w.registry.Fail, w.store.Fail, w.gate.Fail = nil, nil, nil
			if seen < n {
				require.NoError(t, err)
				require.Greater(t, n, 1, "%s is never called", op)
				break
			}
			require.ErrorIs(t, err, boom, op)
			_, err = w.service.Get(t.Context(), "alpha")
			require.NoError(t, err, "%s, call %d", op, n)
			_, err = w.service.Remove(t.Context(), "alpha", project.RemoveOptions{DeleteMemories: true})
			require.NoError(t, err, "%s, call %d", op, n)
			counts, err := w.store.Documents().Counts(t.Context())
			require.NoError(t, err)
			assert.Zero(t, counts["alpha"])
		}
	}
}
