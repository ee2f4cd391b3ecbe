package memory_test

import (
	"context"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

type memories struct {
	Fail func(op string) error
	mu   sync.Mutex
	m    map[string]domain.Memory
	v    map[string][]float32
	h    map[string][]domain.MemoryChange
	last domain.MemoryFilter
}

func (s *memories) begin(op string) error {
	if s.Fail != nil {
		if err := s.Fail(op); err != nil {
			return err
		}
	}
	s.mu.Lock()
	if s.m == nil {
		s.m, s.v, s.h = map[string]domain.Memory{}, map[string][]float32{}, map[string][]domain.MemoryChange{}
	}
	return nil
}

func (s *memories) Create(_ context.Context, m domain.Memory, v []float32) error {
	if err := s.begin("memory.create"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.m[m.ID], s.v[m.ID] = m, v
	s.h[m.ID] = append(s.h[m.ID], domain.MemoryChange{Kind: domain.ChangeCreated, At: m.CreatedAt, Memory: m})
	return nil
}

func (s *memories) Get(_ context.Context, id string) (domain.Memory, error) {
	if err := s.begin("memory.get"); err != nil {
		return domain.Memory{}, err
	}
	defer s.mu.Unlock()
	m, ok := s.m[id]
	if !ok {
		return m, domain.NotFound("no memory %q", id)
	}
	return m, nil
}

func (s *memories) List(_ context.Context, f domain.MemoryFilter) (domain.MemoryPage, error) {
	if err := s.begin("memory.list"); err != nil {
		return domain.MemoryPage{}, err
	}
	defer s.mu.Unlock()
	s.last = f
	return domain.MemoryPage{}, nil
}

func (s *memories) Update(_ context.Context, id string, change func(*domain.Memory) ([]float32, error)) (domain.Memory, error) {
	if err := s.begin("memory.update"); err != nil {
		return domain.Memory{}, err
	}
	defer s.mu.Unlock()
	m, ok := s.m[id]
	if !ok {
		return m, domain.NotFound("no memory %q", id)
	}
	v, err := change(&m)
	if err != nil {
		return domain.Memory{}, err
	}
	s.m[id] = m
	if v != nil {
		s.v[id] = v
	}
	s.h[id] = append(s.h[id], domain.MemoryChange{Kind: domain.ChangeUpdated, At: m.UpdatedAt, Memory: m})
	return m, nil
}

func (s *memories) Delete(_ context.Context, id string, at ports.Moment) error {
	if err := s.begin("memory.delete"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	m, ok := s.m[id]
	if !ok {
		return domain.NotFound("no memory %q", id)
	}
	delete(s.m, id)
	s.h[id] = append(s.h[id], domain.MemoryChange{Kind: domain.ChangeDeleted, At: at, Memory: m})
	return nil
}

func (s *memories) History(_ context.Context, id string) ([]domain.MemoryChange, error) {
	if err := s.begin("memory.history"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return s.h[id], nil
}
