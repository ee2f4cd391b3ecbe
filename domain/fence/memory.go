package fence

import (
	"context"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// memories is a MemoryStore within the fence.
type memories struct{ inner MemoryStore }

var _ MemoryStore = (*memories)(nil)

func (s *memories) Create(ctx context.Context, m domain.Memory, vector []float32) error {
	p, err := inside(ctx, domain.KeyWrite, m.Project)
	if err != nil {
		return err
	}
	if !p.Trusted && m.Status != domain.MemoryCandidate {
		return doubted("what it says starts as a candidate")
	}
	m.Last.By = p.Sign(m.Last.By)
	return s.inner.Create(ctx, m, vector)
}

func (s *memories) Get(ctx context.Context, id string) (domain.Memory, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return domain.Memory{}, err
	}
	return s.get(ctx, p, id)
}

func (s *memories) get(ctx context.Context, p domain.Principal, id string) (domain.Memory, error) {
	m, err := s.inner.Get(ctx, id)
	if err != nil {
		return domain.Memory{}, err
	}
	if !p.Knows(m.Project) {
		return domain.Memory{}, domain.NoMemory(id)
	}
	return s.unlink(ctx, p, m)
}

// unlink takes out of a memory the ids of those that do not exist for the principal.
func (s *memories) unlink(ctx context.Context, p domain.Principal, m domain.Memory) (domain.Memory, error) {
	if !p.Limited {
		return m, nil
	}
	for _, link := range []*string{&m.SupersededBy, &m.Contradicts} {
		if *link == "" {
			continue
		}
		known, err := s.knows(ctx, p, *link)
		if err != nil {
			return domain.Memory{}, err
		}
		if !known {
			*link = ""
		}
	}
	return m, nil
}

// knows tells whether a memory exists for the principal, or did before its deletion.
func (s *memories) knows(ctx context.Context, p domain.Principal, id string) (bool, error) {
	if !p.Limited {
		return true, nil
	}
	history, err := s.inner.History(ctx, id)
	if domain.KindOf(err) == domain.KindNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return p.Knows(history[len(history)-1].Memory.Project), nil
}

func (s *memories) List(ctx context.Context, f domain.MemoryFilter) (domain.MemoryPage, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return domain.MemoryPage{}, err
	}
	if p.Limited {
		f.Among = p.Known()
	}
	page, err := s.inner.List(ctx, f)
	if err != nil {
		return domain.MemoryPage{}, err
	}
	for i, m := range page.Memories {
		if page.Memories[i], err = s.unlink(ctx, p, m); err != nil {
			return domain.MemoryPage{}, err
		}
	}
	return page, nil
}

// within returns the change as the principal may make it: to a memory that it knows,
// and with what it may do.
func within(
	p domain.Principal, id string, change func(*domain.Memory) ([]float32, error),
) func(*domain.Memory) ([]float32, error) {
	return func(m *domain.Memory) ([]float32, error) {
		if !p.Knows(m.Project) {
			return nil, domain.NoMemory(id)
		}
		before := *m
		vector, err := change(m)
		if err != nil {
			return nil, err
		}
		return vector, changed(p, before, m)
	}
}

func (s *memories) Update(ctx context.Context, id string, change func(*domain.Memory) ([]float32, error)) (domain.Memory, error) {
	p, err := who(ctx, domain.KeyWrite)
	if err != nil {
		return domain.Memory{}, err
	}
	m, err := s.inner.Update(ctx, id, within(p, id, change))
	if err != nil {
		return domain.Memory{}, err
	}
	return s.unlink(ctx, p, m)
}

// changed checks what a change made of a memory, and signs it.
func changed(p domain.Principal, before domain.Memory, m *domain.Memory) error {
	if !p.Knows(m.Project) {
		return noProject(m.Project)
	}
	if !p.Trusted && !said(before, *m) {
		switch {
		case m.Status == domain.MemoryActive && before.Status != domain.MemoryActive:
			return doubted("only a person makes a memory active")
		case before.Status != domain.MemoryCandidate:
			return doubted("only what waits for review is for it to change")
		}
	}
	m.Last.By = p.Sign(m.Last.By)
	return nil
}

// said tells whether the change is no other than that somebody said the same.
func said(before, after domain.Memory) bool {
	if after.Last.Kind != domain.ChangeReinforced {
		return false
	}
	after.Confidence, after.Reinforced, after.AffirmedAt = before.Confidence, before.Reinforced, before.AffirmedAt
	after.UpdatedAt, after.Last = before.UpdatedAt, before.Last
	return after == before
}

