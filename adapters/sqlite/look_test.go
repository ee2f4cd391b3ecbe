package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

// bytesOf returns every file of the folder with its content, the shared memory
// aside, which is no content.
func bytesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		if filepath.Ext(e.Name()) == ".db-shm" {
			data = nil
		}
		out[e.Name()] = string(data)
	}
	return out
}

// Looking at a database of any earlier version leaves it as it is: an older program
// can still open it.
func TestLookingMigratesNothing(t *testing.T) {
	for version := int64(1); version <= NewestSchema; version++ {
		if !hasMigration(t, version) {
			continue
		}
		path := old(t, version)
		before := bytesOf(t, filepath.Dir(path))
		s, err := OpenToLook(t.Context(), Config{Path: path, Model: porttest.Model()})
		require.NoError(t, err, "version %d", version)
		got, err := s.Schema(t.Context())
		require.NoError(t, err)
		assert.Equal(t, version, got)
		damage, err := s.Inspect(t.Context())
		require.NoError(t, err)
		assert.Empty(t, damage)
		require.NoError(t, s.Close())
		assert.Equal(t, before, bytesOf(t, filepath.Dir(path)), "version %d", version)
	}
}

func hasMigration(t *testing.T, version int64) bool {
	t.Helper()
	entries, err := migrationFiles.ReadDir("migrations")
	require.NoError(t, err)
	for _, e := range entries {
		var n int64
		for _, r := range e.Name() {
			if r < '0' || r > '9' {
				break
			}
			n = 10*n + int64(r-'0')
		}
		if n == version {
			return true
		}
	}
	return false
}

// What a killed process left in the WAL is seen, and stays where it is.
func TestLookingLeavesTheWALAlone(t *testing.T) {
	live := filepath.Join(t.TempDir(), FileName)
	s, err := Open(t.Context(), Config{Path: live, Create: true, Model: porttest.Model()})
	require.NoError(t, err)
	m := domain.Memory{ID: "m1", Type: "knowledge", Content: "walnut", Status: domain.MemoryActive, UpdatedAt: moment(1e15)}
	require.NoError(t, s.Memories().Create(t.Context(), m, nil))
	killed := filepath.Join(t.TempDir(), FileName)
	for _, suffix := range []string{"", "-wal", "-shm"} { // before the close
		data, err := os.ReadFile(live + suffix)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(killed+suffix, data, 0o600))
	}
	require.NoError(t, s.Close())
	before := bytesOf(t, filepath.Dir(killed))
	require.NotEmpty(t, before[FileName+"-wal"])
	look, err := OpenToLook(t.Context(), Config{Path: killed, Model: porttest.Model()})
	require.NoError(t, err)
	counts, err := look.Documents().Counts(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, counts[""].Memories)
	newest, err := look.Newest(t.Context())
	require.NoError(t, err)
	assert.Equal(t, micros(m.UpdatedAt), newest)
	state, err := look.VectorState(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, state.Missing)
	m.ID = "m2"
	require.Error(t, look.Memories().Create(t.Context(), m, nil), "nothing is written through it")
	require.NoError(t, look.Close())
	assert.Equal(t, before, bytesOf(t, filepath.Dir(killed)))
}

// Looking beside a running writer disturbs neither.
func TestLookingBesideAWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	s, err := Open(t.Context(), Config{Path: path, Create: true, Model: porttest.Model()})
	require.NoError(t, err)
	look, err := OpenToLook(t.Context(), Config{Path: path, Model: porttest.Model()})
	require.NoError(t, err)
	m := domain.Memory{ID: "m1", Type: "knowledge", Content: "walnut", Status: domain.MemoryActive}
	require.NoError(t, s.Memories().Create(t.Context(), m, nil))
	damage, err := look.Inspect(t.Context())
	require.NoError(t, err)
	assert.Empty(t, damage)
	require.NoError(t, look.Close())
	m.ID = "m2"
	require.NoError(t, s.Memories().Create(t.Context(), m, nil))
	require.NoError(t, s.Close())
}

func TestLookingAtNothingMakesNothing(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenToLook(t.Context(), Config{Path: filepath.Join(dir, FileName), Create: true})
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	assert.Empty(t, bytesOf(t, dir))
}
