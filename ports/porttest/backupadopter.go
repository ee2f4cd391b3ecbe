package porttest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestBackupAdopter is the contract of ports.BackupAdopter. The store of the
// fixture is one.
func TestBackupAdopter(t *testing.T, open func(t *testing.T) BackupStoreFixture) {
	// elsewhere makes a backup, and moves it below a folder that Begin makes of
	// another store of the same kind.
	elsewhere := func(t *testing.T, f BackupStoreFixture) (dir string, stamp domain.Stamp) {
		t.Helper()
		other := open(t)
		stamp = other.commit(t, storeMoment)
		_, from, err := other.Store.Open(t.Context(), stamp)
		require.NoError(t, err)
		dir, err = f.Store.Begin(t.Context())
		require.NoError(t, err)
		copyTree(t, other.Disk, from, f.Disk, filepath.Join(dir, string(stamp)))
		return dir, stamp
	}
	t.Run("is listed", func(t *testing.T) {
		f := open(t)
		dir, stamp := elsewhere(t, f)
		list, err := f.Store.List(t.Context())
		require.NoError(t, err)
		require.Empty(t, list, "not before it was taken in")
		require.NoError(t, f.Store.(ports.BackupAdopter).Adopt(t.Context(), dir, stamp))
		m, at, err := f.Store.Open(t.Context(), stamp)
		require.NoError(t, err)
		assert.Equal(t, stamp, m.Stamp)
		data, err := f.Disk.ReadFile(filepath.Join(at, "db", "atocore.db"))
		require.NoError(t, err)
		assert.Equal(t, "content", string(data))
		_, err = f.Disk.Stat(dir)
		require.Error(t, err, "nothing is left behind")
	})
	t.Run("the stamp is taken", func(t *testing.T) {
		f := open(t)
		mine := f.commit(t, storeMoment)
		dir, stamp := elsewhere(t, f)
		require.Equal(t, mine, stamp)
		err := f.Store.(ports.BackupAdopter).Adopt(t.Context(), dir, stamp)
		assert.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
		require.NoError(t, f.Store.Discard(t.Context(), dir))
		_, _, err = f.Store.Open(t.Context(), stamp)
		require.NoError(t, err)
	})
	t.Run("no manifest", func(t *testing.T) {
		f := open(t)
		dir, stamp := elsewhere(t, f)
		require.NoError(t, f.Disk.RemoveAll(filepath.Join(dir, string(stamp), "metadata.json")))
		err := f.Store.(ports.BackupAdopter).Adopt(t.Context(), dir, stamp)
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
		require.NoError(t, f.Store.Discard(t.Context(), dir))
		list, err := f.Store.List(t.Context())
		require.NoError(t, err)
		assert.Empty(t, list)
	})
	t.Run("no stamp", func(t *testing.T) {
		f := open(t)
		dir, _ := elsewhere(t, f)
		err := f.Store.(ports.BackupAdopter).Adopt(t.Context(), dir, "../x")
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "%v", err)
	})
	t.Run("gives up", func(t *testing.T) {
		f := open(t)
		dir, stamp := elsewhere(t, f)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, f.Store.(ports.BackupAdopter).Adopt(ctx, dir, stamp), context.Canceled)
		require.NoError(t, f.Store.Discard(t.Context(), dir))
	})
}

func copyTree(t *testing.T, from ports.Disk, source string, to ports.Disk, target string) {
	t.Helper()
	require.NoError(t, to.Mkdir(target))
	entries, err := from.ReadDir(source)
	require.NoError(t, err)
	for _, e := range entries {
		a, b := filepath.Join(source, e.Name()), filepath.Join(target, e.Name())
		if e.IsDir() {
			copyTree(t, from, a, to, b)
			continue
		}
		data, err := from.ReadFile(a)
		require.NoError(t, err)
		require.NoError(t, to.WriteFile(b, data, 0o600))
	}
}
