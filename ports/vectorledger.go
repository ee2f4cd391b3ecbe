package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// VectorLedger keeps, beside the text, which vector indexes there are.
type VectorLedger interface {
	// Generations returns the indexes, oldest first.
	Generations(ctx context.Context) ([]domain.Generation, error)
	// Begin records a new index for the model, not ready, and puts every passage
	// into its queue, all at once. From then on every change to a passage is queued
	// for it in the transaction of that change.
	Begin(ctx context.Context, m domain.EmbeddingModel) (domain.Generation, error)
	// Promote makes the index ready and returns the others of the same model, which
	// it removes. KindConflict while its queue is not empty, KindNotFound when
	// there is no such index.
	Promote(ctx context.Context, name string) ([]domain.Generation, error)
	// Forget removes the index and its queue; one that is not there is passed over.
	Forget(ctx context.Context, name string) error
}

// VectorQueue holds, for every index of the ledger, the passages that changed
// since it took them in. What is queued twice is there once, with a new ticket.
type VectorQueue interface {
	// Pending returns at most limit tasks, oldest first, each as the passage now is.
	Pending(ctx context.Context, name string, limit int) ([]domain.IndexTask, error)
	// Settle takes tasks that were carried out from the queue. One whose passage
	// changed since (another ticket) stays.
	Settle(ctx context.Context, name string, done []domain.IndexTask) error
	// Waiting returns how many tasks there are.
	Waiting(ctx context.Context, name string) (int, error)
	// Backlog returns how many tasks there are with a ticket of at most upTo, or of
	// any for 0, and the newest ticket among them, 0 for none.
	Backlog(ctx context.Context, name string, upTo int64) (n int, newest int64, err error)
	// Requeue queues these ids, whether there is such a passage or not.
	Requeue(ctx context.Context, name string, ids []string) error
}

// VectorSource tells what a whole index holds.
type VectorSource interface {
	// Passages returns at most limit passages with an id above after, in order of
	// id, without vectors.
	Passages(ctx context.Context, after string, limit int) ([]domain.IndexTask, error)
	// Count returns how many Passages there are.
	Count(ctx context.Context) (int, error)
}

// CheckedIndex is a vector index that tells what its records were made from.
type CheckedIndex interface {
	VectorIndex
	// Digests returns, by id, the digest that every record was stored with. What
	// is written meanwhile may be in it or not.
	Digests(ctx context.Context) (map[string]string, error)
}

// VectorStorage holds vector indexes by name.
type VectorStorage interface {
	// Make makes an empty index for the model, or finds it. One that holds vectors
	// of another model is KindConflict and is not touched.
	Make(ctx context.Context, name string, m domain.EmbeddingModel) error
	// Drop removes an index; one that is not there is passed over.
	Drop(ctx context.Context, name string) error
	// Open returns the index. Nothing is looked up yet: its calls fail when there
	// is none (KindNotFound), or one of another model (KindConflict).
	Open(name string, m domain.EmbeddingModel) CheckedIndex
	// Alive returns nil while the storage answers.
	Alive(ctx context.Context) error
}

// IndexGate keeps those who write to a vector index out of each other's way: two
// who drain one queue would overtake each other.
type IndexGate interface {
	// Indexing waits until nobody else writes to the index, or ctx ends.
	Indexing(ctx context.Context) (release func() error, err error)
}

// InlineVectors is a vector index that is kept with the text and commits with it.
type InlineVectors interface {
	// InlineIndex compares the index with the text.
	InlineIndex(ctx context.Context) (domain.InlineIndex, error)
	// RebuildVectors makes the vectors that are missing for the configured model; in
	// a second index, which takes the place of the first once it is whole, when the
	// first is another model's. embed is called outside of transactions; report may
	// be nil. What was made stays made: the next call goes on from there.
	RebuildVectors(ctx context.Context, embed func(ctx context.Context, texts []string) ([][]float32, error),
		report func(done, total int)) error
}
