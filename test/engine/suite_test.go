// Package engine_test runs the in-memory engine over the store that feeds it: the
// ports' suites, and a model test against an engine built from scratch.
package engine_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func openStore(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Create: true, Model: porttest.Model()})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func newEngine(s *sqlite.Store, image string) *engine.Engine {
	return engine.New(engine.Config{Feed: s.Feed(), Model: porttest.Model(), Image: image})
}

func stores(t *testing.T) porttest.Stores {
	s := openStore(t, filepath.Join(t.TempDir(), sqlite.FileName))
	e := newEngine(s, "")
	return porttest.Stores{
		Memories: s.Memories(), Documents: s.Documents(), Text: e.Text(), Passages: e,
		Vectors: e.Vectors(), Listed: s.Listed(), Tolerance: 0.01,
	}
}

// kept is a vector index whose records are passages of a store, which keeps the
// vectors, and whose searches are the engine's.
type kept struct {
	ports.VectorSearcher
	store *sqlite.Store
}

func (k kept) Upsert(ctx context.Context, records []domain.VectorRecord) error {
	for _, r := range records {
		if len(r.Vector) != porttest.Model().Dimension {
			return domain.Invalid("a vector of %d dimensions", len(r.Vector))
		}
	}
	for _, r := range records {
		if err := k.Delete(ctx, []string{r.ID}); err != nil {
			return err
		}
		if err := k.add(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (k kept) add(ctx context.Context, r domain.VectorRecord) error {
	if r.Kind == domain.PassageMemory {
		return k.store.Memories().Create(ctx, domain.Memory{
			ID: r.ID, Type: domain.MemoryKnowledge, Content: "text of " + r.ID, Project: r.Project, Status: domain.MemoryActive,
			CreatedAt: moment, UpdatedAt: moment,
		}, r.Vector)
	}
	return k.store.Documents().Replace(ctx, domain.Document{DocumentKey: domain.DocumentKey{Project: r.Project, Path: r.ID}}.With(
		[]domain.Chunk{{ID: r.ID, Content: "text of " + r.ID, Vector: r.Vector}}))
}

func (k kept) Delete(ctx context.Context, ids []string) error {
	found, err := k.store.Passages().Passages(ctx, ids)
	for _, p := range found {
		if p.Kind == domain.PassageMemory {
			err = errors.Join(err, k.store.Memories().Delete(ctx, p.ID, moment))
		} else {
			err = errors.Join(err, k.store.Documents().Remove(ctx, []domain.DocumentKey{{Project: p.Project, Root: p.Root, Path: p.Path}}))
		}
	}
	return err
}

func (k kept) IDs(ctx context.Context) ([]string, error) {
	return porttest.Vectored(ctx, k.store.Listed())
}

func TestVectorIndex(t *testing.T) {
	porttest.TestVectorIndex(t, 0.01, func(t *testing.T) ports.VectorIndex {
		s := openStore(t, filepath.Join(t.TempDir(), sqlite.FileName))
		return kept{newEngine(s, "").Vectors(), s}
	})
}

func TestTextIndex(t *testing.T)    { porttest.TestTextIndex(t, stores) }
func TestPassageStore(t *testing.T) { porttest.TestPassageStore(t, stores) }

// A model test needs many steps, and each opens a database: a quarter of rapid's
// usual number keeps it to seconds.
func TestMain(m *testing.M) {
	flag.Parse()
	if !isSet("rapid.checks") {
		_ = flag.Set("rapid.checks", "25")
	}
	os.Exit(m.Run())
}

func isSet(name string) bool {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}
