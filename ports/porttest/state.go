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
	in, err := list.Each(t.Context(), func(domain.Passage, bool) error { return errors.New("there is nothing") })
	require.NoError(t, err)
	assert.True(t, in.Known)
	assert.Empty(t, in.Orphaned)
	m := memory("m1", 1, "a memory")
	asleep := memory("m2", 1, "not active")
	asleep.Status = domain.MemoryCandidate
	create(t, s.Memories, m, asleep, memory("zz", 2, "of no project"))
	require.NoError(t, s.Memories.Create(t.Context(), memory("bare", 3, "without a vector"), nil))
	chunks := replace(t, s.Documents, "q", "sub/a.md", "one", "two")

	var got []domain.Passage
	var vectored []string
	in, err = list.Each(t.Context(), func(p domain.Passage, has bool) error {
		got = append(got, p)
		if has {
			vectored = append(vectored, p.ID)
		}
		return nil
	})
	require.NoError(t, err)
	assert.True(t, in.Known)
	assert.Empty(t, in.Orphaned)
	assert.ElementsMatch(t, []string{"m1", "zz", chunks[0].ID, chunks[1].ID}, vectored)
	want := []domain.Passage{
		{ID: "bare", Kind: domain.PassageMemory},
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
	_, err = list.Each(t.Context(), func(domain.Passage, bool) error { calls++; return enough })
	require.ErrorIs(t, err, enough)
	assert.Equal(t, 1, calls)
}
