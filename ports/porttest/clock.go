package porttest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/ports"
)

// TestClock checks the contract of a clock.
func TestClock(t *testing.T, open func(t *testing.T) ports.Clock) {
	clock := open(t)
	first := clock.Now()
	require.False(t, first.IsZero())
	assert.Equal(t, time.UTC, first.Location())
	for range 100 {
		now := clock.Now()
		assert.True(t, now.Equal(now.Truncate(time.Microsecond)), "%s is finer than a microsecond", now)
		assert.False(t, now.Before(first))
	}
}

// TestIDs checks the contract of a maker of identifiers.
func TestIDs(t *testing.T, open func(t *testing.T) ports.IDs) {
	t.Run("later ones sort after earlier ones", func(t *testing.T) {
		ids := open(t)
		last := ids.NewID()
		require.NotEmpty(t, last)
		for range 5000 {
			next := ids.NewID()
			require.Greater(t, next, last)
			last = next
		}
	})
	t.Run("no two are the same, whoever asks", func(t *testing.T) {
		ids := open(t)
		const askers, each = 8, 500
		made := make([][]string, askers)
		var wg sync.WaitGroup
		for i := range askers {
			wg.Go(func() {
				for range each {
					made[i] = append(made[i], ids.NewID())
				}
			})
		}
		wg.Wait()
		seen := map[string]bool{}
		for _, list := range made {
			for _, id := range list {
				require.False(t, seen[id], "%s came twice", id)
				seen[id] = true
			}
		}
		assert.Len(t, seen, askers*each)
	})
}
