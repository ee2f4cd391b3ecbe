package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// DocumentStore keeps ingested documents, their chunks and their place in the
// indexes.
type DocumentStore interface {
	// Files returns, by path, the state at ingestion of every document of the root.
	Files(ctx context.Context, project, root string) (map[string]domain.FileState, error)
	// Replace stores each document with exactly its chunks in place of whatever was
	// stored under its key, all of them in one transaction: no reader sees half of
	// it, and on an error nothing is stored. Every chunk carries its vector; one
	// without is found by its text alone. Chunks that were there before keep their
	// id.
	Replace(ctx context.Context, docs ...domain.ChunkedDocument) error
	// Touch records a new size and time for a document whose content is the same.
	// A missing document is KindNotFound.
	Touch(ctx context.Context, key domain.DocumentKey, state domain.FileState) error
	// Remove removes the documents and their chunks in one transaction. Those that
	// do not exist are passed over.
	Remove(ctx context.Context, keys []domain.DocumentKey) error
	// Roots returns the labels of the roots that have documents in the project, sorted.
	Roots(ctx context.Context, project string) ([]string, error)
	// Counts returns how much is stored, by project; "" holds what belongs to none.
	Counts(ctx context.Context) (map[string]domain.StoreCounts, error)
}
