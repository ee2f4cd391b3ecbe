// Package index is the use case of keeping a vector index that lives apart from
// the text in step with it. Every change to a passage is queued, for every index
// there is, in the transaction of the change; Drain carries the queue over, in
// batches that can be repeated. So whoever dies, and whenever, the index lacks
// nothing that is not in the queue. A rebuild is nothing but a new index whose
// queue begins with everything.
package index

import (
	"context"
	"fmt"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what the service works with: either Inline, for vectors that are kept
// with the text and commit with it, or Ledger, Queue, Text, Storage and Indexing. The
// other fields are always needed.
type Config struct {
	Driver   string // as configured, for messages
	Inline   ports.InlineVectors
	Ledger   ports.VectorLedger
	Queue    ports.VectorQueue
	Text     ports.VectorSource
	Storage  ports.VectorStorage
	Embedder ports.Embedder
	Gate     ports.Gate
	Indexing ports.IndexGate
}

// Service keeps the index. It is safe for concurrent use.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// ours returns the newest generation of the configured model that is ready, and
// the newest one that is not, nil for none.
func (s *Service) ours(ctx context.Context) (ready, building *domain.Generation, others []domain.Generation, err error) {
	all, err := s.Ledger.Generations(ctx)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("look up vector indexes: %w", err)
	}
	for _, g := range all {
		switch {
		case g.Model != s.Embedder.Model():
			others = append(others, g)
		case g.Ready:
			ready = &g
		default:
			building = &g
		}
	}
	return ready, building, others, nil
}

// Prepare makes the first index of an installation. Where there is one of another
// model a new one is made by a rebuild only: that may cost time and money.
func (s *Service) Prepare(ctx context.Context) error {
	if s.Inline != nil {
		return nil
	}
	ready, building, others, err := s.ours(ctx)
	if err != nil || ready != nil || building != nil || len(others) > 0 {
		return err
	}
	release, err := s.Indexing.Indexing(ctx)
	if err != nil {
		return err
	}
	defer release() //nolint:errcheck // it ends with the process
	ready, building, others, err = s.ours(ctx)
	if err != nil || ready != nil || building != nil || len(others) > 0 {
		return err // somebody else was faster
	}
	if _, err = s.Ledger.Begin(ctx, s.Embedder.Model()); err != nil {
		return fmt.Errorf("begin vector index: %w", err)
	}
	return nil
}

// Status describes the index, and asks its storage whether it answers.
func (s *Service) Status(ctx context.Context) (domain.IndexStatus, error) {
	if s.Inline != nil {
		return s.inlineStatus(ctx)
	}
	out := domain.IndexStatus{Driver: s.Driver, Model: s.Embedder.Model()}
	all, err := s.Ledger.Generations(ctx)
	if err != nil {
		return out, fmt.Errorf("look up vector indexes: %w", err)
	}
	ready, _, _, err := s.ours(ctx)
	if err != nil {
		return out, err
	}
	for _, g := range all {
		n, err := s.Queue.Waiting(ctx, g.Name)
		if err != nil {
			return out, fmt.Errorf("count what waits for %s: %w", g.Name, err)
		}
		out.Generations = append(out.Generations, domain.GenerationStatus{
			Generation: g, InUse: ready != nil && g.Name == ready.Name, Waiting: n,
		})
	}
	if out.Passages, err = s.Text.Count(ctx); err != nil {
		return out, fmt.Errorf("count passages: %w", err)
	}
	if ready == nil {
		out.Problem = s.unready(ctx).Error()
	} else if err := s.Storage.Alive(ctx); err != nil {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		out.Problem = err.Error()
	}
	return out, nil
}

// unready is why no index of the configured model answers.
func (s *Service) unready(ctx context.Context) error {
	_, building, others, err := s.ours(ctx)
	switch {
	case err != nil:
		return err
	case building != nil:
		n, err := s.Queue.Waiting(ctx, building.Name)
		if err != nil {
			return err
		}
		return domain.Unavailable("the vector index of %s is being built, %d passages are to go",
			building.Model.Name, n).WithHint("follow it with: atocore index status")
	case len(others) > 0:
		return domain.Unavailable("there is no vector index of the embedding model %s, only of %s",
			s.Embedder.Model().Name, others[len(others)-1].Model.Name).
			WithHint("build one beside it with: atocore index rebuild, or configure the former model again")
	}
	return domain.Unavailable("there is no vector index yet").WithHint("build one with: atocore index rebuild")
}

// Behind returns how many passages wait for the index in use, and for the one
// being built when there is none.
func (s *Service) Behind(ctx context.Context) (int, error) {
	if s.Inline != nil {
		return 0, nil
	}
	ready, building, _, err := s.ours(ctx)
	if err != nil {
		return 0, err
	}
	if ready == nil {
		ready = building
	}
	if ready == nil {
		return 0, nil
	}
	n, err := s.Queue.Waiting(ctx, ready.Name)
	if err != nil {
		return 0, fmt.Errorf("count what waits for the vector index: %w", err)
	}
	return n, nil
}

// isLost tells whether the storage lost an index that the ledger knows, or damaged
// it beyond reading.
func isLost(err error) bool {
	kind := domain.KindOf(err)
	return kind == domain.KindNotFound || kind == domain.KindCorrupt
}
