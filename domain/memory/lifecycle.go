package memory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// Promote makes a candidate active. With replace, what the candidate contradicts is
// superseded by it. Promoting what is active already changes nothing, so that a
// promotion that was cut short can be said again.
func (s *Service) Promote(ctx context.Context, id string, act domain.Act, replace bool) (domain.Memory, error) {
	before, err := s.Memories.Get(ctx, id)
	if err != nil {
		return domain.Memory{}, err
	}
	if before.Status.Retired() {
		_, err := domain.Transition(before.Status, domain.MemoryActive)
		if err == nil {
			err = domain.Conflict("the memory is %s, not a candidate", before.Status).WithField("status").WithHint("restore it")
		}
		return domain.Memory{}, err
	}
	m := before
	if before.Status != domain.MemoryActive {
		if m, err = s.move(ctx, id, domain.MemoryActive, act, func(m *domain.Memory, now time.Time) { m.AffirmedAt = now }); err != nil {
			return domain.Memory{}, err
		}
	}
	if !replace || m.Contradicts == "" {
		return m, nil
	}
	if act.Reason == "" {
		act.Reason = "contradicted by " + id
	}
	old, err := s.Memories.Get(ctx, m.Contradicts)
	if err != nil || old.Status.Retired() {
		return m, ignoreMissing(err) // what it contradicts is in no answer any more
	}
	_, err = s.Supersede(ctx, old.ID, id, act)
	return m, err
}

func ignoreMissing(err error) error {
	if domain.KindOf(err) == domain.KindNotFound {
		return nil
	}
	return err
}

// Reject takes a candidate or an active memory out of answers as wrong.
func (s *Service) Reject(ctx context.Context, id string, act domain.Act) (domain.Memory, error) {
	return s.move(ctx, id, domain.MemoryRejected, act, nil)
}

// Supersede takes a memory out of answers because another one took its place. It
// needs a reason and an active successor, which must not itself be superseded by
// way of this one.
func (s *Service) Supersede(ctx context.Context, id, successor string, act domain.Act) (domain.Memory, error) {
	switch {
	case successor == "":
		return domain.Memory{}, domain.Invalid("a successor is needed").WithField("successor").
			WithHint("give the id of the memory that takes its place")
	case successor == id:
		return domain.Memory{}, domain.Invalid("a memory cannot supersede itself").WithField("successor")
	case act.Reason == "":
		return domain.Memory{}, domain.Invalid("a reason is needed").WithField("reason").WithHint("say what changed")
	}
	next, err := s.Memories.Get(ctx, successor)
	var missing *domain.Error
	switch {
	case errors.As(err, &missing) && missing.Kind == domain.KindNotFound:
		return domain.Memory{}, domain.NotFound("there is no memory %q to take its place", successor).WithField("successor")
	case err != nil:
		return domain.Memory{}, err
	case next.Status != domain.MemoryActive:
		return domain.Memory{}, domain.Conflict("the successor is %s", next.Status).WithField("successor").
			WithHint("only an active memory can take another one's place")
	}
	return s.move(ctx, id, domain.MemorySuperseded, act, func(m *domain.Memory, _ time.Time) { m.SupersededBy = successor })
}

// Reinforce records that source says the same. The first time that a source does,
// confidence grows by domain.Reinforce; whatever it says, the memory's strength
// begins anew. The source of a key that is not trusted is the key. A retired memory
// is KindConflict.
func (s *Service) Reinforce(ctx context.Context, id, source string, act domain.Act) (domain.Memory, error) {
	if fold(source) == "" {
		return domain.Memory{}, domain.Invalid("a source is needed").WithField("source").
			WithHint("say who or what says the same")
	}
	if len(source) > domain.MaxSourceBytes {
		return domain.Memory{}, domain.Invalid("source must be valid UTF-8 of at most %d bytes", domain.MaxSourceBytes).WithField("source")
	}
	if p, known := domain.PrincipalOf(ctx); known && p.Key != "" && !p.Trusted {
		source = p.Name // it counts once, whatever names it says it under
	}
	act.Kind, act.Reason = domain.ChangeReinforced, source
	if err := act.Validate(); err != nil {
		return domain.Memory{}, err
	}
	for {
		history, err := s.Memories.History(ctx, id)
		if err != nil {
			return domain.Memory{}, err
		}
		seen, known := history[len(history)-1].Memory.Revision, heard(history, source)
		m, err := s.Memories.Update(ctx, id, func(m *domain.Memory) ([]float32, error) {
			if m.Revision != seen {
				return nil, errUnseen // somebody else may have said it meanwhile
			}
			if m.Status.Retired() {
				return nil, domain.Conflict("the memory is %s", m.Status).WithField("status").WithHint("restore it first")
			}
			if !known {
				m.Confidence = domain.Reinforce(m.Confidence)
				m.Reinforced++
			}
			s.touch(m, act)
			m.AffirmedAt = m.UpdatedAt
			return nil, nil
		})
		if !errors.Is(err, errUnseen) {
			return m, err
		}
	}
}

