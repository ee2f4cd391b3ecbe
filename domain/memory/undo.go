package memory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// Forget is Delete that records who and why.
func (s *Service) Forget(ctx context.Context, id string, act domain.Act) error {
	if err := act.Validate(); err != nil {
		return err
	}
	return s.Archive.Forget(ctx, id, s.Clock.Now(), act)
}

// Restore brings back what was superseded, rejected, expired or deleted: in the
// status that it had before. Its text stays what it is.
func (s *Service) Restore(ctx context.Context, id string, act domain.Act) (domain.Memory, error) {
	history, err := s.Memories.History(ctx, id)
	if err != nil {
		return domain.Memory{}, err
	}
	last := history[len(history)-1]
	if last.Kind == domain.ChangeDeleted {
		act.Kind = domain.ChangeRestored
		return s.revive(ctx, last.Memory, act)
	}
	to := domain.MemoryActive
	for _, c := range history {
		if !c.Memory.Status.Retired() {
			to = c.Memory.Status // the last one before it was retired
		}
	}
	if !last.Memory.Status.Retired() {
		return domain.Memory{}, domain.Conflict("the memory is %s: there is nothing to restore", last.Memory.Status).
			WithField("status").WithHint("to take its latest change back: atocore memory undo ID")
	}
	return s.move(ctx, id, to, act, func(m *domain.Memory, now time.Time) { m.AffirmedAt = now })
}

// Undo takes the latest change of a memory back, a deletion too: all of it is what
// it was before, and the history holds both. Undoing an undo is doing it again.
func (s *Service) Undo(ctx context.Context, id string, act domain.Act) (domain.Memory, error) {
	act.Kind = domain.ChangeUndone
	if err := act.Validate(); err != nil {
		return domain.Memory{}, err
	}
	history, err := s.Memories.History(ctx, id)
	if err != nil {
		return domain.Memory{}, err
	}
	last := history[len(history)-1]
	if last.Kind == domain.ChangeDeleted {
		return s.revive(ctx, last.Memory, act)
	}
	if len(history) < 2 {
		return domain.Memory{}, domain.Conflict("nothing but its creation is there to undo").
			WithHint("to take that back, delete the memory")
	}
	if history[len(history)-2].Kind == domain.ChangeDeleted {
		return domain.Memory{}, domain.Conflict("the memory was brought back from deletion").
			WithHint("to take that back, delete it")
	}
	before := history[len(history)-2].Memory
	var vector []float32
	if before.Content != last.Memory.Content {
		if vector, err = s.embed(ctx, before.Content); err != nil {
			return domain.Memory{}, err
		}
	}
	m, err := s.Memories.Update(ctx, id, func(m *domain.Memory) ([]float32, error) {
		if m.Revision != last.Memory.Revision {
			return nil, errUnseen
		}
		now := m.UpdatedAt
		*m = before
		m.UpdatedAt = now
		s.touch(m, act)
		return vector, nil
	})
	if errors.Is(err, errUnseen) {
		return domain.Memory{}, domain.Conflict("the memory was changed just now").WithField("id").
			WithHint("look at its history, then say it again")
	}
	return m, err
}

// revive brings a deleted memory back as it was.
func (s *Service) revive(ctx context.Context, was domain.Memory, act domain.Act) (domain.Memory, error) {
	if err := act.Validate(); err != nil {
		return domain.Memory{}, err
	}
	if _, err := s.canonical(ctx, was.Project); err != nil {
		return domain.Memory{}, fmt.Errorf("bring the memory back: %w", err)
	}
	vector, err := s.embed(ctx, was.Content)
	if err != nil {
		return domain.Memory{}, err
	}
	return s.Archive.Revive(ctx, was.ID, func(m *domain.Memory) ([]float32, error) {
		s.touch(m, act)
		return vector, nil
	})
}

// GetAt returns the memory as it stood at the moment; KindNotFound when it did not
// exist then.
func (s *Service) GetAt(ctx context.Context, id string, at time.Time) (domain.Memory, error) {
	return s.Archive.GetAt(ctx, id, at)
}
