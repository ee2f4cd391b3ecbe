package porttest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestSealStore is the suite of ports.SealStore. open returns what opens an empty
// place, again and again.
func TestSealStore(t *testing.T, open func(t *testing.T) func() ports.SealStore) {
	one := domain.KeptSeal{Content: "one", Seal: domain.Seal{Head: []byte("head\x00"), Key: []byte{1, 2, 255}}}
	two := domain.KeptSeal{Content: "two", Seal: domain.Seal{Head: []byte("other"), Key: []byte{3}}}
	t.Run("keeps the newest", func(t *testing.T) {
		store := open(t)
		_, err := store().Kept(t.Context())
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "%v", err)
		for _, k := range []domain.KeptSeal{one, two} {
			require.NoError(t, store().Keep(t.Context(), k))
			got, err := store().Kept(t.Context())
			require.NoError(t, err)
			assert.Equal(t, k, got)
		}
	})
	t.Run("forgets, twice if need be", func(t *testing.T) {
		store := open(t)
		require.NoError(t, store().Forget(t.Context()))
		require.NoError(t, store().Keep(t.Context(), one))
		require.NoError(t, store().Forget(t.Context()))
		require.NoError(t, store().Forget(t.Context()))
		_, err := store().Kept(t.Context())
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "%v", err)
	})
	t.Run("gives up with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, open(t)().Keep(ctx, one), context.Canceled)
	})
}
