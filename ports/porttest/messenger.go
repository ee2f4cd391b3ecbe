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

// OutboxFixture opens outboxes over the same place, which keeps Most notices.
type OutboxFixture struct {
	Open func() ports.Outbox
	Most int
}

// TestOutbox is the suite of ports.Outbox. open returns an empty place.
func TestOutbox(t *testing.T, open func(t *testing.T) OutboxFixture) {
	pending := func() []domain.PendingNotice {
		var out []domain.PendingNotice
		for i, n := range Notices() {
			n.At = n.At.Add(time.Duration(i) * time.Second)
			out = append(out, domain.PendingNotice{To: "webhook https://a.example", Notice: n})
		}
		return out
	}
	t.Run("keeps everything of a notice, oldest first", func(t *testing.T) {
		f := open(t)
		all := pending()
		for _, i := range []int{2, 0, 3, 1} {
			dropped, err := f.Open().Keep(t.Context(), all[i])
			require.NoError(t, err)
			assert.Empty(t, dropped)
		}
		got, err := f.Open().Waiting(t.Context())
		require.NoError(t, err)
		assert.Equal(t, all, got)
	})
	t.Run("is empty at first", func(t *testing.T) {
		got, err := open(t).Open().Waiting(t.Context())
		require.NoError(t, err)
		assert.Empty(t, got)
	})
	t.Run("removes one way of a notice alone, twice if need be", func(t *testing.T) {
		f := open(t)
		one := pending()[0]
		other := one
		other.To = "heartbeat of backup https://b.example"
		for _, p := range []domain.PendingNotice{one, other, one} {
			_, err := f.Open().Keep(t.Context(), p)
			require.NoError(t, err)
		}
		require.NoError(t, f.Open().Remove(t.Context(), one))
		require.NoError(t, f.Open().Remove(t.Context(), one))
		got, err := f.Open().Waiting(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []domain.PendingNotice{other}, got)
	})
	t.Run("is bounded, and says what went", func(t *testing.T) {
		f := open(t)
		all := pending()
		first := all[0]
		for i := range f.Most + 2 {
			p := first
			p.Notice.ID, p.Notice.At = fmt.Sprintf("n%04d", i), first.Notice.At.Add(time.Duration(i)*time.Second)
			dropped, err := f.Open().Keep(t.Context(), p)
			require.NoError(t, err)
			require.Len(t, dropped, max(0, min(1, i-f.Most+1)), "%d", i)
			if len(dropped) > 0 {
				assert.Equal(t, fmt.Sprintf("n%04d", i-f.Most), dropped[0].Notice.ID)
			}
		}
		got, err := f.Open().Waiting(t.Context())
		require.NoError(t, err)
		assert.Len(t, got, f.Most)
	})
	t.Run("gives up with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := open(t).Open().Keep(ctx, pending()[0])
		require.ErrorIs(t, err, context.Canceled)
	})
}
