package porttest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// InteractionStores is a store of interactions with both of its sides.
type InteractionStores interface {
	ports.InteractionStore
	ports.InteractionRetention
}

func interaction(id string, seconds int) domain.Interaction {
	return domain.Interaction{
		ID: id, Prompt: "why \"sqlite\"?\n日本", Answer: "one file 🐈", By: "codex", At: at(seconds),
		Extraction: domain.Extraction{State: domain.ExtractionPending},
	}
}

// TestInteractionStore checks a ports.InteractionStore and its
// ports.InteractionRetention. open returns an empty one.
func TestInteractionStore(t *testing.T, open func(t *testing.T) InteractionStores) {
	t.Run("what is added is there as it was", func(t *testing.T) {
		s := open(t)
		full := interaction("a", 1)
		full.Project, full.Used = "p", []domain.UsedItem{{Kind: domain.ItemMemory, ID: "m"}, {Kind: domain.ItemState, ID: "phase"}}
		full.Confirmations = []domain.Confirmation{{By: "Ada", At: at(2).Add(time.Microsecond)}}
		full.Extraction = domain.Extraction{
			State: domain.ExtractionDone, Candidates: []string{"x", "y"}, Known: 3, Attempts: 1, Problem: "late", At: at(3),
		}
		bare := interaction("b", 2)
		require.NoError(t, s.Add(t.Context(), full))
		require.NoError(t, s.Add(t.Context(), bare))
		kind(t, domain.KindConflict, s.Add(t.Context(), interaction("a", 9)))
		for _, want := range []domain.Interaction{full, bare} {
			got, err := s.Interaction(t.Context(), want.ID)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
		_, err := s.Interaction(t.Context(), "none")
		kind(t, domain.KindNotFound, err)
		ctx := ended(t)
		require.ErrorIs(t, s.Add(ctx, interaction("c", 1)), ctx.Err())
	})
	t.Run("amend", func(t *testing.T) { interactionAmend(t, open(t)) })
	t.Run("list", func(t *testing.T) { interactionList(t, open(t)) })
	t.Run("retention", func(t *testing.T) { interactionRetention(t, open(t)) })
}

func interactionAmend(t *testing.T, s InteractionStores) {
	require.NoError(t, s.Add(t.Context(), interaction("a", 1)))
	want := interaction("a", 1)
	want.Confirmations = []domain.Confirmation{{By: "Ada", At: at(4)}}
	want.Extraction = domain.Extraction{State: domain.ExtractionDone, Candidates: []string{"m"}, At: at(5)}
	got, err := s.Amend(t.Context(), "a", func(i *domain.Interaction) error {
		assert.Equal(t, interaction("a", 1), *i)
		i.Confirmations, i.Extraction = want.Confirmations, want.Extraction
		i.ID, i.Prompt, i.At, i.Used = "z", "another", at(99), []domain.UsedItem{{Kind: domain.ItemChunk, ID: "c"}}
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, want, got, "what was said stays as it was said")
	boom := errors.New("boom")
	_, err = s.Amend(t.Context(), "a", func(i *domain.Interaction) error {
		i.Extraction.State = domain.ExtractionFailed
		return boom
	})
	require.ErrorIs(t, err, boom)
	got, err = s.Interaction(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, want, got)
	_, err = s.Amend(t.Context(), "z", func(*domain.Interaction) error { return nil })
	kind(t, domain.KindNotFound, err)
}

func interactionIDs(page domain.InteractionPage) (s string) {
	for _, i := range page.Interactions {
		s += i.ID
	}
	return s
}

func interactionList(t *testing.T, s InteractionStores) {
	for n, id := range []string{"c", "a", "d", "b"} { // b and a of one moment
		i := interaction(id, n/2)
		if id == "a" {
			i.Project, i.Extraction.State = "p", domain.ExtractionDone
		}
		require.NoError(t, s.Add(t.Context(), i))
	}
	p, none := "p", ""
	for name, tc := range map[string]struct {
		f    domain.InteractionFilter
		want string
	}{
		"newest first, then by id": {domain.InteractionFilter{}, "dbca"},
		"of a project":             {domain.InteractionFilter{Project: &p}, "a"},
		"of none":                  {domain.InteractionFilter{Project: &none}, "dbc"},
		"of a state":               {domain.InteractionFilter{Extraction: domain.ExtractionPending}, "dbc"},
		"of known projects":        {domain.InteractionFilter{Known: []string{"p", "q"}}, "a"},
		"of no known project":      {domain.InteractionFilter{Known: []string{}}, ""},
		"of both":                  {domain.InteractionFilter{Project: &p, Extraction: domain.ExtractionPending}, ""},
	} {
		page, err := s.Interactions(t.Context(), tc.f)
		require.NoError(t, err, name)
		assert.Equal(t, tc.want, interactionIDs(page), name)
		assert.Empty(t, page.NextCursor, name)
	}
	var got string
	f := domain.InteractionFilter{Limit: 3}
	for n := 0; ; n++ {
		page, err := s.Interactions(t.Context(), f)
		require.NoError(t, err)
		got += interactionIDs(page)
		if f.Cursor = page.NextCursor; f.Cursor == "" {
			break
		}
		require.NoError(t, s.Add(t.Context(), interaction(fmt.Sprint("new", n), 50)))
	}
	assert.Equal(t, "dbca", got)
	for _, f := range []domain.InteractionFilter{{Limit: -1}, {Limit: domain.MaxPageSize + 1}, {Cursor: "x"}} {
		_, err := s.Interactions(t.Context(), f)
		kind(t, domain.KindInvalid, err)
	}
}

func interactionRetention(t *testing.T, s InteractionStores) {
	for n := range 10 {
		require.NoError(t, s.Add(t.Context(), interaction(fmt.Sprint(n), n)))
	}
	left := func() string {
		page, err := s.Interactions(t.Context(), domain.InteractionFilter{})
		require.NoError(t, err)
		return interactionIDs(page)
	}
	prune := func(before time.Time, keep, limit int, dry bool) domain.Pruning {
		p, err := s.Prune(t.Context(), domain.Pruning{At: at(100), Reason: "old"}, before, keep, limit, dry)
		require.NoError(t, err)
		return p
	}
	assert.Equal(t, domain.Pruning{At: at(100), Reason: "old"}, prune(time.Time{}, 0, 100, false), "no rule removes nothing")
	want := domain.Pruning{At: at(100), Reason: "old", Removed: 3, Oldest: at(0), Newest: at(2)}
	assert.Equal(t, want, prune(at(3), 0, 100, true))
	assert.Equal(t, "9876543210", left(), "a dry run removes nothing")
	assert.Equal(t, want, prune(at(3), 20, 100, false), "before the moment, not at it")
	assert.Equal(t, "9876543", left())
	limited := prune(time.Time{}, 2, 3, false)
	assert.Equal(t, 3, limited.Removed)
	assert.Equal(t, "9876", left(), "the oldest go first")
	assert.Equal(t, 2, prune(at(3), 2, 100, false).Removed)
	assert.Equal(t, "98", left())
	assert.Zero(t, prune(at(3), 2, 100, false).Removed)
	require.NoError(t, s.Drop(t.Context(), "9", at(101), "asked to"))
	kind(t, domain.KindNotFound, s.Drop(t.Context(), "9", at(102), "asked to"))
	assert.Equal(t, "8", left())
	records, err := s.Prunings(t.Context(), 3)
	require.NoError(t, err)
	require.Len(t, records, 3)
	assert.Equal(t, domain.Pruning{At: at(101), Removed: 1, Oldest: at(9), Newest: at(9), Reason: "asked to"}, records[0])
	records, err = s.Prunings(t.Context(), 100)
	require.NoError(t, err)
	require.Len(t, records, 4, "removing none leaves no record")
	assert.Equal(t, want, records[3])
}
