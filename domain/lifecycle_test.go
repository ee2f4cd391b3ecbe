package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
)

func TestTransition(t *testing.T) {
	// Rows: from; columns: candidate, active, superseded, rejected, expired.
	for from, want := range map[domain.MemoryStatus][]domain.ChangeKind{
		domain.MemoryCandidate:  {"", "promoted", "superseded", "rejected", "expired"},
		domain.MemoryActive:     {"", "", "superseded", "rejected", "expired"},
		domain.MemorySuperseded: {"restored", "restored", "", "", ""},
		domain.MemoryRejected:   {"restored", "restored", "", "", ""},
		domain.MemoryExpired:    {"restored", "restored", "", "", ""},
	} {
		for i, to := range domain.MemoryStatuses {
			kind, err := domain.Transition(from, to)
			assert.Equal(t, want[i], kind, "%s to %s", from, to)
			if want[i] != "" {
				assert.NoError(t, err)
				continue
			}
			assert.Equal(t, domain.KindConflict, domain.KindOf(err), "%s to %s", from, to)
		}
	}
}

func TestReinforceIsBounded(t *testing.T) {
	assert.InDelta(t, 0.7625, domain.Reinforce(domain.DefaultConfidence), 1e-12)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.Float64Range(0, 1).Draw(t, "confidence")
		got := domain.Reinforce(c)
		require.GreaterOrEqual(t, got, c)
		require.LessOrEqual(t, got, max(c, domain.ReinforcedCeiling))
	})
}

func TestFaded(t *testing.T) {
	made := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	memory := func(mt domain.MemoryType, s domain.MemoryStatus, c float64) domain.Memory {
		return domain.Memory{Type: mt, Status: s, Confidence: c, CreatedAt: made}
	}
	affirmed := memory(domain.MemoryEpisodic, domain.MemoryActive, 0.7)
	affirmed.AffirmedAt = made.Add(200 * day)
	for name, c := range map[string]struct {
		m    domain.Memory
		age  time.Duration
		want bool
	}{
		"an episode fades":                                      {memory(domain.MemoryEpisodic, domain.MemoryActive, 0.7), 253 * day, true},
		"not before its time":                                   {memory(domain.MemoryEpisodic, domain.MemoryActive, 0.7), 252 * day, false},
		"said again meanwhile":                                  {affirmed, 253 * day, false},
		"a project's facts last":                                {memory(domain.MemoryProject, domain.MemoryActive, 0.7), 253 * day, false},
		"preferences never fade":                                {memory(domain.MemoryPreference, domain.MemoryActive, 0.1), 1e5 * time.Hour, false},
		"candidates fade, whatever":                             {memory(domain.MemoryPreference, domain.MemoryCandidate, 0.7), 85 * day, true},
		"candidates have some weeks":                            {memory(domain.MemoryEpisodic, domain.MemoryCandidate, 0.7), 84 * day, false},
		"what was doubted from the first lives for a half-life": {memory(domain.MemoryEpisodic, domain.MemoryActive, 0), 89 * day, false},
		"and no longer":                                         {memory(domain.MemoryEpisodic, domain.MemoryActive, 0), 90 * day, true},
		"what is over":                                          {memory(domain.MemoryEpisodic, domain.MemoryRejected, 0.7), 999 * day, false},
		"a clock set back":                                      {memory(domain.MemoryEpisodic, domain.MemoryActive, 0.05), -day, false},
	} {
		assert.Equal(t, c.want, c.m.Faded(made.Add(c.age)), name)
	}
	m := memory(domain.MemoryEpisodic, domain.MemoryActive, 0.8)
	assert.InDelta(t, 0.4, m.Strength(made.Add(90*day)), 1e-12)
}

func TestActBounds(t *testing.T) {
	assert.NoError(t, domain.Act{By: strings.Repeat("x", domain.MaxActorBytes), Reason: strings.Repeat("x", domain.MaxReasonBytes)}.Validate())
	for _, a := range []domain.Act{
		{By: strings.Repeat("x", domain.MaxActorBytes+1)}, {Reason: strings.Repeat("x", domain.MaxReasonBytes+1)}, {By: "\xff"}, {Reason: "\x00"},
	} {
		assert.Equal(t, domain.KindInvalid, domain.KindOf(a.Validate()))
	}
}
