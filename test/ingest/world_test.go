// Package ingest holds the tests of a refresh as it runs in the program: real
// files, the real parser and embedding, and the real store.
package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/filetree"
	"github.com/atocore/atocore/adapters/lockfile"
	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ingest"
)

const projectName = "generated"

// world is a data directory with one project, and a folder of generated files.
type world struct {
	dir, root string
	store     *sqlite.Store
	service   *ingest.Service
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), root: t.TempDir()}
	require.NoError(t, w.start(t.Context(), true))
	t.Cleanup(func() { require.NoError(t, w.store.Close()) })
	return w
}

// start opens the store of the data directory and makes the service.
func (w *world) start(ctx context.Context, create bool) error {
	embedder := embed.NewLocal()
	store, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(w.dir, "atocore.db"), Create: create, Model: embedder.Model()})
	if err != nil {
		return err
	}
	registry := registryjson.New(registryjson.Config{Path: filepath.Join(w.dir, registryjson.FileName)})
	err = registry.Update(ctx, func([]domain.Project) ([]domain.Project, error) {
		return []domain.Project{{Name: projectName, IngestRoots: []domain.IngestRoot{{Path: w.root, Label: "docs"}}}}, nil
	})
	if err != nil {
		return errors.Join(err, store.Close())
	}
	w.store = store
	w.service = ingest.New(ingest.Config{
		Registry: registry, Source: filetree.Tree{}, Parser: parse.New(), Embedder: embedder, Documents: store.Documents(),
		Gate: lockfile.New(lockfile.Config{Dir: w.dir}), Clock: system.Clock{},
	})
	return nil
}

// generate writes n Markdown files of a few kilobytes each.
func generate(t testing.TB, root string, n int) (bytes int64) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		path := filepath.Join(root, fmt.Sprintf("area-%02d", i%20), fmt.Sprintf("note-%04d.md", i))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		text := note(random, i)
		bytes += int64(len(text))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return bytes
}

func note(random *rand.Rand, i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Note %d\n\n", i)
	for section := range 3 + random.IntN(3) {
		fmt.Fprintf(&b, "## Section %d about %s\n\n", section, word(random))
		for range 1 + random.IntN(3) {
			for range 40 + random.IntN(60) {
				b.WriteString(word(random) + " ")
			}
			b.WriteString("\n\n")
		}
		if section == 1 {
			b.WriteString("```go\nfunc " + word(random) + "() {}\n```\n\n- " + word(random) + "\n- " + word(random) + "\n\n")
		}
	}
	return b.String()
}

// word returns one of some 20,000 words, the first ones far more often.
func word(random *rand.Rand) string {
	n := int(20000 * random.Float64() * random.Float64() * random.Float64())
	const syllables = "balomirusetanikodapefuzigo"
	var b strings.Builder
	for n += 30; n > 0; n /= 13 {
		at := n % 13 * 2
		b.WriteString(syllables[at : at+2])
	}
	return b.String()
}