// heard tells whether the source stands in the history already.
func heard(history []domain.MemoryChange, source string) bool {
	for _, c := range history {
		if fold(c.Memory.Source) == fold(source) ||
			c.Kind == domain.ChangeReinforced && fold(c.Memory.Last.Reason) == fold(source) {
			return true
		}
	}
	return false
}

func fold(source string) string { return domain.FoldName(source) }

// Expire retires what has faded (domain.Memory.Faded) and returns it. With dry it
// only says what would go.
func (s *Service) Expire(ctx context.Context, act domain.Act, dry bool) ([]domain.Memory, error) {
	if err := act.Validate(); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	expired := []domain.Memory{}
	for _, status := range []domain.MemoryStatus{domain.MemoryActive, domain.MemoryCandidate} {
		due, err := s.collect(ctx, domain.MemoryFilter{Status: status}, func(m domain.Memory) bool { return m.Faded(now) })
		if err != nil {
			return nil, fmt.Errorf("expire: %w", err)
		}
		for _, m := range due {
			if dry {
				expired = append(expired, m)
				continue
			}
			m, err := s.expire(ctx, m.ID, act, now)
			switch {
			case errors.Is(err, errUnchanged) || domain.KindOf(err) == domain.KindNotFound:
				continue // said again, or gone, meanwhile
			case err != nil:
				return expired, fmt.Errorf("expire: %w", err)
			}
			expired = append(expired, m)
		}
	}
	return expired, nil
}

func (s *Service) expire(ctx context.Context, id string, act domain.Act, now time.Time) (domain.Memory, error) {
	return s.Memories.Update(ctx, id, func(m *domain.Memory) ([]float32, error) {
		if !m.Faded(now) {
			return nil, errUnchanged
		}
		why := act
		why.Kind = domain.ChangeExpired
		if why.Reason == "" {
			why.Reason = fmt.Sprintf("strength %.3f after %.0f days", m.Strength(now), now.Sub(m.Affirmed()).Hours()/24)
		}
		m.Status = domain.MemoryExpired
		s.touch(m, why)
		return nil, nil
	})
}

// collect returns every memory of the filter that keep wants, newest first.
func (s *Service) collect(ctx context.Context, f domain.MemoryFilter, keep func(domain.Memory) bool) ([]domain.Memory, error) {
	f.Limit = domain.MaxPageSize
	var out []domain.Memory
	for {
		page, err := s.Memories.List(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, m := range page.Memories {
			if keep(m) {
				out = append(out, m)
			}
		}
		if page.NextCursor == "" {
			return out, nil
		}
		f.Cursor = page.NextCursor
	}
}

// move takes a memory a step of the lifecycle further.
func (s *Service) move(ctx context.Context, id string, to domain.MemoryStatus, act domain.Act, also func(m *domain.Memory, now time.Time)) (domain.Memory, error) {
	if err := act.Validate(); err != nil {
		return domain.Memory{}, err
	}
	return s.Memories.Update(ctx, id, func(m *domain.Memory) ([]float32, error) {
		kind, err := domain.Transition(m.Status, to)
		if err != nil {
			return nil, err
		}
		if kind == domain.ChangeRestored {
			m.SupersededBy = ""
		}
		m.Status, act.Kind = to, kind
		s.touch(m, act)
		if also != nil {
			also(m, m.UpdatedAt)
		}
		return nil, nil
	})
}

// touch notes when, who and why.
func (s *Service) touch(m *domain.Memory, act domain.Act) {
	m.UpdatedAt, m.Last = latest(s.Clock.Now(), m.UpdatedAt), act
}
