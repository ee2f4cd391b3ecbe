package fence

import (
	"context"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// index chooses what a principal's questions are asked of.
type index struct {
	all     Index
	limited func(projects []string) Index
}

func (i index) of(ctx context.Context) (Index, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return Index{}, err
	}
	if !p.Limited {
		return i.all, nil
	}
	return i.limited(p.Known()), nil
}

type text struct{ index }

func (t *text) Search(ctx context.Context, question string, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	i, err := t.of(ctx)
	if err != nil {
		return nil, err
	}
	return i.Text.Search(ctx, question, scope, limit)
}

func (t *text) Unknown(ctx context.Context, words []string) ([]string, error) {
	i, err := t.of(ctx)
	if err != nil {
		return nil, err
	}
	return i.Text.Unknown(ctx, words)
}

type vectors struct{ index }

func (v *vectors) Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	i, err := v.of(ctx)
	if err != nil {
		return nil, err
	}
	return i.Vectors.Search(ctx, vector, scope, limit)
}

// near is vectors whose index can compare single passages.
type near struct{ vectors }

var _ ports.Nearness = (*near)(nil)

func (n *near) Cosines(ctx context.Context, vector []float32, of []domain.Candidate) ([]float64, error) {
	i, err := n.of(ctx)
	if err != nil {
		return nil, err
	}
	inner, can := i.Vectors.(ports.Nearness)
	if !can {
		return nil, domain.Unavailable("the index of this key cannot compare single passages")
	}
	return inner.Cosines(ctx, vector, of)
}

// vectorsOf returns vectors within the fence that can do what those can which they
// are chosen from: where vectors are kept decides it, for all keys alike.
func vectorsOf(i index) ports.VectorSearcher {
	if _, can := i.all.Vectors.(ports.Nearness); can {
		return &near{vectors{i}}
	}
	return &vectors{i}
}

type passages struct{ index }

func (s *passages) Passages(ctx context.Context, ids []string) (map[string]domain.Passage, error) {
	i, err := s.of(ctx)
	if err != nil {
		return nil, err
	}
	return i.Passages.Passages(ctx, ids)
}

// origins is a ports.OriginStore within the fence.
type origins struct {
	inner ports.OriginStore
	index index
}

func (o *origins) Origins(ctx context.Context, ids []string) (map[string]domain.Origin, error) {
	i, err := o.index.of(ctx)
	if err != nil {
		return nil, err
	}
	known, err := i.Passages.Passages(ctx, ids)
	if err != nil {
		return nil, err
	}
	kept := make([]string, 0, len(ids))
	for _, id := range ids {
		if _, ok := known[id]; ok {
			kept = append(kept, id)
		}
	}
	return o.inner.Origins(ctx, kept)
}
