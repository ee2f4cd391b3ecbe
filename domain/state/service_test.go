package state_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/state"
	"github.com/atocore/atocore/ports/portfake"
)

func TestState(t *testing.T) {
	clock := &portfake.Clock{}
	s := state.New(state.Config{Facts: &portfake.Facts{}, Clock: clock, Registry: portfake.NewProjectRegistry(
		domain.Project{Name: "Apollo", Aliases: []string{"moon"}, IngestRoots: []domain.IngestRoot{{Path: "/a", Label: "a"}}})})
	ctx, ada := t.Context(), domain.Act{By: "Ada", Reason: "decided"}
	set := func(value string) domain.Fact {
		f, err := s.Set(ctx, "MOON", "phase", value, ada)
		require.NoError(t, err)
		clock.Advance(time.Minute)
		return f
	}
	begun := clock.Now()
	one := set("design")
	assert.Equal(t, domain.Fact{Project: "Apollo", Key: "phase", Value: "design", By: "Ada", Reason: "decided", At: begun}, one)
	assert.Equal(t, one, set("design"), "what holds already is not set again")
	two := set("build")
	facts, err := s.List(ctx, "apollo", time.Time{})
	require.NoError(t, err)
	assert.Equal(t, []domain.Fact{two}, facts)
	facts, err = s.List(ctx, "apollo", begun)
	require.NoError(t, err)
	assert.Equal(t, []domain.Fact{one}, facts)
	require.NoError(t, s.Remove(ctx, "Apollo", "phase", ada))
	facts, err = s.List(ctx, "apollo", time.Time{})
	require.NoError(t, err)
	assert.Empty(t, facts)
	history, err := s.History(ctx, "moon", "phase")
	require.NoError(t, err)
	require.Len(t, history, 3)
	assert.True(t, history[2].Removed)

	for name, c := range map[string]struct {
		do   func() error
		kind domain.Kind
	}{
		"remove twice":    {func() error { return s.Remove(ctx, "Apollo", "phase", ada) }, domain.KindNotFound},
		"unknown project": {func() error { _, err := s.Set(ctx, "apolo", "phase", "x", ada); return err }, domain.KindNotFound},
		"no project":      {func() error { _, err := s.List(ctx, "", time.Time{}); return err }, domain.KindNotFound},
		"no such key":     {func() error { _, err := s.History(ctx, "Apollo", "owner"); return err }, domain.KindNotFound},
		"bad key":         {func() error { _, err := s.Set(ctx, "Apollo", "The Phase", "x", ada); return err }, domain.KindInvalid},
		"empty value":     {func() error { _, err := s.Set(ctx, "Apollo", "phase", " ", ada); return err }, domain.KindInvalid},
		"long value":      {func() error { _, err := s.Set(ctx, "Apollo", "phase", string(make([]byte, 5000)), ada); return err }, domain.KindInvalid},
	} {
		assert.Equal(t, c.kind, domain.KindOf(c.do()), name)
	}
}
