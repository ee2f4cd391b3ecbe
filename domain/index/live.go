package index

import (
	"context"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Live is the index in use as a ports.VectorIndex: whichever is at the moment of
// the call, so that a cut-over by another process takes effect at once.
type Live struct{ s *Service }

var _ ports.VectorIndex = Live{}

// Live returns the index in use.
func (s *Service) Live() Live { return Live{s} }

func (l Live) now(ctx context.Context) (ports.VectorIndex, error) {
	ready, _, _, err := l.s.ours(ctx)
	if err != nil {
		return nil, err
	}
	if ready == nil {
		return nil, l.s.unready(ctx)
	}
	return l.s.Storage.Open(ready.Name, ready.Model), nil
}

// Search implements ports.VectorIndex.
func (l Live) Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	x, err := l.now(ctx)
	if err != nil {
		return nil, err
	}
	return x.Search(ctx, vector, scope, limit)
}

// Upsert implements ports.VectorIndex. Passages are indexed by Drain, not by this.
func (l Live) Upsert(ctx context.Context, records []domain.VectorRecord) error {
	x, err := l.now(ctx)
	if err != nil {
		return err
	}
	return x.Upsert(ctx, records)
}

// Delete implements ports.VectorIndex.
func (l Live) Delete(ctx context.Context, ids []string) error {
	x, err := l.now(ctx)
	if err != nil {
		return err
	}
	return x.Delete(ctx, ids)
}

// IDs implements ports.VectorIndex.
func (l Live) IDs(ctx context.Context) ([]string, error) {
	x, err := l.now(ctx)
	if err != nil {
		return nil, err
	}
	return x.IDs(ctx)
}
