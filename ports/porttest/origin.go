package porttest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestOriginStore checks a ports.OriginStore. open returns empty stores, and the
// origins of what is in them.
func TestOriginStore(t *testing.T, open func(t *testing.T) (Stores, ports.OriginStore)) {
	s, origins := open(t)
	again := memory("m2", 2, "said again")
	again.AffirmedAt, again.Source = at(7), "Ada – \"x\"\n"
	asleep := memory("m3", 3, "not active")
	asleep.Status = domain.MemoryCandidate
	create(t, s.Memories, memory("m1", 1, "said once"), again, asleep)
	chunks := replace(t, s.Documents, "p", "a.md", "one")

	found, err := origins.Origins(t.Context(), []string{"m1", "m2", "m3", "none", chunks[0].ID})
	require.NoError(t, err)
	assert.Equal(t, map[string]domain.Origin{
		"m1":         {At: at(1), Source: "test"},
		"m2":         {At: at(7), Source: "Ada – \"x\"\n"},
		chunks[0].ID: {At: state("").ModTime},
	}, found)
	found, err = origins.Origins(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, found)
	ctx := ended(t)
	_, err = origins.Origins(ctx, []string{"m1"})
	require.ErrorIs(t, err, ctx.Err())
}

// Following is a store of memories that can be followed.
type Following interface {
	Archive
	ports.MemoryFeed
}

// TestMemoryFeed checks a ports.MemoryFeed. open returns an empty one.
func TestMemoryFeed(t *testing.T, open func(t *testing.T) Following) {
	s := open(t)
	retired := []domain.MemoryStatus{domain.MemorySuperseded, domain.MemoryRejected}
	follow := func(after int64) (map[string]domain.MemoryStatus, int64) {
		t.Helper()
		seen := map[string]domain.MemoryStatus{}
		mark, err := s.Changed(t.Context(), after, retired, func(m domain.Memory) error {
			assert.NotContains(t, seen, m.ID, "each once")
			if m.Status != "" {
				now, err := s.Get(t.Context(), m.ID)
				require.NoError(t, err)
				assert.Equal(t, now, m, "as it is now")
			}
			seen[m.ID] = m.Status
			return nil
		})
		require.NoError(t, err)
		return seen, mark
	}
	to := func(id string, status domain.MemoryStatus) {
		_, err := s.Update(t.Context(), id, func(m *domain.Memory) ([]float32, error) {
			m.Status = status
			return nil, nil
		})
		require.NoError(t, err)
	}
	seen, mark := follow(0)
	assert.Empty(t, seen)
	assert.Zero(t, mark)

	create(t, s, memory("a", 1, "one"), memory("b", 1, "two"), memory("c", 1, "three"), memory("d", 1, "four"), memory("e", 1, "five"))
	to("b", domain.MemorySuperseded)
	to("c", domain.MemoryRejected)
	to("d", domain.MemoryExpired)
	seen, mark = follow(0)
	assert.Equal(t, map[string]domain.MemoryStatus{"b": domain.MemorySuperseded, "c": domain.MemoryRejected}, seen)

	seen, same := follow(mark)
	assert.Empty(t, seen)
	assert.Equal(t, mark, same)

	to("b", domain.MemoryActive)
	to("e", domain.MemoryCandidate)
	to("e", domain.MemoryRejected)
	require.NoError(t, s.Forget(t.Context(), "c", at(9), domain.Act{}))
	seen, next := follow(mark)
	assert.Equal(t, map[string]domain.MemoryStatus{"b": domain.MemoryActive, "c": "", "e": domain.MemoryRejected}, seen)
	assert.Greater(t, next, mark)

	seen = map[string]domain.MemoryStatus{}
	_, err := s.Changed(t.Context(), 0, []domain.MemoryStatus{domain.MemoryExpired}, func(m domain.Memory) error {
		seen[m.ID] = m.Status
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, map[string]domain.MemoryStatus{"d": domain.MemoryExpired}, seen)

	boom := errors.New("boom")
	_, err = s.Changed(t.Context(), mark, retired, func(domain.Memory) error { return boom })
	require.ErrorIs(t, err, boom)
	ctx := ended(t)
	_, err = s.Changed(ctx, 0, retired, func(domain.Memory) error { return nil })
	require.ErrorIs(t, err, ctx.Err())
}

// TestRecallStore checks a ports.RecallStore. open returns an empty one.
func TestRecallStore(t *testing.T, open func(t *testing.T) ports.RecallStore) {
	s := open(t)
	got, err := s.Recalls(t.Context())
	require.NoError(t, err)
	assert.Empty(t, got)
	require.NoError(t, s.AddRecalls(t.Context(), nil))
	require.NoError(t, s.AddRecalls(t.Context(), map[string]domain.Recall{"a": {Times: 2, Last: at(5)}, "b ␀\"": {Times: 1, Last: at(1)}}))
	require.NoError(t, s.AddRecalls(t.Context(), map[string]domain.Recall{"a": {Times: 3, Last: at(4)}, "c": {Times: 1, Last: at(6)}}))
	got, err = s.Recalls(t.Context())
	require.NoError(t, err)
	assert.Equal(t, map[string]domain.Recall{
		"a": {Times: 5, Last: at(5)}, "b ␀\"": {Times: 1, Last: at(1)}, "c": {Times: 1, Last: at(6)},
	}, got)
	ctx := ended(t)
	require.ErrorIs(t, s.AddRecalls(ctx, map[string]domain.Recall{"a": {Times: 1}}), ctx.Err())
}
