package portfake

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Store keeps memories, documents and both indexes in memory, behind the same
// accessors as the store on SQLite, so that use cases can be tested end to end.
// The text index scores by the share of the question's words that a passage holds;
// the vector index compares every vector.
type Store struct {
	// Model is the vector space; with a Dimension of 0 vectors of any are taken.
	// Set it before the first call.
	Model domain.EmbeddingModel
	// Fail is called at the start of every call with "memory.create",
	// "document.replace", "text.search" and the like; what it returns is returned.
	// It may be nil.
	Fail func(op string) error

	mu        sync.Mutex
	memories  map[string]domain.Memory
	history   map[string][]domain.MemoryChange
	documents map[domain.DocumentKey]storedDocument
	vectors   map[string]domain.VectorRecord
	changed   []string // ids of memories, in the order of their changes
}

// storedDocument is a document with its chunks, without their vectors.
type storedDocument struct {
	domain.Document
	chunks []domain.Chunk
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{
		memories:  map[string]domain.Memory{},
		history:   map[string][]domain.MemoryChange{},
		documents: map[domain.DocumentKey]storedDocument{},
		vectors:   map[string]domain.VectorRecord{},
	}
}

// Memories returns the store of memories.
func (s *Store) Memories() *Memories { return &Memories{s} }

// Documents returns the store of documents.
func (s *Store) Documents() *Documents { return &Documents{s} }

// Passages returns the store of passages.
func (s *Store) Passages() *Passages { return &Passages{s} }

// Text returns the full-text index.
func (s *Store) Text() *Text { return &Text{s} }

// Vectors returns the vector index.
func (s *Store) Vectors() *Vectors { return &Vectors{s} }

// do runs fn with the store locked, unless the call is to fail.
func (s *Store) do(ctx context.Context, op string, fn func() error) error {
	if err := begin(ctx, s.Fail, op); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn()
}

// checkVector refuses a vector of another dimension. None at all is accepted.
func (s *Store) checkVector(v []float32) error {
	if len(v) == 0 || s.Model.Dimension == 0 || len(v) == s.Model.Dimension {
		return nil
	}
	return domain.Invalid("the vector has %d dimensions instead of %d", len(v), s.Model.Dimension).WithField("vector")
}

// found is a passage with the text that is searched for it.
type found struct {
	domain.Passage
	text string
}

// passages returns what can be found now.
func (s *Store) passages() map[string]found {
	all := map[string]found{}
	for _, m := range s.memories {
		if m.Status == domain.MemoryActive {
			all[m.ID] = found{domain.Passage{
				ID: m.ID, Kind: domain.PassageMemory, Project: m.Project, Type: m.Type, Confidence: m.Confidence,
				Content: m.Content,
			}, m.Content}
		}
	}
	for _, d := range s.documents {
		for _, c := range d.chunks {
			all[c.ID] = found{domain.Passage{
				ID: c.ID, Kind: domain.PassageChunk, Project: d.Project, Root: d.Root, Path: d.Path, Title: d.Title,
				Heading: c.Heading, Seq: c.Seq, StartLine: c.StartLine, EndLine: c.EndLine, Content: c.Content,
			}, strings.Join([]string{d.Title, c.Heading, d.Path, c.Searchable()}, " ")}
		}
	}
	return all
}

// Passages is the port of that name over a Store.
type Passages struct{ s *Store }

var _ ports.PassageStore = (*Passages)(nil)

// Passages implements ports.PassageStore.
func (p *Passages) Passages(ctx context.Context, ids []string) (map[string]domain.Passage, error) {
	out := map[string]domain.Passage{}
	return out, p.s.do(ctx, "passage.passages", func() error {
		all := p.s.passages()
		for _, id := range ids {
			if f, ok := all[id]; ok {
				out[id] = f.Passage
			}
		}
		return nil
	})
}

func inScope(scope domain.Scope, project string, kind domain.PassageKind) bool {
	return (scope.Project == "" || project == "" || project == scope.Project) &&
		(len(scope.Kinds) == 0 || slices.Contains(scope.Kinds, kind))
}

// best returns the limit best by score, ties by id, and leaves out scores of 0.
func best(scores map[string]float64, limit int) []domain.Candidate {
	var list []domain.Candidate
	for _, id := range slices.Sorted(maps.Keys(scores)) {
		if scores[id] > 0 {
			list = append(list, domain.Candidate{ID: id, Score: min(1, scores[id])})
		}
	}
	slices.SortStableFunc(list, func(a, b domain.Candidate) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return list[:min(max(limit, 0), len(list))]
}
