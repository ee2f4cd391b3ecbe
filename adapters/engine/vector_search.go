package engine

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// VectorIndex implements the search half of ports.VectorIndex.
type VectorIndex struct{ engine *Engine }

// Search implements ports.VectorIndex.
func (v *VectorIndex) Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	e := v.engine
	if err := v.fits(vector); err != nil {
		return nil, err
	}
	if err := e.Sync(ctx); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.text.byID.len() > 0 && !e.vectors.any() {
		return nil, domain.Unavailable("no passage has a vector of the embedding model %q", e.config.Model.Name).
			WithHint("look with: atocore index status, and make them with: atocore index rebuild")
	}
	if limit <= 0 {
		return nil, nil
	}
	f := e.text.filter(scope)
	all := f.all()
	best := topSlots{limit: limit, ties: e.text.before}
	var only func(slot) bool
	if f.memories && !f.chunks {
		// Memories are few among the chunks: most need not be compared.
		only = func(at slot) bool { return e.text.entries[at].memory }
	}
	e.vectors.nearest(vector, only, func(at slot, cosine float32) {
		if float64(cosine) < best.least || !all && !f.holds(e.text, at) {
			return
		}
		best.offer(at, float64(cosine))
	})
	found := best.sorted()
	out := make([]domain.Candidate, len(found))
	for i, n := range found {
		out[i] = domain.Candidate{
			ID: e.text.entries[n.at].id, Score: min(1, n.score), Passage: e.passages[n.at], Ref: int(n.at),
		}
	}
	return out, nil
}

// Cosines implements ports.Nearness, for the state that the last search saw.
func (v *VectorIndex) Cosines(_ context.Context, vector []float32, of []domain.Candidate) ([]float64, error) {
	e := v.engine
	if err := v.fits(vector); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	out := make([]float64, len(of))
	q, ok := e.vectors.quantised(vector)
	if !ok {
		return out, nil
	}
	for i, c := range of {
		at := slot(c.Ref)
		if c.Ref < 0 || c.Ref >= len(e.text.entries) || e.text.entries[at].id != c.ID {
			var known bool
			if at, known = e.text.find(c.ID); !known {
				continue
			}
		}
		out[i] = float64(min(1, max(0, e.vectors.cosine(q, at))))
	}
	return out, nil
}

func (v *VectorIndex) fits(vector []float32) error {
	if d := v.engine.config.Model.Dimension; len(vector) != d {
		return domain.Invalid("a vector of %d dimensions does not fit an index of %d", len(vector), d).WithField("vector")
	}
	return nil
}
