package portfake

import (
	"context"
	"maps"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Recalls is ports.RecallStore in memory. The zero value works.
type Recalls struct {
	// Fail is called at the start of every call with "recall.add" and the like; what
	// it returns is returned. It may be nil.
	Fail func(op string) error

	mu  sync.Mutex
	all map[string]domain.Recall
}

var _ ports.RecallStore = (*Recalls)(nil)

// AddRecalls implements ports.RecallStore.
func (s *Recalls) AddRecalls(ctx context.Context, recalls map[string]domain.Recall) error {
	if err := begin(ctx, s.Fail, "recall.add"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]domain.Recall{}
	}
	for id, c := range recalls {
		old := s.all[id]
		if old.Last.After(c.Last) {
			c.Last = old.Last
		}
		s.all[id] = domain.Recall{Times: old.Times + c.Times, Last: c.Last}
	}
	return nil
}

// Recalls implements ports.RecallStore.
func (s *Recalls) Recalls(ctx context.Context) (map[string]domain.Recall, error) {
	if err := begin(ctx, s.Fail, "recall.recalls"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]domain.Recall{}
	maps.Copy(out, s.all)
	return out, nil
}
