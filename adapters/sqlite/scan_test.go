package sqlite_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// scan searches a store by reading all of its feed: no index, and nothing to follow.
// What it finds is what the store says there is.
type scan struct {
	store *sqlite.Store
}

var (
	_ ports.TextIndex      = scanText{}
	_ ports.VectorSearcher = scan{}
)

func scanOf(s *sqlite.Store) scan { return scan{s} }

// each calls f with every passage in scope and collects what it scores above 0.
func (s scan) each(
	ctx context.Context, scope domain.Scope, limit int, f func(c domain.PassageChange) float64,
) ([]domain.Candidate, error) {
	var found []domain.Candidate
	_, err := s.store.Feed().Follow(ctx, domain.FeedMark{}, func(c domain.PassageChange) error {
		in := scope.Project == "" || c.Passage.Project == "" || c.Passage.Project == scope.Project
		if len(scope.Kinds) > 0 {
			in = in && slices.Contains(scope.Kinds, c.Passage.Kind)
		}
		if score := f(c); in && score > 0 {
			found = append(found, domain.Candidate{ID: c.Passage.ID, Score: min(1, score)})
		}
		return nil
	})
	slices.SortFunc(found, func(a, b domain.Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	})
	return found[:min(limit, len(found))], err
}

// Search returns the nearest vectors.
func (s scan) Search(ctx context.Context, v []float32, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	asked := domain.Quantise(v).Floats()
	return s.each(ctx, scope, limit, func(c domain.PassageChange) (dot float64) {
		if have := c.Vector.Floats(); len(have) == len(asked) {
			for i := range have {
				dot += float64(have[i]) * float64(asked[i])
			}
		}
		return dot
	})
}

// scanText finds the passages that hold most of a question's words.
type scanText struct{ scan }

func (s scanText) Search(ctx context.Context, question string, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	words := domain.Words(question)
	return s.each(ctx, scope, limit, func(c domain.PassageChange) float64 {
		has := domain.Words(strings.Join([]string{c.Passage.Title, c.Passage.Heading, c.Passage.Path, c.Searched}, " "))
		n := 0
		for _, w := range words {
			if slices.Contains(has, w) {
				n++
			}
		}
		return float64(n) / float64(max(1, len(words)))
	})
}

// found returns the ids of the passages that hold the words.
func found(t *testing.T, s *sqlite.Store, words string) []string {
	t.Helper()
	list, err := scanText{scanOf(s)}.Search(t.Context(), words, domain.Scope{}, 1000)
	require.NoError(t, err)
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids
}

// The feed of a part has that part alone, and that of the vectors no text.
func TestFeedsOfParts(t *testing.T) {
	s := fresh(t)
	for i, id := range []string{"m1", "m2", "m3"} {
		require.NoError(t, s.Memories().Create(t.Context(), aMemory(id), vector(i)))
	}
	read := func(f *sqlite.Feed) map[string]domain.PassageChange {
		out := map[string]domain.PassageChange{}
		mark, err := f.Follow(t.Context(), domain.FeedMark{}, func(c domain.PassageChange) error {
			out[c.Passage.ID] = c
			return nil
		})
		require.NoError(t, err)
		head, err := f.Head(t.Context())
		require.NoError(t, err)
		assert.Equal(t, head, mark)
		return out
	}
	all := read(s.Feed())
	require.Len(t, all, 3)
	assert.Equal(t, "about m2", all["m2"].Searched)
	assert.Equal(t, domain.Quantise(vector(1)), all["m2"].Vector)
	assert.Equal(t, map[string]domain.PassageChange{"m2": all["m2"]}, read(s.FeedOf([]string{"m2", "none"})))
	assert.Empty(t, read(s.FeedOf(nil)))
	bare := read(s.FeedOfVectors())
	require.Len(t, bare, 3)
	assert.Equal(t, all["m3"].Vector, bare["m3"].Vector)
	assert.Empty(t, bare["m3"].Passage.Content)
}
