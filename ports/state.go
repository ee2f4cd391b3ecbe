package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// PassageLister lists what can be found.
type PassageLister interface {
	// Each calls each with every passage in order of id: all chunks, and the
	// memories that are active. Only ID and Kind are set. vectored tells whether the
	// vector index that is kept with the text holds it; where there is none, or one of
	// another model, it holds nothing. An error of each ends it and is returned.
	Each(ctx context.Context, each func(p domain.Passage, vectored bool) error) (Indexed, error)
}

// Indexed is what a PassageLister knows of the vector index itself.
type Indexed struct {
	Known    bool     // there is one of the configured model
	Orphaned []string // what it holds beside passages, in order
}

// State is an opened state: that of a service, or a copy.
type State struct {
	Registry  ProjectRegistry
	Memories  MemoryStore
	Documents DocumentStore
	Listed    PassageLister
	Passages  PassageStore
	// Search makes an index over a part of what the state holds, from the state
	// itself and from no cache. The same part of the same state gives the same
	// answers.
	Search func(ctx context.Context, of Part) (Searched, error)
	Close  func() error
}

// Part is a part of a state: so much that questions can be asked of it, and so
// little that making an index of it takes no time.
type Part struct {
	IDs     []string // these passages; what is none is passed over
	Prompts []string // and those whose vectors are nearest to each of these, of all there are
}

// Searched is what answers questions.
type Searched struct {
	Text     TextIndex
	Vectors  VectorSearcher
	Passages PassageStore
}
