package porttest

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestKeyStore checks a ports.KeyStore. open returns an empty one.
func TestKeyStore(t *testing.T, open func(t *testing.T) ports.KeyStore) {
	key := func(id, name string, seconds int) domain.Key {
		return domain.Key{
			ID: id, Name: name, Scopes: []domain.KeyScope{domain.KeyRead}, Hash: slices.Repeat([]byte{7}, 32), CreatedAt: at(seconds),
		}
	}
	full := key("k2", "Bote – 2", 2)
	full.Scopes = []domain.KeyScope{domain.KeyRead, domain.KeyWrite}
	full.Limited, full.Projects, full.Shared, full.Trusted, full.Rate = true, []string{"Ä b", "c\"d"}, true, true, 60
	full.Former, full.FormerUntil, full.ExpiresAt, full.RotatedAt = []byte{1}, at(9), at(8), at(7)

	t.Run("what was added is there", func(t *testing.T) {
		s := open(t)
		any0, err := s.Any(t.Context())
		require.NoError(t, err)
		assert.False(t, any0)
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Empty(t, list)
		require.NoError(t, s.Add(t.Context(), full))
		require.NoError(t, s.Add(t.Context(), key("k1", "first", 1)))
		list, err = s.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []domain.Key{key("k1", "first", 1), full}, list)
		got, err := s.Get(t.Context(), "k2")
		require.NoError(t, err)
		assert.Equal(t, full, got)
		_, err = s.Get(t.Context(), "none")
		kind(t, domain.KindNotFound, err)
		any1, err := s.Any(t.Context())
		require.NoError(t, err)
		assert.True(t, any1)
	})
	t.Run("ids are unique, and names among those that are not revoked", func(t *testing.T) {
		s := open(t)
		require.NoError(t, s.Add(t.Context(), key("k1", "bot", 1)))
		kind(t, domain.KindConflict, s.Add(t.Context(), key("k1", "other", 2)))
		kind(t, domain.KindConflict, s.Add(t.Context(), key("k2", "BOT", 2)))
		_, err := s.Update(t.Context(), "k1", func(k *domain.Key) error {
			k.RevokedAt = at(3)
			return nil
		})
		require.NoError(t, err)
		require.NoError(t, s.Add(t.Context(), key("k2", "BOT", 2)))
		_, err = s.Update(t.Context(), "k1", func(k *domain.Key) error {
			k.RevokedAt = key("", "", 0).RevokedAt
			return nil
		})
		kind(t, domain.KindConflict, err)
		list, err := s.List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 2)
		assert.Equal(t, at(3), list[0].RevokedAt)
	})
	t.Run("a change is all or nothing", func(t *testing.T) {
		s := open(t)
		require.NoError(t, s.Add(t.Context(), full))
		got, err := s.Update(t.Context(), "k2", func(k *domain.Key) error {
			assert.Equal(t, full, *k)
			k.ID, k.CreatedAt, k.UsedAt = "x", at(99), at(99)
			k.Former, k.Hash, k.RotatedAt, k.FormerUntil = k.Hash, []byte{3}, at(10), at(11)
			return nil
		})
		require.NoError(t, err)
		want := full
		want.Former, want.Hash, want.RotatedAt, want.FormerUntil = full.Hash, []byte{3}, at(10), at(11)
		assert.Equal(t, want, got)
		boom := errors.New("boom")
		_, err = s.Update(t.Context(), "k2", func(k *domain.Key) error {
			k.Name = "changed"
			return boom
		})
		require.ErrorIs(t, err, boom)
		got, err = s.Get(t.Context(), "k2")
		require.NoError(t, err)
		assert.Equal(t, want, got)
		_, err = s.Update(t.Context(), "none", func(*domain.Key) error { return nil })
		kind(t, domain.KindNotFound, err)
	})
	t.Run("the last use never goes back", func(t *testing.T) {
		s := open(t)
		require.NoError(t, s.Add(t.Context(), full))
		require.NoError(t, s.Add(t.Context(), key("k1", "first", 1)))
		for _, seconds := range []int{5, 4} {
			require.NoError(t, s.Used(t.Context(), map[string]ports.Moment{"k2": at(seconds), "none": at(9)}))
		}
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.True(t, list[0].UsedAt.IsZero())
		assert.Equal(t, at(5), list[1].UsedAt)
	})
	t.Run("of two changes none is lost", func(t *testing.T) {
		s := open(t)
		require.NoError(t, s.Add(t.Context(), full))
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				_, err := s.Update(t.Context(), "k2", func(k *domain.Key) error {
					k.Rate++
					return nil
				})
				assert.NoError(t, err)
			})
		}
		group.Wait()
		got, err := s.Get(t.Context(), "k2")
		require.NoError(t, err)
		assert.Equal(t, full.Rate+8, got.Rate)
	})
	t.Run("a context that ended ends calls", func(t *testing.T) {
		s, ctx := open(t), ended(t)
		require.ErrorIs(t, s.Add(ctx, full), ctx.Err())
		_, err := s.Get(ctx, "k2")
		require.ErrorIs(t, err, ctx.Err())
	})
}
