package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// PassageCatalog finds passages by where they stand, not by what they say.
type PassageCatalog interface {
	// At returns every chunk of the documents whose path is path, or ends in it
	// after a slash, ordered by project, root, path and position. No such document
	// is an empty result.
	At(ctx context.Context, path string) ([]domain.Passage, error)
	// Paths returns the different paths of all documents, sorted.
	Paths(ctx context.Context) ([]string, error)
}