func (s *memories) Delete(ctx context.Context, id string, at ports.Moment) error {
	return s.Forget(ctx, id, at, domain.Act{})
}

func (s *memories) History(ctx context.Context, id string) ([]domain.MemoryChange, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return nil, err
	}
	history, err := s.inner.History(ctx, id)
	if err != nil || !p.Limited {
		return history, err
	}
	if !p.Knows(history[len(history)-1].Memory.Project) {
		return nil, domain.NoMemory(id)
	}
	// What it was while it belonged elsewhere is of there.
	kept := history[:0]
	for _, c := range history {
		if !p.Knows(c.Memory.Project) {
			continue
		}
		if c.Memory, err = s.unlink(ctx, p, c.Memory); err != nil {
			return nil, err
		}
		kept = append(kept, c)
	}
	return kept, nil
}

func (s *memories) ListAt(ctx context.Context, at ports.Moment, f domain.MemoryFilter) (domain.MemoryPage, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return domain.MemoryPage{}, err
	}
	if p.Limited {
		f.Among = p.Known()
	}
	page, err := s.inner.ListAt(ctx, at, f)
	if err != nil || !p.Limited {
		return page, err
	}
	kept := page.Memories[:0]
	for _, m := range page.Memories {
		known, err := s.knows(ctx, p, m.ID) // it may have been moved elsewhere since
		if err != nil {
			return domain.MemoryPage{}, err
		}
		if !known {
			continue
		}
		if m, err = s.unlink(ctx, p, m); err != nil {
			return domain.MemoryPage{}, err
		}
		kept = append(kept, m)
	}
	page.Memories = kept
	return page, nil
}

func (s *memories) ActiveAt(ctx context.Context, at ports.Moment) ([]domain.Memory, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return nil, err
	}
	all, err := s.inner.ActiveAt(ctx, at)
	if err != nil || !p.Limited {
		return all, err
	}
	kept := all[:0]
	for _, m := range all {
		if !p.Knows(m.Project) {
			continue
		}
		known, err := s.knows(ctx, p, m.ID) // it may have been moved elsewhere since
		if err != nil {
			return nil, err
		}
		if !known {
			continue
		}
		if m, err = s.unlink(ctx, p, m); err != nil {
			return nil, err
		}
		kept = append(kept, m)
	}
	return kept, nil
}

func (s *memories) GetAt(ctx context.Context, id string, at ports.Moment) (domain.Memory, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return domain.Memory{}, err
	}
	m, err := s.inner.GetAt(ctx, id, at)
	if err != nil || !p.Limited {
		return m, err
	}
	known, err := s.knows(ctx, p, id)
	if err != nil {
		return domain.Memory{}, err
	}
	if !known || !p.Knows(m.Project) {
		return domain.Memory{}, domain.NoMemoryThen(id)
	}
	return s.unlink(ctx, p, m)
}

// Forget looks before it deletes: a memory that somebody moves to another project
// in between is deleted there, by who could have deleted it before.
func (s *memories) Forget(ctx context.Context, id string, at ports.Moment, act domain.Act) error {
	p, err := who(ctx, domain.KeyWrite)
	if err != nil {
		return err
	}
	if p.Limited || !p.Trusted {
		m, err := s.get(ctx, p, id)
		if err != nil {
			return err
		}
		if !p.Trusted && m.Status != domain.MemoryCandidate {
			return doubted("only what waits for review is for it to delete")
		}
	}
	act.By = p.Sign(act.By)
	return s.inner.Forget(ctx, id, at, act)
}

func (s *memories) Revive(ctx context.Context, id string, change func(*domain.Memory) ([]float32, error)) (domain.Memory, error) {
	p, err := who(ctx, domain.KeyWrite)
	if err != nil {
		return domain.Memory{}, err
	}
	// One that is there is a conflict, which must not tell of it.
	if known, err := s.knows(ctx, p, id); err != nil || !known {
		if err == nil {
			err = domain.NoMemory(id)
		}
		return domain.Memory{}, err
	}
	m, err := s.inner.Revive(ctx, id, within(p, id, change))
	if err != nil {
		return domain.Memory{}, err
	}
	return s.unlink(ctx, p, m)
}
