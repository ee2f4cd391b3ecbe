package fence

import (
	"context"
	"slices"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Feed is a feed of what belongs to some projects, "" standing for none: an index
// that follows it holds that and nothing else.
type Feed struct {
	Inner    ports.PassageFeed
	Projects []string
}

var _ ports.PassageFeed = Feed{}

// Head implements ports.PassageFeed.
func (f Feed) Head(ctx context.Context) (domain.FeedMark, error) { return f.Inner.Head(ctx) }

// Follow implements ports.PassageFeed. What moved elsewhere is gone.
func (f Feed) Follow(ctx context.Context, after domain.FeedMark, apply func(domain.PassageChange) error) (domain.FeedMark, error) {
	return f.Inner.Follow(ctx, after, func(c domain.PassageChange) error {
		if !c.Gone && !slices.Contains(f.Projects, c.Passage.Project) {
			c = domain.PassageChange{Passage: domain.Passage{ID: c.Passage.ID}, Gone: true}
		}
		return apply(c)
	})
}

// Vectors narrows an index of vectors that is kept elsewhere, and cannot be made to
// hold less, to the passages that Passages has: it asks for more as long as what it
// is given is not enough. What such an index finds approximately may depend on the
// rest that it holds.
type Vectors struct {
	Inner    ports.VectorSearcher
	Passages ports.PassageStore
}

var _ ports.VectorSearcher = Vectors{}

// mostVectors bounds how many candidates an index of others' passages is asked for.
const mostVectors = 10_000

// Search implements ports.VectorSearcher.
func (v Vectors) Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	for ask := limit; ; ask *= 4 {
		found, err := v.Inner.Search(ctx, vector, scope, ask)
		if err != nil {
			return nil, err
		}
		ids := make([]string, len(found))
		for i, c := range found {
			ids[i] = c.ID
		}
		known, err := v.Passages.Passages(ctx, ids)
		if err != nil {
			return nil, err
		}
		given := len(found)
		found = slices.DeleteFunc(found, func(c domain.Candidate) bool { _, ok := known[c.ID]; return !ok })
		if len(found) >= limit || given < ask || ask >= mostVectors {
			return found[:min(limit, len(found))], nil
		}
	}
}
