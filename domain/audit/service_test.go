package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/audit"
	"github.com/atocore/atocore/ports/portfake"
)

func open() (*audit.Service, *portfake.Audit, time.Time) {
	clock := &portfake.Clock{}
	trail := &portfake.Audit{}
	return audit.New(audit.Config{Trail: trail, Clock: clock}), trail, clock.Now()
}

var call = audit.Call{Action: "create-key", Target: "bot", From: "192.0.2.1"}

func TestWhoWhenWhatAndOutcome(t *testing.T) {
	s, _, now := open()
	ctx := domain.WithPrincipal(t.Context(), domain.Principal{Key: "k1", Name: "ops"})
	require.NoError(t, s.Do(ctx, call, func(ctx context.Context) error {
		list, err := s.List(t.Context(), domain.AuditFilter{})
		require.NoError(t, err)
		assert.Equal(t, domain.AuditBegun, list[0].Outcome, "on record before it is done")
		audit.Note(ctx, "k2")
		return nil
	}))
	boom := errors.New(strings.Repeat("boom\x00", 1000))
	require.ErrorIs(t, s.Do(t.Context(), call, func(context.Context) error { return boom }), boom)
	denied := domain.Refused("no")
	require.ErrorIs(t, s.Refuse(ctx, call, denied), denied)
	list, err := s.List(t.Context(), domain.AuditFilter{})
	require.NoError(t, err)
	require.Len(t, list, 3)
	assert.Equal(t, domain.AuditRefused, list[0].Outcome)
	assert.Equal(t, domain.AuditFailed, list[1].Outcome)
	assert.Equal(t, "operator", list[1].By)
	assert.Less(t, len(list[1].Detail), 1100)
	assert.NotContains(t, list[1].Detail, "\x00")
	assert.Equal(t, domain.AuditEntry{
		Entry: 1, At: now, Key: "k1", By: "ops", From: "192.0.2.1", Action: "create-key", Target: "bot", Outcome: domain.AuditDone,
		Detail: "k2",
	}, list[2])
}

func TestWhatCannotBeRecordedIsNotDone(t *testing.T) {
	s, trail, _ := open()
	full := domain.Unavailable("the disk is full")
	trail.Fail = func(string) error { return full }
	err := s.Do(t.Context(), call, func(context.Context) error {
		t.Error("it was done")
		return nil
	})
	require.ErrorIs(t, err, full)
	assert.ErrorContains(t, err, "nothing was done")
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
}

func TestAnOutcomeThatCannotBeRecordedIsAnError(t *testing.T) {
	s, trail, _ := open()
	trail.Fail = func(op string) error {
		if op == "audit.end" {
			return domain.Unavailable("the disk is full")
		}
		return nil
	}
	done := false
	err := s.Do(t.Context(), call, func(context.Context) error {
		done = true
		return nil
	})
	assert.True(t, done)
	assert.ErrorContains(t, err, "how it ended: done")
	trail.Fail = nil
	list, err := s.List(t.Context(), domain.AuditFilter{})
	require.NoError(t, err)
	assert.Equal(t, domain.AuditBegun, list[0].Outcome)
}

func TestACallerThatWentAwayCallsNoOutcomeOff(t *testing.T) {
	s, _, _ := open()
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, s.Do(ctx, call, func(context.Context) error {
		cancel()
		return nil
	}))
	list, err := s.List(t.Context(), domain.AuditFilter{})
	require.NoError(t, err)
	assert.Equal(t, domain.AuditDone, list[0].Outcome)
}
