package porttest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestBackupKeeper checks the contract of ports.BackupKeeper on a store that has
// it. open is called once a case and returns an empty store.
func TestBackupKeeper(t *testing.T, open func(t *testing.T) BackupStoreFixture) {
	keeper := func(f BackupStoreFixture) ports.BackupKeeper { return f.Store.(ports.BackupKeeper) }
	pinned := func(t *testing.T, f BackupStoreFixture) (out []domain.Stamp) {
		list, err := f.Store.List(t.Context())
		require.NoError(t, err)
		for _, b := range list {
			if b.Pinned {
				out = append(out, b.Stamp)
			}
		}
		return out
	}
	t.Run("remove", func(t *testing.T) {
		f := open(t)
		gone, stays := f.commit(t, storeMoment), f.commit(t, storeMoment)
		_, dir, err := f.Store.Open(t.Context(), gone)
		require.NoError(t, err)
		require.NoError(t, keeper(f).Remove(t.Context(), gone))
		assert.Equal(t, []domain.Stamp{stays}, f.stamps(t))
		_, err = f.Disk.Stat(dir)
		require.Error(t, err)
		err = keeper(f).Remove(t.Context(), gone)
		var e *domain.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, domain.KindNotFound, e.Kind)
		assert.Equal(t, []string{string(stays)}, e.Nearest)
		f.commit(t, storeMoment) // the stamp is free again
		assert.Len(t, f.stamps(t), 2)
	})
	t.Run("remove from nothing", func(t *testing.T) {
		err := keeper(open(t)).Remove(t.Context(), "20260409T060000Z")
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "%v", err)
	})
	t.Run("bad stamp", func(t *testing.T) {
		f := open(t)
		for _, s := range []domain.Stamp{"", "..", "20260409T060000Z/.."} {
			assert.Equal(t, domain.KindInvalid, domain.KindOf(keeper(f).Remove(t.Context(), s)), "%q", s)
			assert.Equal(t, domain.KindInvalid, domain.KindOf(keeper(f).Pin(t.Context(), s, true)), "%q", s)
		}
	})
	t.Run("in use", func(t *testing.T) {
		f := open(t)
		stamp := f.commit(t, storeMoment)
		one, err := keeper(f).Use(t.Context())
		require.NoError(t, err)
		two, err := keeper(f).Use(t.Context())
		require.NoError(t, err, "many may")
		require.NoError(t, one())
		err = keeper(f).Remove(t.Context(), stamp)
		assert.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
		assert.Equal(t, []domain.Stamp{stamp}, f.stamps(t))
		_, _, err = f.Store.Open(t.Context(), stamp)
		require.NoError(t, err)
		require.NoError(t, two())
		require.NoError(t, keeper(f).Remove(t.Context(), stamp))
	})
	t.Run("use of nothing", func(t *testing.T) {
		release, err := keeper(open(t)).Use(t.Context())
		require.NoError(t, err)
		require.NoError(t, release())
	})
	t.Run("pin", func(t *testing.T) {
		f := open(t)
		stamp, other := f.commit(t, storeMoment), f.commit(t, storeMoment)
		for range 2 {
			require.NoError(t, keeper(f).Pin(t.Context(), stamp, true))
			assert.Equal(t, []domain.Stamp{stamp}, pinned(t, f))
		}
		err := keeper(f).Remove(t.Context(), stamp)
		assert.Equal(t, domain.KindRefused, domain.KindOf(err), "%v", err)
		require.NoError(t, keeper(f).Remove(t.Context(), other))
		for range 2 {
			require.NoError(t, keeper(f).Pin(t.Context(), stamp, false))
			assert.Empty(t, pinned(t, f))
		}
		require.NoError(t, keeper(f).Remove(t.Context(), stamp))
		err = keeper(f).Pin(t.Context(), stamp, true)
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "%v", err)
	})
	t.Run("gives up", func(t *testing.T) {
		f := open(t)
		stamp := f.commit(t, storeMoment)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, keeper(f).Remove(ctx, stamp), context.Canceled)
		require.ErrorIs(t, keeper(f).Pin(ctx, stamp, true), context.Canceled)
		assert.Equal(t, []domain.Stamp{stamp}, f.stamps(t))
		assert.Empty(t, pinned(t, f))
	})
}
