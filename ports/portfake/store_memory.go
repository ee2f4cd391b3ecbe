package portfake

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Memories is ports.MemoryStore over a Store.
type Memories struct{ s *Store }

var _ ports.MemoryStore = (*Memories)(nil)

// Create implements ports.MemoryStore.
func (m *Memories) Create(ctx context.Context, mem domain.Memory, vector []float32) error {
	return m.s.do(ctx, "memory.create", func() error {
		if err := m.s.checkVector(vector); err != nil {
			return err
		}
		if _, taken := m.s.memories[mem.ID]; taken {
			return domain.Conflict("there is a memory %q already", mem.ID).WithField("id")
		}
		mem.Revision = 1
		m.put(domain.ChangeCreated, mem.CreatedAt, mem, vector)
		return nil
	})
}

func (m *Memories) put(kind domain.ChangeKind, at time.Time, mem domain.Memory, vector []float32) {
	old := m.s.memories[mem.ID]
	m.s.memories[mem.ID] = mem
	m.s.history[mem.ID] = append(m.s.history[mem.ID], domain.MemoryChange{Kind: cmp.Or(mem.Last.Kind, kind), At: at, Memory: mem})
	m.s.changed = append(m.s.changed, mem.ID)
	r := m.s.vectors[mem.ID]
	switch {
	case len(vector) > 0:
		r.Vector = slices.Clone(vector)
	case old.Content != mem.Content || len(r.Vector) == 0:
		delete(m.s.vectors, mem.ID) // a vector never outlives its text
		return
	}
	r.ID, r.Project, r.Kind = mem.ID, mem.Project, domain.PassageMemory
	m.s.vectors[mem.ID] = r
}

// Get implements ports.MemoryStore.
func (m *Memories) Get(ctx context.Context, id string) (mem domain.Memory, err error) {
	err = m.s.do(ctx, "memory.get", func() (err error) {
		mem, err = m.get(id)
		return err
	})
	return mem, err
}

func (m *Memories) get(id string) (domain.Memory, error) {
	mem, ok := m.s.memories[id]
	if !ok {
		return domain.Memory{}, domain.NoMemory(id)
	}
	return mem, nil
}

// Update implements ports.MemoryStore.
func (m *Memories) Update(ctx context.Context, id string, change func(*domain.Memory) ([]float32, error)) (mem domain.Memory, err error) {
	err = m.s.do(ctx, "memory.update", func() error {
		old, err := m.get(id)
		if err != nil {
			return err
		}
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
		m.put(domain.ChangeUpdated, next.UpdatedAt, next, vector)
		mem = next
		return nil
	})
	return mem, err
}

// Delete implements ports.MemoryStore.
func (m *Memories) Delete(ctx context.Context, id string, at ports.Moment) error {
	return m.s.do(ctx, "memory.delete", func() error { return m.forget(id, at, domain.Act{}) })
}

// History implements ports.MemoryStore.
func (m *Memories) History(ctx context.Context, id string) (changes []domain.MemoryChange, err error) {
	err = m.s.do(ctx, "memory.history", func() error {
		changes = slices.Clone(m.s.history[id])
		if len(changes) == 0 {
			return domain.NoMemory(id)
		}
		return nil
	})
	return changes, err
}

// List implements ports.MemoryStore.
func (m *Memories) List(ctx context.Context, f domain.MemoryFilter) (page domain.MemoryPage, err error) {
	err = m.s.do(ctx, "memory.list", func() (err error) {
		page, err = listed(slices.Collect(maps.Values(m.s.memories)), f)
		return err
	})
	return page, err
}

// listed returns a page of those that the filter selects.
func listed(all []domain.Memory, f domain.MemoryFilter) (page domain.MemoryPage, err error) {
	limit := cmp.Or(f.Limit, domain.DefaultPageSize)
	if limit < 0 || limit > domain.MaxPageSize {
		return page, domain.Invalid("limit %d is out of range", f.Limit).WithField("limit")
	}
	after, err := afterCursor(f.Cursor)
	if err != nil {
		return page, err
	}
	page.Memories = []domain.Memory{}
	for _, mem := range all {
		if selected(f, mem) && after(mem) {
			page.Memories = append(page.Memories, mem)
		}
	}
	slices.SortFunc(page.Memories, func(a, b domain.Memory) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(b.ID, a.ID))
	})
	if len(page.Memories) > limit {
		page.Memories = page.Memories[:limit]
		last := page.Memories[limit-1]
		page.NextCursor = hex.EncodeToString(fmt.Appendf(nil, "%d %s .", last.CreatedAt.UnixMicro(), last.ID))
	}
	return page, nil
}

func selected(f domain.MemoryFilter, m domain.Memory) bool {
	return (f.Project == nil || *f.Project == m.Project) && (f.Among == nil || slices.Contains(f.Among, m.Project)) && (f.Type == "" || f.Type == m.Type) &&
		(f.Status == "" || f.Status == m.Status)
}

// afterCursor returns what tells whether a memory comes after the cursor's place.
func afterCursor(cursor string) (func(domain.Memory) bool, error) {
	if cursor == "" {
		return func(domain.Memory) bool { return true }, nil
	}
	var us int64
	var id, end string
	b, err := hex.DecodeString(cursor)
	if err == nil {
		_, err = fmt.Sscan(string(b), &us, &id, &end)
	}
	if err != nil || end != "." {
		return nil, domain.Invalid("the cursor is not one that a list returned").WithField("cursor")
	}
	return func(m domain.Memory) bool {
		return cmp.Or(cmp.Compare(m.CreatedAt.UnixMicro(), us), strings.Compare(m.ID, id)) < 0
	}, nil
}
