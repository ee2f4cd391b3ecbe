package porttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// RunLogFixture is a log under test.
type RunLogFixture struct {
	Open   func() ports.RunLog // again, as another process does
	Damage func()              // makes what is stored unreadable
}

// TestRunLog checks the contract of ports.RunLog. open is called once a case and
// returns an empty log.
func TestRunLog(t *testing.T, open func(t *testing.T) RunLogFixture) {
	at := time.Date(2026, 4, 9, 6, 0, 0, 123_456_000, time.UTC)
	run := func(i int) domain.Run {
		return domain.Run{
			ID: fmt.Sprint("run", i), Job: domain.JobBackup, Trigger: domain.TriggerCatchUp, Due: at, Until: at.Add(time.Hour),
			Missed: 2, Started: at.Add(time.Duration(i) * time.Minute), Ended: at.Add(time.Hour), Outcome: domain.RunFailed,
			Stamp: "20260409T060000Z", Detail: "it <went>", Problem: "then \"not\"", Remedy: "try\nagain", Told: true,
		}
	}
	runs := func(t *testing.T, l ports.RunLog) []domain.Run {
		list, err := l.Runs(t.Context())
		require.NoError(t, err)
		return list
	}
	t.Run("empty", func(t *testing.T) { assert.Empty(t, runs(t, open(t).Open())) })
	t.Run("put", func(t *testing.T) {
		f := open(t)
		one, two := run(1), domain.Run{ID: "x", Job: domain.JobDrill, Outcome: domain.RunRunning, Started: at}
		require.NoError(t, f.Open().Put(t.Context(), one))
		require.NoError(t, f.Open().Put(t.Context(), two))
		assert.Equal(t, []domain.Run{one, two}, runs(t, f.Open()))
		one.Outcome, one.Problem = domain.RunDone, ""
		require.NoError(t, f.Open().Put(t.Context(), one))
		assert.Equal(t, []domain.Run{one, two}, runs(t, f.Open()), "in its place")
	})
	t.Run("trims", func(t *testing.T) {
		f := open(t)
		l := f.Open()
		first := run(0)
		first.Outcome = domain.RunDone
		require.NoError(t, l.Put(t.Context(), first))
		for i := 1; i < 150; i++ {
			require.NoError(t, l.Put(t.Context(), run(i)))
		}
		list := runs(t, f.Open())
		assert.Len(t, list, 101)
		assert.Equal(t, first, list[0], "the newest good one is not forgotten")
		assert.Equal(t, run(149), list[100])
	})
	t.Run("damaged", func(t *testing.T) {
		f := open(t)
		require.NoError(t, f.Open().Put(t.Context(), run(1)))
		f.Damage()
		_, err := f.Open().Runs(t.Context())
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
		require.NoError(t, f.Open().Put(t.Context(), run(2)))
		assert.Equal(t, []domain.Run{run(2)}, runs(t, f.Open()))
	})
	t.Run("gives up", func(t *testing.T) {
		f := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, f.Open().Put(ctx, run(1)), context.Canceled)
		_, err := f.Open().Runs(ctx)
		require.ErrorIs(t, err, context.Canceled)
		assert.Empty(t, runs(t, f.Open()))
	})
}
