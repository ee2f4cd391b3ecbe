package memory

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// Propose stores the draft as a candidate, whatever status it states. Where a memory
// of its type and project says so already, or said so and was rejected, nothing is
// stored and nothing reinforced: that one is returned, and stored is false. What is
// found in conversations must not strengthen what those conversations recalled.
func (s *Service) Propose(ctx context.Context, d Draft) (m domain.Memory, stored bool, err error) {
	d.Status = string(domain.MemoryCandidate)
	m, vector, err := s.drafted(ctx, d)
	if err != nil {
		return domain.Memory{}, false, err
	}
	if s.Near != nil {
		s.storing.Lock()
		defer s.storing.Unlock()
		repeated, contradicted, err := s.alike(ctx, m, vector)
		if err != nil {
			return domain.Memory{}, false, err
		}
		if repeated != "" {
			known, err := s.Memories.Get(ctx, repeated)
			if domain.KindOf(err) != domain.KindNotFound {
				return known, false, err
			}
		}
		rejected, err := s.rejected(ctx, m)
		if err != nil || rejected != nil {
			return deref(rejected), false, err
		}
		m.Contradicts = contradicted
	}
	m, err = s.create(ctx, m, vector)
	return m, err == nil, err
}

// rejected returns the memory that says what m says and was rejected, if it is among
// the newest rejected ones.
func (s *Service) rejected(ctx context.Context, m domain.Memory) (*domain.Memory, error) {
	page, err := s.Memories.List(ctx, domain.MemoryFilter{
		Project: &m.Project, Type: m.Type, Status: domain.MemoryRejected, Limit: domain.MaxPageSize,
	})
	for _, other := range page.Memories {
		if domain.Liken(other.Content, m.Content) == domain.Repeats {
			return &other, nil
		}
	}
	return nil, err
}

func deref(m *domain.Memory) domain.Memory {
	if m == nil {
		return domain.Memory{}
	}
	return *m
}
