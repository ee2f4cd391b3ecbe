package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// PassageFeed lets an index in memory follow the store that is the truth.
type PassageFeed interface {
	// Head returns the mark of the newest committed change. It is cheap: it is
	// asked before every search.
	Head(ctx context.Context) (domain.FeedMark, error)
	// Follow calls apply with what changed after the mark, in order, each passage
	// at most once and as it is now, and returns the mark that this leads to, all
	// of one consistent state. The zero mark means from the beginning. It is
	// KindConflict when the changes since the mark are no longer known, or the
	// mark is of another history (a restored backup): start over with the zero
	// mark. An error of apply ends the call and is returned. What apply is given is
	// its own from then on.
	Follow(ctx context.Context, after domain.FeedMark, apply func(domain.PassageChange) error) (domain.FeedMark, error)
}
