package engine

import (
	"context"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Index returns a text index over exactly these passages, which searches as the
// engine that follows a store does, and the passages themselves.
func Index(passages []domain.Passage) (ports.TextIndex, ports.PassageStore) {
	e := New(Config{Feed: fixed(passages)})
	return e.Text(), e
}

// fixed is a feed of what never changes.
type fixed []domain.Passage

// Head implements ports.PassageFeed.
func (f fixed) Head(ctx context.Context) (domain.FeedMark, error) {
	return domain.FeedMark{Seq: int64(len(f))}, ctx.Err()
}

// Follow implements ports.PassageFeed.
func (f fixed) Follow(ctx context.Context, _ domain.FeedMark, apply func(domain.PassageChange) error) (domain.FeedMark, error) {
	for _, p := range f {
		if err := ctx.Err(); err != nil {
			return domain.FeedMark{}, err
		}
		if err := apply(domain.PassageChange{Passage: p, Searched: p.Content}); err != nil {
			return domain.FeedMark{}, err
		}
	}
	return f.Head(ctx)
}
