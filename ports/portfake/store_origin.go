package portfake

import (
	"context"
	"slices"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var (
	_ ports.OriginStore = (*Passages)(nil)
	_ ports.MemoryFeed  = (*Memories)(nil)
)

// Origins implements ports.OriginStore.
func (p *Passages) Origins(ctx context.Context, ids []string) (map[string]domain.Origin, error) {
	out := map[string]domain.Origin{}
	return out, p.s.do(ctx, "passage.origins", func() error {
		for id, f := range p.s.passages() {
			if !slices.Contains(ids, id) {
				continue
			}
			if m, ok := p.s.memories[id]; ok {
				out[id] = domain.Origin{At: m.Affirmed(), Source: m.Source}
				continue
			}
			d := p.s.documents[domain.DocumentKey{Project: f.Project, Root: f.Root, Path: f.Path}]
			out[id] = domain.Origin{At: d.ModTime}
		}
		return nil
	})
}

// Changed implements ports.MemoryFeed.
func (m *Memories) Changed(ctx context.Context, after int64, of []domain.MemoryStatus, each func(domain.Memory) error) (mark int64, err error) {
	var found []domain.Memory
	err = m.s.do(ctx, "memory.changed", func() error {
		mark = int64(len(m.s.changed))
		seen := map[string]bool{}
		for i, id := range m.s.changed {
			mem, there := m.s.memories[id]
			if !there {
				mem = domain.Memory{ID: id}
			}
			if seen[id] || int64(i) < after || after == 0 && !slices.Contains(of, mem.Status) {
				continue
			}
			seen[id] = true
			found = append(found, mem)
		}
		return nil
	})
	for _, mem := range found {
		if err := each(mem); err != nil {
			return 0, err
		}
	}
	return mark, err
}

// Index returns a text index over exactly these passages, and the passages.
func Index(passages []domain.Passage) (ports.TextIndex, ports.PassageStore) {
	s := NewStore()
	for _, p := range passages {
		s.memories[p.ID] = domain.Memory{
			ID: p.ID, Type: p.Type, Content: p.Content, Project: p.Project, Confidence: p.Confidence, Status: domain.MemoryActive,
		}
	}
	return s.Text(), s.Passages()
}
