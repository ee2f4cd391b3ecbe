package porttest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Archive is a store of memories with both of its sides.
type Archive interface {
	ports.MemoryStore
	ports.MemoryArchive
}

// TestMemoryArchive checks a ports.MemoryArchive. open returns an empty one.
func TestMemoryArchive(t *testing.T, open func(t *testing.T) Archive) {
	t.Run("who, why and the links are kept", func(t *testing.T) {
		s := open(t)
		m := memory("m1", 1, "one")
		m.Last = domain.Act{By: "Ada"}
		create(t, s, m)
		got, err := s.Update(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
			assert.Zero(t, m.Last, "whose change it is now is for the change to say")
			m.SupersededBy, m.Contradicts, m.Reinforced, m.AffirmedAt, m.UpdatedAt = "m2", "m3", 4, at(4), at(5)
			m.Last = domain.Act{Kind: domain.ChangeSuperseded, By: "Bob", Reason: "newer"}
			return nil, nil
		})
		require.NoError(t, err)
		again, err := s.Get(t.Context(), "m1")
		require.NoError(t, err)
		assert.Equal(t, got, again)
		require.NoError(t, s.Forget(t.Context(), "m1", at(6), domain.Act{By: "Eve", Reason: "asked to"}))
		_, err = s.Get(t.Context(), "m1")
		kind(t, domain.KindNotFound, err)
		gone := got
		gone.Last = domain.Act{By: "Eve", Reason: "asked to"}
		history, err := s.History(t.Context(), "m1")
		require.NoError(t, err)
		assert.Equal(t, []domain.MemoryChange{
			{Kind: domain.ChangeCreated, At: at(1), Memory: m},
			{Kind: domain.ChangeSuperseded, At: at(5), Memory: got},
			{Kind: domain.ChangeDeleted, At: at(6), Memory: gone},
		}, history)
		kind(t, domain.KindNotFound, s.Forget(t.Context(), "m1", at(7), domain.Act{}))
	})
	t.Run("as of", func(t *testing.T) { archiveAsOf(t, open(t)) })
	t.Run("revive", func(t *testing.T) { archiveRevive(t, open(t)) })
}

func archiveAsOf(t *testing.T, s Archive) {
	create(t, s, memory("a", 1, "one"), memory("b", 2, "two"))
	_, err := s.Update(t.Context(), "a", func(m *domain.Memory) ([]float32, error) {
		m.Content, m.Project, m.Status, m.UpdatedAt = "uno", "p", domain.MemoryRejected, at(4)
		return vectorOf("uno"), nil
	})
	require.NoError(t, err)
	require.NoError(t, s.Delete(t.Context(), "b", at(6)))
	contents := func(seconds int, f domain.MemoryFilter) (out []string) {
		page, err := s.ListAt(t.Context(), at(seconds), f)
		require.NoError(t, err)
		for _, m := range page.Memories {
			out = append(out, m.Content)
		}
		return out
	}
	p := "p"
	assert.Empty(t, contents(0, domain.MemoryFilter{}))
	assert.Equal(t, []string{"one"}, contents(1, domain.MemoryFilter{}))
	assert.Equal(t, []string{"two", "one"}, contents(3, domain.MemoryFilter{}))
	assert.Equal(t, []string{"two", "uno"}, contents(4, domain.MemoryFilter{}))
	assert.Equal(t, []string{"two"}, contents(5, domain.MemoryFilter{Status: domain.MemoryActive}), "by what they were then")
	assert.Equal(t, []string{"uno"}, contents(5, domain.MemoryFilter{Project: &p}))
	assert.Equal(t, []string{"uno"}, contents(7, domain.MemoryFilter{}))
	assert.Equal(t, []string{"two"}, contents(5, domain.MemoryFilter{Among: []string{""}}))

	page, err := s.ListAt(t.Context(), at(3), domain.MemoryFilter{Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, "b", memoryIDs(page))
	page, err = s.ListAt(t.Context(), at(3), domain.MemoryFilter{Limit: 1, Cursor: page.NextCursor})
	require.NoError(t, err)
	assert.Equal(t, "a", memoryIDs(page))
	assert.Empty(t, page.NextCursor)

	for seconds, want := range map[int][]string{0: nil, 1: {"one"}, 3: {"one", "two"}, 4: {"two"}, 6: nil} {
		active, err := s.ActiveAt(t.Context(), at(seconds))
		require.NoError(t, err)
		var got []string
		for _, m := range active {
			got = append(got, m.Content)
		}
		assert.Equal(t, want, got, "%d", seconds)
	}
	then, err := s.ActiveAt(t.Context(), at(3))
	require.NoError(t, err)
	assert.Equal(t, memory("a", 1, "one"), then[0])

	got, err := s.GetAt(t.Context(), "a", at(3))
	require.NoError(t, err)
	assert.Equal(t, memory("a", 1, "one"), got)
	for id, seconds := range map[string]int{"a": 0, "b": 6, "none": 9} {
		_, err := s.GetAt(t.Context(), id, at(seconds))
		kind(t, domain.KindNotFound, err)
	}
}

func archiveRevive(t *testing.T, s Archive) {
	create(t, s, memory("m1", 1, "one"))
	keep := func(*domain.Memory) ([]float32, error) { return nil, nil }
	_, err := s.Revive(t.Context(), "m1", keep)
	kind(t, domain.KindConflict, err)
	_, err = s.Revive(t.Context(), "none", keep)
	kind(t, domain.KindNotFound, err)
	require.NoError(t, s.Delete(t.Context(), "m1", at(2)))
	boom := errors.New("boom")
	_, err = s.Revive(t.Context(), "m1", func(*domain.Memory) ([]float32, error) { return nil, boom })
	require.ErrorIs(t, err, boom)
	_, err = s.Get(t.Context(), "m1")
	kind(t, domain.KindNotFound, err)

	act := domain.Act{Kind: domain.ChangeRestored, By: "Ada"}
	got, err := s.Revive(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
		m.UpdatedAt, m.Last = at(3), act
		return vectorOf("one"), nil
	})
	require.NoError(t, err)
	want := memory("m1", 1, "one")
	want.UpdatedAt, want.Revision, want.Last = at(3), 2, act
	assert.Equal(t, want, got)
	again, err := s.Get(t.Context(), "m1")
	require.NoError(t, err)
	assert.Equal(t, want, again)
	history, err := s.History(t.Context(), "m1")
	require.NoError(t, err)
	require.Len(t, history, 3)
	assert.Equal(t, domain.MemoryChange{Kind: domain.ChangeRestored, At: at(3), Memory: want}, history[2])
}
