package fence

import (
	"context"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// interactions is an InteractionStore within the fence.
type interactions struct{ inner InteractionStore }

var _ InteractionStore = (*interactions)(nil)

func (s *interactions) Add(ctx context.Context, i domain.Interaction) error {
	p, err := inside(ctx, domain.KeyWrite, i.Project)
	if err != nil {
		return err
	}
	i.By = p.Sign(i.By)
	return s.inner.Add(ctx, i)
}

func (s *interactions) Interaction(ctx context.Context, id string) (domain.Interaction, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return domain.Interaction{}, err
	}
	i, err := s.inner.Interaction(ctx, id)
	if err == nil && !p.Knows(i.Project) {
		return domain.Interaction{}, domain.NoInteraction(id)
	}
	return i, err
}

func (s *interactions) Interactions(ctx context.Context, f domain.InteractionFilter) (domain.InteractionPage, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return domain.InteractionPage{}, err
	}
	if p.Limited {
		f.Known = p.Known()
	}
	return s.inner.Interactions(ctx, f)
}

func (s *interactions) Amend(ctx context.Context, id string, change func(*domain.Interaction) error) (domain.Interaction, error) {
	p, err := who(ctx, domain.KeyWrite)
	if err != nil {
		return domain.Interaction{}, err
	}
	return s.inner.Amend(ctx, id, func(i *domain.Interaction) error {
		if !p.Knows(i.Project) {
			return domain.NoInteraction(id)
		}
		return change(i)
	})
}

func (s *interactions) Drop(ctx context.Context, id string, at ports.Moment, reason string) error {
	if _, err := who(ctx, domain.KeyWrite); err != nil {
		return err
	}
	if _, err := s.Interaction(ctx, id); err != nil {
		return err
	}
	return s.inner.Drop(ctx, id, at, reason)
}

func (s *interactions) Prune(ctx context.Context, r domain.Pruning, before ports.Moment, keep, limit int, dry bool) (domain.Pruning, error) {
	p, err := who(ctx, domain.KeyWrite)
	if err == nil {
		err = p.NeedAll()
	}
	if err != nil {
		return domain.Pruning{}, err
	}
	return s.inner.Prune(ctx, r, before, keep, limit, dry)
}

func (s *interactions) Prunings(ctx context.Context, limit int) ([]domain.Pruning, error) {
	p, err := who(ctx, domain.KeyRead)
	if err == nil {
		err = p.NeedAll()
	}
	if err != nil {
		return nil, err
	}
	return s.inner.Prunings(ctx, limit)
}
