package memory

import (
	"context"
	"fmt"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// unconfirmed keeps what the candidates of all projects say at hand. There may be
// thousands of them, and each new memory is held against them.
type unconfirmed struct {
	mu     sync.Mutex
	mark   int64
	said   map[string]domain.Memory
	claims domain.Claims
}

var candidates = []domain.MemoryStatus{domain.MemoryCandidate}

// repeated returns the id of a candidate of m's type and project that m repeats; ""
// for none.
func (w *unconfirmed) repeated(ctx context.Context, from ports.MemoryFeed, m domain.Memory, claim domain.Claim) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.said == nil {
		w.said = map[string]domain.Memory{}
	}
	mark, err := from.Changed(ctx, w.mark, candidates, func(m domain.Memory) error {
		if m.Status != domain.MemoryCandidate {
			delete(w.said, m.ID)
			w.claims.Remove(m.ID)
			return nil
		}
		w.said[m.ID] = m
		w.claims.Put(m.ID, m.Content)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("look for repeats among the candidates: %w", err)
	}
	w.mark = mark
	for id, said := range w.claims.Sharing(claim) {
		other := w.said[id]
		if other.Type == m.Type && other.Project == m.Project && said.Liken(claim) == domain.Repeats {
			return id, nil
		}
	}
	return "", nil
}
