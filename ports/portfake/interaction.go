package portfake

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Interactions keeps interactions in memory. The zero value works.
type Interactions struct {
	// Fail is called at the start of every call with "interaction.add" and the like;
	// what it returns is returned. It may be nil.
	Fail func(op string) error

	mu       sync.Mutex
	all      map[string]domain.Interaction
	prunings []domain.Pruning
}

var (
	_ ports.InteractionStore     = (*Interactions)(nil)
	_ ports.InteractionRetention = (*Interactions)(nil)
)

func (s *Interactions) do(ctx context.Context, op string, fn func() error) error {
	if err := begin(ctx, s.Fail, op); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]domain.Interaction{}
	}
	return fn()
}

func cloneInteraction(i domain.Interaction) domain.Interaction {
	i.Used, i.Confirmations = slices.Clone(i.Used), slices.Clone(i.Confirmations)
	i.Extraction.Candidates = slices.Clone(i.Extraction.Candidates)
	return i
}

// Add implements ports.InteractionStore.
func (s *Interactions) Add(ctx context.Context, i domain.Interaction) error {
	return s.do(ctx, "interaction.add", func() error {
		if _, taken := s.all[i.ID]; taken {
			return domain.Conflict("there is an interaction %q already", i.ID).WithField("id")
		}
		s.all[i.ID] = cloneInteraction(i)
		return nil
	})
}

// Interaction implements ports.InteractionStore.
func (s *Interactions) Interaction(ctx context.Context, id string) (i domain.Interaction, err error) {
	err = s.do(ctx, "interaction.get", func() (err error) {
		i, err = s.get(id)
		return err
	})
	return i, err
}

func (s *Interactions) get(id string) (domain.Interaction, error) {
	i, ok := s.all[id]
	if !ok {
		return i, domain.NoInteraction(id)
	}
	return cloneInteraction(i), nil
}

func newestInteraction(a, b domain.Interaction) int {
	return cmp.Or(b.At.Compare(a.At), strings.Compare(b.ID, a.ID))
}

// Interactions implements ports.InteractionStore.
func (s *Interactions) Interactions(ctx context.Context, f domain.InteractionFilter) (page domain.InteractionPage, err error) {
	err = s.do(ctx, "interaction.list", func() error {
		limit := cmp.Or(f.Limit, domain.DefaultPageSize)
		if limit < 0 || limit > domain.MaxPageSize {
			return domain.Invalid("limit %d is out of range", f.Limit).WithField("limit")
		}
		after, err := afterCursor(f.Cursor)
		if err != nil {
			return err
		}
		page.Interactions = []domain.Interaction{}
		for _, i := range s.all {
			if f.Known != nil && !slices.Contains(f.Known, i.Project) {
				continue
			}
			if (f.Project == nil || *f.Project == i.Project) && (f.Extraction == "" || f.Extraction == i.Extraction.State) &&
				after(domain.Memory{ID: i.ID, CreatedAt: i.At}) {
				page.Interactions = append(page.Interactions, cloneInteraction(i))
			}
		}
		slices.SortFunc(page.Interactions, newestInteraction)
		if len(page.Interactions) > limit {
			page.Interactions = page.Interactions[:limit]
			last := page.Interactions[limit-1]
			page.NextCursor = hex.EncodeToString(fmt.Appendf(nil, "%d %s .", last.At.UnixMicro(), last.ID))
		}
		return nil
	})
	return page, err
}

// Amend implements ports.InteractionStore.
func (s *Interactions) Amend(ctx context.Context, id string, change func(*domain.Interaction) error) (i domain.Interaction, err error) {
	err = s.do(ctx, "interaction.amend", func() error {
		old, err := s.get(id)
		if err != nil {
			return err
		}
		next := cloneInteraction(old)
		if err := change(&next); err != nil {
			return err
		}
		old.Extraction, old.Confirmations = next.Extraction, next.Confirmations
		i = cloneInteraction(old)
		s.all[id] = old
		return nil
	})
	return i, err
}

// Drop implements ports.InteractionRetention.
func (s *Interactions) Drop(ctx context.Context, id string, at ports.Moment, reason string) error {
	return s.do(ctx, "interaction.drop", func() error {
		i, err := s.get(id)
		if err != nil {
			return err
		}
		delete(s.all, id)
		s.prunings = append(s.prunings, domain.Pruning{At: at, Removed: 1, Oldest: i.At, Newest: i.At, Reason: reason})
		return nil
	})
}

// Prune implements ports.InteractionRetention.
func (s *Interactions) Prune(ctx context.Context, p domain.Pruning, before ports.Moment, keep, limit int, dry bool) (domain.Pruning, error) {
	err := s.do(ctx, "interaction.prune", func() error {
		var all []domain.Interaction
		for _, i := range s.all {
			all = append(all, i)
		}
		slices.SortFunc(all, newestInteraction)
		var due []domain.Interaction
		for n, i := range all {
			if i.At.Before(before) || keep > 0 && n >= keep {
				due = append(due, i)
			}
		}
		slices.Reverse(due)
		due = due[:min(limit, len(due))]
		p.Removed, p.Oldest, p.Newest = len(due), time.Time{}, time.Time{}
		if len(due) == 0 {
			return nil
		}
		p.Oldest, p.Newest = due[0].At, due[len(due)-1].At
		if dry {
			return nil
		}
		for _, i := range due {
			delete(s.all, i.ID)
		}
		s.prunings = append(s.prunings, p)
		return nil
	})
	return p, err
}

// Prunings implements ports.InteractionRetention.
func (s *Interactions) Prunings(ctx context.Context, limit int) (out []domain.Pruning, err error) {
	err = s.do(ctx, "interaction.prunings", func() error {
		out = slices.Clone(s.prunings)
		slices.Reverse(out)
		out = out[:min(limit, len(out))]
		return nil
	})
	return out, err
}
