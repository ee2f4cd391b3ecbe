package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestPassageLister(t *testing.T) {
	porttest.TestPassageLister(t, func(t *testing.T) (porttest.Stores, ports.PassageLister) {
		s := fresh(t)
		return storesOf(s), s.Listed()
	})
}

// captured returns a captured copy of a store with one memory.
func capturedCopy(t *testing.T) string {
	t.Helper()
	live := fresh(t)
	m := domain.Memory{
		ID: "m1", Type: domain.MemoryKnowledge, Content: "the sky is blue", Confidence: 0.7,
		Status: domain.MemoryActive, Revision: 1,
	}
	require.NoError(t, live.Memories().Create(t.Context(), m, nil))
	dir := t.TempDir()
	_, err := sqlite.NewComponent(sqlite.ComponentConfig{Path: live.Path()}).Capture(t.Context(), dir, nil)
	require.NoError(t, err)
	return dir
}

// A captured copy is asked without changing it, or leaving anything beside it.
func TestOpenCopy(t *testing.T) {
	dir := capturedCopy(t)
	path := filepath.Join(dir, sqlite.FileName)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	s, err := sqlite.OpenCopy(t.Context(), sqlite.Config{Path: path, Model: porttest.Model()})
	require.NoError(t, err)
	require.Equal(t, []string{"m1"}, found(t, s, "blue sky"))
	assert.Empty(t, porttest.VectorIDs(t, s.Listed()))
	assert.Equal(t, domain.KindRefused, domain.KindOf(s.Memories().Delete(t.Context(), "m1", time.Time{})))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
	require.NoError(t, s.Close())
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

func TestOpenCopyRefuses(t *testing.T) {
	path := filepath.Join(capturedCopy(t), sqlite.FileName)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	wal := append([]byte{}, whole...)
	wal[18], wal[19] = 2, 2
	for name, content := range map[string][]byte{
		"empty": {}, "no database": []byte("no database at all, but a text that is longer than its head would be, and then some more of it, so that it is read"),
		"write-ahead mode": wal, "cut off": whole[:3000],
	} {
		at := filepath.Join(t.TempDir(), "x.db")
		require.NoError(t, os.WriteFile(at, content, 0o600))
		_, err := sqlite.OpenCopy(t.Context(), sqlite.Config{Path: at})
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%s: %v", name, err)
	}
	_, err = sqlite.OpenCopy(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "none.db")})
	assert.Equal(t, domain.KindCorrupt, domain.KindOf(err))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = sqlite.OpenCopy(ctx, sqlite.Config{Path: path})
	require.ErrorIs(t, err, context.Canceled)
}
