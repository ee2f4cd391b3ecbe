package portfake

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Facts is ports.FactStore in memory. The zero value works.
type Facts struct {
	// Fail is called at the start of every call with "fact.put" and the like; what it
	// returns is returned. It may be nil.
	Fail func(op string) error

	mu  sync.Mutex
	all []domain.Fact
}

var _ ports.FactStore = (*Facts)(nil)

// Put implements ports.FactStore.
func (s *Facts) Put(ctx context.Context, f domain.Fact, accept func(now *domain.Fact) error) error {
	if err := begin(ctx, s.Fail, "fact.put"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var now *domain.Fact
	for _, g := range s.all {
		if g.Project == f.Project && g.Key == f.Key {
			if now = &g; g.Removed {
				now = nil
			}
		}
	}
	if err := accept(now); err != nil {
		return err
	}
	s.all = append(s.all, f)
	return nil
}

// Facts implements ports.FactStore.
func (s *Facts) Facts(ctx context.Context, project string, at ports.Moment) ([]domain.Fact, error) {
	if err := begin(ctx, s.Fail, "fact.facts"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := map[string]domain.Fact{}
	for _, f := range s.all {
		if f.Project == project && !f.At.After(at) {
			last[f.Key] = f
		}
	}
	out := []domain.Fact{}
	for _, f := range last {
		if !f.Removed {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b domain.Fact) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// FactHistory implements ports.FactStore.
func (s *Facts) FactHistory(ctx context.Context, project, key string) ([]domain.Fact, error) {
	if err := begin(ctx, s.Fail, "fact.history"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []domain.Fact{}
	for _, f := range s.all {
		if f.Project == project && f.Key == key {
			out = append(out, f)
		}
	}
	return out, nil
}
