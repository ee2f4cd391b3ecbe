package portfake

import (
	"context"
	"maps"
	"slices"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.MemoryArchive = (*Memories)(nil)

// ListAt implements ports.MemoryArchive.
func (m *Memories) ListAt(ctx context.Context, at ports.Moment, f domain.MemoryFilter) (page domain.MemoryPage, err error) {
	err = m.s.do(ctx, "memory.list_at", func() (err error) {
		var then []domain.Memory
		for id := range m.s.history {
			if mem, ok := m.stood(id, at); ok {
				then = append(then, mem)
			}
		}
		page, err = listed(then, f)
		return err
	})
	return page, err
}

// ActiveAt implements ports.MemoryArchive.
func (m *Memories) ActiveAt(ctx context.Context, at ports.Moment) (out []domain.Memory, err error) {
	err = m.s.do(ctx, "memory.active_at", func() error {
		for _, id := range slices.Sorted(maps.Keys(m.s.history)) {
			if mem, ok := m.stood(id, at); ok && mem.Status == domain.MemoryActive {
				out = append(out, mem)
			}
		}
		return nil
	})
	return out, err
}

// GetAt implements ports.MemoryArchive.
func (m *Memories) GetAt(ctx context.Context, id string, at ports.Moment) (mem domain.Memory, err error) {
	err = m.s.do(ctx, "memory.get_at", func() error {
		var ok bool
		if mem, ok = m.stood(id, at); !ok {
			return domain.NoMemoryThen(id)
		}
		return nil
	})
	return mem, err
}

// stood returns the memory as it was at the moment.
func (m *Memories) stood(id string, at ports.Moment) (mem domain.Memory, ok bool) {
	for _, c := range m.s.history[id] {
		if !c.At.After(at) {
			mem, ok = c.Memory, c.Kind != domain.ChangeDeleted
		}
	}
	if !ok {
		return domain.Memory{}, false
	}
	return mem, true
}

// Forget implements ports.MemoryArchive.
func (m *Memories) Forget(ctx context.Context, id string, at ports.Moment, act domain.Act) error {
	return m.s.do(ctx, "memory.forget", func() error { return m.forget(id, at, act) })
}

func (m *Memories) forget(id string, at ports.Moment, act domain.Act) error {
	mem, err := m.get(id)
	if err != nil {
		return err
	}
	delete(m.s.memories, id)
	delete(m.s.vectors, id)
	mem.Last = act
	m.s.changed = append(m.s.changed, id)
	m.s.history[id] = append(m.s.history[id], domain.MemoryChange{Kind: domain.ChangeDeleted, At: at, Memory: mem})
	return nil
}

// Revive implements ports.MemoryArchive.
func (m *Memories) Revive(ctx context.Context, id string, change func(*domain.Memory) ([]float32, error)) (mem domain.Memory, err error) {
	err = m.s.do(ctx, "memory.revive", func() error {
		history := m.s.history[id]
		switch {
		case len(history) == 0:
			return domain.NoMemory(id)
		case history[len(history)-1].Kind != domain.ChangeDeleted:
			return domain.Conflict("memory %q is not deleted", id).WithField("id")
		}
		old := history[len(history)-1].Memory
		next := old
		next.Last = domain.Act{}
		vector, err := change(&next)
		if err != nil {
			return err
		}
		if err := m.s.checkVector(vector); err != nil {
			return err
		}
		next.ID, next.CreatedAt, next.Revision = old.ID, old.CreatedAt, old.Revision+1
		m.put(domain.ChangeRestored, next.UpdatedAt, next, vector)
		mem = next
		return nil
	})
	return mem, err
}
