package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// OriginStore tells where what can be found comes from.
type OriginStore interface {
	// Origins returns the origins of the passages with these ids, by id; those that
	// do not exist (any more) are missing from the result.
	Origins(ctx context.Context, ids []string) (map[string]domain.Origin, error)
}

// MemoryFeed lets who keeps the memories of some statuses at hand follow the store.
type MemoryFeed interface {
	// Changed calls each with every memory that changed after the mark, as it is now
	// and in no order, and returns the mark that this leads to, all of one consistent
	// state. One that was deleted has an id alone. With the mark 0 it is called with
	// the memories that have one of the statuses, and no others. Without a change it
	// is cheap. An error of each ends it and is returned.
	Changed(ctx context.Context, after int64, of []domain.MemoryStatus, each func(domain.Memory) error) (int64, error)
}
