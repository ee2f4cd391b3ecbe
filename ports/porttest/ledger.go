package porttest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestLedger checks the contract of ports.Ledger. open returns an empty one.
func TestLedger(t *testing.T, open func(t *testing.T) ports.Ledger) {
	entry := func(n int) domain.LedgerEntry {
		return domain.LedgerEntry{
			At: at(n), Kind: domain.LedgerBackup, Outcome: domain.LedgerPassed, Stamp: domain.NewStamp(at(n), 1),
			AppVersion: "1.2.3", Took: 1500 * time.Millisecond, Details: map[string]string{"kind": "man<u>al", "n": fmt.Sprint(n)},
		}
	}
	begun := func() (domain.LedgerEntry, error) {
		return domain.LedgerEntry{At: at(0), Kind: domain.LedgerBegun, Details: map[string]string{"backups": "a b"}}, nil
	}
	t.Run("empty", func(t *testing.T) {
		r, err := open(t).Read(t.Context())
		require.NoError(t, err)
		assert.Zero(t, r)
	})
	t.Run("a chain", func(t *testing.T) {
		l := open(t)
		var want []domain.LedgerEntry
		for n := 1; n <= 3; n++ {
			given := entry(n)
			given.Seq, given.Prev, given.Hash = 77, "x", "y"
			e, err := l.Append(t.Context(), given, nil)
			require.NoError(t, err)
			assert.EqualValues(t, n, e.Seq)
			assert.Len(t, e.Hash, 64)
			if n == 1 {
				assert.Equal(t, strings.Repeat("0", 64), e.Prev)
			} else {
				assert.Equal(t, want[n-2].Hash, e.Prev)
			}
			plain := e
			plain.Seq, plain.Prev, plain.Hash = 0, "", ""
			assert.Equal(t, entry(n), plain)
			want = append(want, e)
		}
		r, err := l.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, domain.LedgerReading{Entries: want}, r)
	})
	t.Run("a beginning", func(t *testing.T) {
		l := open(t)
		for n := 1; n <= 2; n++ {
			_, err := l.Append(t.Context(), entry(n), begun)
			require.NoError(t, err)
		}
		r, err := l.Read(t.Context())
		require.NoError(t, err)
		require.Len(t, r.Entries, 3)
		assert.Equal(t, domain.LedgerBegun, r.Entries[0].Kind)
		assert.Empty(t, r.Faults)
	})
	t.Run("a beginning that fails", func(t *testing.T) {
		l := open(t)
		broken := errors.New("broken")
		_, err := l.Append(t.Context(), entry(1), func() (domain.LedgerEntry, error) { return domain.LedgerEntry{}, broken })
		require.ErrorIs(t, err, broken)
		r, err := l.Read(t.Context())
		require.NoError(t, err)
		assert.Empty(t, r.Entries)
	})
	t.Run("at the same time", func(t *testing.T) {
		l := open(t)
		const writers, each = 4, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for n := range each {
					_, err := l.Append(t.Context(), entry(w*each+n), begun)
					assert.NoError(t, err)
				}
			})
		}
		wg.Wait()
		r, err := l.Read(t.Context())
		require.NoError(t, err)
		assert.Empty(t, r.Faults)
		seen := map[string]bool{}
		for _, e := range r.Entries[1:] {
			seen[e.Details["n"]] = true
		}
		assert.Len(t, r.Entries, writers*each+1)
		assert.Len(t, seen, writers*each)
	})
	t.Run("gives up", func(t *testing.T) {
		l := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := l.Append(ctx, entry(1), nil)
		require.ErrorIs(t, err, context.Canceled)
		_, err = l.Read(ctx)
		require.ErrorIs(t, err, context.Canceled)
		r, err := l.Read(t.Context())
		require.NoError(t, err)
		assert.Empty(t, r.Entries)
	})
}
