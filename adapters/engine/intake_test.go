package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// passagesFor returns many passages whose words come, go and come again.
func passagesFor(n int) []domain.Passage {
	out := make([]domain.Passage, n)
	for i := range out {
		out[i] = domain.Passage{
			ID: fmt.Sprintf("%04d", i*7919%n), Kind: domain.PassageChunk, Project: fmt.Sprint("p", i%3), Root: "docs", Path: fmt.Sprintf("a/%d.md", i/4),
			Title: fmt.Sprintf("Title w%d", i%97), Heading: "Größe", Seq: i % 4,
			Content: fmt.Sprintf("w%d w%d parseHTTPRequest%d and the running w%d", i%89, i%31, i%13, i),
		}
	}
	return out
}

// Whatever is read ahead, and in whatever order the batches get done, the index is
// the one of taking in each passage at once.
func TestReadingAheadChangesNothing(t *testing.T) {
	passages := passagesFor(11*batchSize + 7)
	e := New(Config{Feed: fixed(passages)})
	require.NoError(t, e.Sync(t.Context()))
	x := newText()
	for _, p := range passages {
		x.add(p, p.Content)
	}
	require.Equal(t, x.vocabulary.stems, e.text.vocabulary.stems)
	require.Equal(t, x.entries, e.text.entries)
	require.Equal(t, x.lengths, e.text.lengths)
	require.Len(t, e.text.postings, len(x.postings))
	for i := range x.postings {
		require.True(t, slices.Equal(x.postings[i], e.text.postings[i]))
	}
	for i, p := range passages {
		require.Equal(t, p, *e.passages[i])
	}
}

// failing is a feed that ends in the middle.
type failing struct{ fixed }

var errCut = errors.New("cut off")

func (f failing) Follow(ctx context.Context, after domain.FeedMark, apply func(domain.PassageChange) error) (domain.FeedMark, error) {
	if _, err := f.fixed.Follow(ctx, after, apply); err != nil {
		return domain.FeedMark{}, err
	}
	return domain.FeedMark{}, errCut
}

// An error of the feed and one of applying are both told, and what was read ahead
// does not hang.
func TestIntakeFails(t *testing.T) {
	for _, n := range []int{1, 20 * batchSize} {
		e := New(Config{Feed: failing{passagesFor(n)}})
		require.ErrorIs(t, e.Sync(t.Context()), errCut)
		require.Equal(t, domain.FeedMark{}, e.mark, "what was taken in is taken in again")

		e = New(Config{Feed: misfit{passagesFor(n)}, Model: domain.EmbeddingModel{Name: "m", Dimension: 8}})
		require.ErrorIs(t, e.Sync(t.Context()), errModel)
	}
}

// misfit is a feed with a vector of another model.
type misfit struct{ fixed }

func (f misfit) Follow(ctx context.Context, after domain.FeedMark, apply func(domain.PassageChange) error) (domain.FeedMark, error) {
	return f.fixed.Follow(ctx, after, func(c domain.PassageChange) error {
		c.Vector = domain.Quantised{Scale: 1, Components: make([]int8, 3)}
		return apply(c)
	})
}
