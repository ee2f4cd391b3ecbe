package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// MemoryStore keeps memories, their history and their place in the indexes.
type MemoryStore interface {
	// Create stores m with its vector, makes it findable, and records its
	// creation in the history, all at once. Without a vector it is found by its
	// text alone. An id that exists is KindConflict.
	Create(ctx context.Context, m domain.Memory, vector []float32) error
	// Get returns the memory; KindNotFound when there is none, or none any more.
	Get(ctx context.Context, id string) (domain.Memory, error)
	// List returns a page, ordered by creation time and then id, newest first.
	// Following NextCursor yields every memory that existed at the first call and
	// still matches, once, whatever is added meanwhile. A cursor that List did not
	// hand out is KindInvalid.
	List(ctx context.Context, f domain.MemoryFilter) (domain.MemoryPage, error)
	// Update calls change with the memory as it is, inside one write transaction,
	// and stores what change left there with its history entry. change returns the
	// vector of the new content, or nil to keep the vector; it must not block on
	// the network. The store counts Revision; ID and CreatedAt cannot be changed. An
	// error of change is returned and nothing is stored. KindNotFound when there is
	// no such memory.
	Update(ctx context.Context, id string, change func(*domain.Memory) (vector []float32, err error)) (domain.Memory, error)
	// Delete removes the memory from answers and lists and records the deletion,
	// at the time given by entry, in the history. KindNotFound when there is no
	// such memory.
	Delete(ctx context.Context, id string, at Moment) error
	// History returns the memory's changes, oldest first, also after its
	// deletion. KindNotFound when the id never existed.
	History(ctx context.Context, id string) ([]domain.MemoryChange, error)
}
