package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

var componentModel = domain.EmbeddingModel{Name: "test/3", Dimension: 3}

// createStore makes a database with some state and returns its path.
func createStore(t *testing.T, memories int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	withStore(t, path, true, func(s *sqlite.Store) {
		for i := range memories {
			remember(t.Context(), t, s, fmt.Sprintf("seed-%d", i))
		}
	})
	return path
}

func withStore(t *testing.T, path string, create bool, do func(*sqlite.Store)) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Create: create, Model: componentModel})
	require.NoError(t, err)
	do(s)
	require.NoError(t, s.Close())
}

func remember(ctx context.Context, t *testing.T, s *sqlite.Store, id string) {
	t.Helper()
	at := time.UnixMicro(1_700_000_000_000_000).UTC()
	require.NoError(t, s.Memories().Create(ctx, domain.Memory{
		ID: id, Type: domain.MemoryKnowledge, Content: "content of " + id, Confidence: 0.5,
		Status: domain.MemoryActive, CreatedAt: at, UpdatedAt: at, Revision: 1,
	}, []float32{1, 0, 0}))
}

func TestComponent(t *testing.T) {
	porttest.TestComponent(t, func(t *testing.T) porttest.ComponentFixture {
		path := createStore(t, 3)
		return porttest.ComponentFixture{
			Component: sqlite.NewComponent(sqlite.ComponentConfig{Path: path}),
			Disk:      osdisk.Disk{},
			Root:      t.TempDir(),
			Change: func(t *testing.T, n int) {
				withStore(t, path, false, func(s *sqlite.Store) { remember(t.Context(), t, s, fmt.Sprintf("changed-%d", n)) })
			},
			Erase: func(t *testing.T) { require.NoError(t, os.Remove(path)) },
		}
	})
}
