package porttest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Notices returns one of every sort of notice.
func Notices() []domain.Notice {
	at := time.Date(2026, 4, 9, 6, 0, 3, 0, time.UTC)
	done := domain.JobReport{
		Job: domain.JobBackup, Stamp: "20260409T060000Z", Started: at.Add(-3 * time.Second), Took: 3 * time.Second,
		Bytes: 4096, Summary: "3 files",
	}
	failed := domain.JobReport{
		Job: domain.JobBackup, Started: at, Took: time.Second, Problem: "the disk is full", Remedy: "make room", Schedule: true,
	}
	missed := domain.Verdict{Key: "rpo", Light: domain.Red, Limit: time.Hour, Seen: 3 * time.Hour, Reason: "too old", Remedy: "make one"}
	met := domain.Verdict{Key: "rpo", Light: domain.Green, Limit: time.Hour, Reason: "fresh"}
	return []domain.Notice{
		{ID: "one", At: at, Report: &done},
		{ID: "two", At: at, Report: &failed},
		{ID: "three", At: at, Verdict: &missed},
		{ID: "four", At: at, Verdict: &met},
	}
}

// TestMessenger is the suite of ports.Messenger. open returns a messenger whose
// receiver takes everything.
func TestMessenger(t *testing.T, open func(t *testing.T) ports.Messenger) {
	t.Run("delivers what it wants, twice if need be", func(t *testing.T) {
		m := open(t)
		assert.NotEmpty(t, m.Name())
		wanted := 0
		for _, n := range Notices() {
			if m.Wants(n) {
				wanted++
				require.NoError(t, m.Deliver(t.Context(), n))
				require.NoError(t, m.Deliver(t.Context(), n))
			}
		}
		assert.Positive(t, wanted)
	})
	t.Run("gives up with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := open(t).Deliver(ctx, Notices()[0])
		require.ErrorIs(t, err, context.Canceled)
	})
}
