// Package engine_test runs the in-memory engine over the store that feeds it: the
// ports' suites, and a model test against an engine built from scratch.
package engine_test

import (
	"context"
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
		Vectors: vectors{s.Vectors(), e.Vectors()}, Tolerance: 0.01,
	}
}

// vectors writes to the store and searches the engine.
type vectors struct {
	ports.VectorIndex
	engine *engine.VectorIndex
}

func (v vectors) Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	return v.engine.Search(ctx, vector, scope, limit)
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
