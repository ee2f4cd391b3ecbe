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

// MemoryArchive is the side of a MemoryStore that looks back and says who.
type MemoryArchive interface {
	// ListAt is List over the memories as they stood at the moment. Filter and
	// order go by what they were then.
	ListAt(ctx context.Context, at Moment, f domain.MemoryFilter) (domain.MemoryPage, error)
	// ActiveAt returns every memory that was active at the moment, as it stood then, in
	// order of id.
	ActiveAt(ctx context.Context, at Moment) ([]domain.Memory, error)
	// GetAt returns the memory as it stood at the moment; KindNotFound when it did
	// not exist then.
	GetAt(ctx context.Context, id string, at Moment) (domain.Memory, error)
	// Forget is MemoryStore.Delete that records who and why.
	Forget(ctx context.Context, id string, at Moment, act domain.Act) error
	// Revive brings a deleted memory back as its history left it, changed by
	// change, which answers like that of MemoryStore.Update; without a vector the
	// memory is found by its text alone. KindNotFound for an id that never existed,
	// KindConflict for a memory that is there.
	Revive(ctx context.Context, id string, change func(*domain.Memory) (vector []float32, err error)) (domain.Memory, error)
}
