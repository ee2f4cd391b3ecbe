package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// TextIndex proposes passages by their words. It is fed by the store that it
// belongs to; what a committed write holds is found by the next Search of any
// process.
type TextIndex interface {
	// Search returns at most limit candidates for a question in plain language,
	// best first, ties by id. Every character of the question is taken as text,
	// none as syntax. Memories take part only while they are active. No match is
	// an empty result.
	Search(ctx context.Context, question string, scope domain.Scope, limit int) ([]domain.Candidate, error)
}

// VectorIndex proposes passages by the nearness of their vectors.
type VectorIndex interface {
	// Search returns at most limit candidates, best first, ties by id. The score
	// is the cosine, negative values as 0; what scores 0 may be left out. Memories
	// take part only while they are active. A vector of another dimension is
	// KindInvalid; an empty index returns nothing; one whose vectors are another
	// model's is KindUnavailable.
	Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error)
	// Upsert stores the records, replacing those with the same id. All or none: a
	// vector of another dimension is KindInvalid and stores nothing.
	Upsert(ctx context.Context, records []domain.VectorRecord) error
	// Delete removes the records with these ids; those that are not there are
	// passed over.
	Delete(ctx context.Context, ids []string) error
	// IDs returns the ids of all records, sorted.
	IDs(ctx context.Context) ([]string, error)
}

// PassageStore resolves candidates.
type PassageStore interface {
	// Passages returns the passages with these ids, by id; those that do not exist
	// (any more) are missing from the result.
	Passages(ctx context.Context, ids []string) (map[string]domain.Passage, error)
}

// Embedder turns texts into vectors.
type Embedder interface {
	// Model returns the vector space that Embed maps into. It never changes.
	Model() domain.EmbeddingModel
	// Embed returns one vector of Model().Dimension a text, in the order of texts,
	// each of length 1, or of length 0 for a text without any content. The same
	// text always gives the same vector. A provider that cannot be reached is
	// KindUnavailable.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}
