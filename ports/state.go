package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// PassageLister lists what can be found.
type PassageLister interface {
	// Each calls each with every passage in order of id: all chunks, and the
	// memories that are active. Only ID and Kind are set. An error of each
	// ends it and is returned.
	Each(ctx context.Context, each func(domain.Passage) error) error
}

// State is an opened state: that of a service, or a copy.
type State struct {
	Registry  ProjectRegistry
	Memories  MemoryStore
	Documents DocumentStore
	Listed    PassageLister
	Passages  PassageStore
	Text      TextIndex
	Vectors   VectorIndex // nil when they are kept where this opening does not reach
	Close     func() error
}
