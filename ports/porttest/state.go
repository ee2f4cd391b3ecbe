package porttest

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestPassageLister checks a ports.PassageLister. open returns empty stores and the
// list over them.
func TestPassageLister(t *testing.T, open func(t *testing.T) (Stores, ports.PassageLister)) {
	s, list := open(t)
	require.NoError(t, list.Each(t.Context(), func(domain.Passage) error { return errors.New("there is nothing") }))
	m := memory("m1", 1, "a memory")
	asleep := memory("m2", 1, "not active")
	asleep.Status = domain.MemoryCandidate
	create(t, s.Memories, m, asleep, memory("zz", 2, "of no project"))
	chunks := replace(t, s.Documents, "q", "sub/a.md", "one", "two")

	var got []domain.Passage
	collect := func(p domain.Passage) error {
		got = append(got, p)
		return nil
	}
	require.NoError(t, list.Each(t.Context(), collect))
	want := []domain.Passage{
		{ID: "m1", Kind: domain.PassageMemory},
		{ID: "zz", Kind: domain.PassageMemory},
		{ID: chunks[0].ID, Kind: domain.PassageChunk},
		{ID: chunks[1].ID, Kind: domain.PassageChunk},
	}
	assert.ElementsMatch(t, want, got)
	assert.True(t, slices.IsSortedFunc(got, func(a, b domain.Passage) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	}))

	enough := errors.New("enough")
	calls := 0
	err := list.Each(t.Context(), func(domain.Passage) error { calls++; return enough })
	require.ErrorIs(t, err, enough)
	assert.Equal(t, 1, calls)
}
