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

// Vocabulary is the optional capability of a TextIndex to tell which words it has.
type Vocabulary interface {
	// Unknown returns those of the words that no passage holds and that are not
	// taken for misspelt ones either, in order. It speaks of the state that the
	// last Search of this index saw, or of a later one.
	Unknown(ctx context.Context, words []string) ([]string, error)
}

// VectorSearcher proposes passages by the nearness of their vectors.
type VectorSearcher interface {
	// Search returns at most limit candidates, best first, ties by id. The score
	// is the cosine, negative values as 0; what scores 0 may be left out. Memories
	// take part only while they are active. A vector of another dimension is
	// KindInvalid; an empty index returns nothing; one whose vectors are another
	// model's is KindUnavailable.
	Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error)
}

// Nearness is the optional capability of a VectorSearcher to compare single
// passages, which is far less work than a search.
type Nearness interface {
	// Cosines returns the score that Search would give to each of these candidates,
	// in their order; 0 for one that it would not find. Of a candidate the ID
	// counts; a Ref of this index spares looking it up.
	Cosines(ctx context.Context, vector []float32, of []domain.Candidate) ([]float64, error)
}

// VectorIndex keeps vectors and searches them.
type VectorIndex interface {
	VectorSearcher
	// IDs returns the ids of all records, sorted.
	IDs(ctx context.Context) ([]string, error)
	// Upsert stores the records, replacing those with the same id. All or none: a
	// vector of another dimension is KindInvalid and stores nothing.
	Upsert(ctx context.Context, records []domain.VectorRecord) error
	// Delete removes the records with these ids; those that are not there are
	// passed over.
	Delete(ctx context.Context, ids []string) error
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
