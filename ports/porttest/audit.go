package porttest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestAuditTrail checks a ports.AuditTrail. open returns an empty one.
func TestAuditTrail(t *testing.T, open func(t *testing.T) ports.AuditTrail) {
	s := open(t)
	list, err := s.List(t.Context(), domain.AuditFilter{})
	require.NoError(t, err)
	assert.Empty(t, list)

	entry := domain.AuditEntry{At: at(1), Key: "k", By: "Ada – ;\n", From: "192.0.2.1", Action: "create-key", Target: "bot"}
	first, err := s.Begin(t.Context(), entry)
	require.NoError(t, err)
	second, err := s.Begin(t.Context(), domain.AuditEntry{At: at(1), By: "cli", Action: "revoke-key", Outcome: domain.AuditDone, Detail: "passed over"})
	require.NoError(t, err)
	assert.Greater(t, second, first)
	require.NoError(t, s.End(t.Context(), first, domain.AuditFailed, "no room"))
	kind(t, domain.KindNotFound, s.End(t.Context(), first, domain.AuditDone, ""))
	kind(t, domain.KindNotFound, s.End(t.Context(), second+1, domain.AuditDone, ""))

	entry.Entry, entry.Outcome, entry.Detail = first, domain.AuditFailed, "no room"
	begun := domain.AuditEntry{Entry: second, At: at(1), By: "cli", Action: "revoke-key", Outcome: domain.AuditBegun}
	list, err = s.List(t.Context(), domain.AuditFilter{})
	require.NoError(t, err)
	assert.Equal(t, []domain.AuditEntry{begun, entry}, list, "newest first; what never ended says so")
	list, err = s.List(t.Context(), domain.AuditFilter{Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, []domain.AuditEntry{begun}, list)
	list, err = s.List(t.Context(), domain.AuditFilter{Before: second})
	require.NoError(t, err)
	assert.Equal(t, []domain.AuditEntry{entry}, list)
	for _, limit := range []int{-1, domain.MaxPageSize + 1} {
		_, err = s.List(t.Context(), domain.AuditFilter{Limit: limit})
		kind(t, domain.KindInvalid, err)
	}
	ctx := ended(t)
	_, err = s.Begin(ctx, entry)
	require.ErrorIs(t, err, ctx.Err())
}
