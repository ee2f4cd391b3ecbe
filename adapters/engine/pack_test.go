package engine

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// A packed index is the same, and goes on to change as one that is not.
func TestPackChangesNothing(t *testing.T) {
	passages := passagesFor(max(300, 3*batchSize))
	build := func(pack bool) *Engine {
		e := New(Config{Feed: fixed(passages)})
		require.NoError(t, e.Sync(t.Context()))
		if pack {
			e.pack()
		}
		for i := range 50 { // what grows and shrinks again must not touch its neighbours
			e.text.remove(passages[i*5].ID)
			e.text.add(domain.Passage{ID: "new" + passages[i].ID, Project: "p1"}, passages[i+1].Content+" w1 w2 w3")
		}
		return e
	}
	want, got := build(false), build(true)
	require.Equal(t, want.text.entries, got.text.entries)
	require.Equal(t, want.text.df, got.text.df)
	require.Len(t, got.text.postings, len(want.text.postings))
	for i := range want.text.postings {
		require.True(t, slices.Equal(want.text.postings[i], got.text.postings[i]))
	}
}
