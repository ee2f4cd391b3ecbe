package porttest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestFactStore checks a ports.FactStore. open returns an empty one.
func TestFactStore(t *testing.T, open func(t *testing.T) ports.FactStore) {
	s := open(t)
	fact := func(project, key, value string, seconds int) domain.Fact {
		return domain.Fact{Project: project, Key: key, Value: value, Removed: value == "", By: "Ada", Reason: "so", At: at(seconds)}
	}
	var held []*domain.Fact
	put := func(f domain.Fact) {
		require.NoError(t, s.Put(t.Context(), f, func(now *domain.Fact) error {
			held = append(held, now)
			return nil
		}))
	}
	one, two, gone := fact("p", "phase", "one", 1), fact("p", "phase", "two", 3), fact("p", "phase", "", 5)
	owner, other := fact("p", "owner", "Ada – 7;\n", 2), fact("q", "phase", "x", 2)
	for _, f := range []domain.Fact{one, owner, other, two, gone} {
		put(f)
	}
	assert.Equal(t, []*domain.Fact{nil, nil, nil, &one, &two}, held, "what held before each")
	for seconds, want := range map[int][]domain.Fact{
		0: {}, 1: {one}, 2: {owner, one}, 3: {owner, two}, 9: {owner},
	} {
		got, err := s.Facts(t.Context(), "p", at(seconds))
		require.NoError(t, err)
		assert.Equal(t, want, got, "at %d", seconds)
	}
	history, err := s.FactHistory(t.Context(), "p", "phase")
	require.NoError(t, err)
	assert.Equal(t, []domain.Fact{one, two, gone}, history)
	boom := errors.New("boom")
	require.ErrorIs(t, s.Put(t.Context(), one, func(now *domain.Fact) error {
		assert.Nil(t, now, "what was removed does not hold")
		return boom
	}), boom)
	history, err = s.FactHistory(t.Context(), "p", "phase")
	require.NoError(t, err)
	assert.Len(t, history, 3)
	history, err = s.FactHistory(t.Context(), "p", "none")
	require.NoError(t, err)
	assert.Empty(t, history)
	ctx := ended(t)
	require.ErrorIs(t, s.Put(ctx, one, func(*domain.Fact) error { return nil }), ctx.Err())
}
