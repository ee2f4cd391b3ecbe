// Package interaction is the use case of capture: it records what was asked and
// answered, lets a person confirm an answer, and extracts candidates for memories.
package interaction

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/ports"
)

// Config is what the service works with.
type Config struct {
	Interactions ports.InteractionStore
	Retention    ports.InteractionRetention
	Memories     *memory.Service
	Passages     ports.PassageStore
	Registry     ports.ProjectRegistry
	Clock        ports.Clock
	IDs          ports.IDs

	// Capture says whether what is recorded is to be extracted from. Recording goes
	// on without.
	Capture bool
	// Allowed is the gate of automation, asked before every extraction. nil allows.
	Allowed func(ctx context.Context) error
	// Chat reads what the rules do not. nil: the rules alone.
	Chat ports.ChatModel

	KeepFor time.Duration // 0: however old
	Keep    int           // 0: however many
}

// Service records interactions. It is safe for concurrent use.
type Service struct {
	Config
	recorded chan struct{} // wakes Work
}

// New returns the service.
func New(c Config) *Service { return &Service{Config: c, recorded: make(chan struct{}, 1)} }

// Draft is an interaction as its recorder states it.
type Draft struct {
	Project string // name or alias, "" for none
	Prompt  string
	Answer  string
	Used    []domain.UsedItem
	By      string
}

// Record stores an interaction; it is durable when Record returns. What it says was
// used is kept as it is claimed, whether or not it is there (any more). Nothing is
// reinforced by being used. An unknown project is KindNotFound.
func (s *Service) Record(ctx context.Context, d Draft) (domain.Interaction, error) {
	i := domain.Interaction{
		Project: d.Project, Prompt: d.Prompt, Answer: d.Answer, Used: d.Used, By: d.By,
		Extraction: domain.Extraction{State: domain.ExtractionOff},
	}
	if s.Capture {
		i.Extraction.State = domain.ExtractionPending
	}
	if err := i.Validate(); err != nil {
		return domain.Interaction{}, err
	}
	var err error
	if i.Project, err = s.canonical(ctx, d.Project); err != nil {
		return domain.Interaction{}, err
	}
	i.ID, i.At = s.IDs.NewID(), s.Clock.Now()
	if err := s.Interactions.Add(ctx, i); err != nil {
		return domain.Interaction{}, fmt.Errorf("record: %w", err)
	}
	select {
	case s.recorded <- struct{}{}:
	default:
	}
	return i, nil
}

// Get returns an interaction; KindNotFound when there is none, or none any more.
func (s *Service) Get(ctx context.Context, id string) (domain.Interaction, error) {
	return s.Interactions.Interaction(ctx, id)
}

// List returns a page, newest first. A project that is not registered is
// KindNotFound.
func (s *Service) List(ctx context.Context, f domain.InteractionFilter) (domain.InteractionPage, error) {
	if f.Extraction != "" {
		if _, err := domain.ParseExtractionState(string(f.Extraction)); err != nil {
			return domain.InteractionPage{}, err
		}
	}
	if f.Project != nil {
		name, err := s.canonical(ctx, *f.Project)
		if err != nil {
			return domain.InteractionPage{}, err
		}
		f.Project = &name
	}
	return s.Interactions.Interactions(ctx, f)
}

var errConfirmed = errors.New("confirmed already")

// Confirm records that by found the answer right, and reinforces the memories that
// it was made with, by as the source (memory.Service.Reinforce): those that are there,
// not retired, and of the interaction's project or of none. It returns their ids. Who
// gave the answer cannot confirm it: an agent that repeats what it recalled
// strengthens nothing. Confirming twice is confirming once; a confirmation that was
// cut short is finished by being said again.
func (s *Service) Confirm(ctx context.Context, id, by string) (domain.Interaction, []string, error) {
	if domain.FoldName(by) == "" {
		return domain.Interaction{}, nil, domain.Invalid("who confirms it is not said").WithField("by").
			WithHint("name the person who found the answer right")
	}
	if err := (domain.Act{By: by}).Validate(); err != nil {
		return domain.Interaction{}, nil, err
	}
	if who, ok := domain.PrincipalOf(ctx); ok {
		if !who.Trusted {
			return domain.Interaction{}, nil, domain.Refused("the word of this key does not count as a person's").
				WithHint("confirm it with a key that is trusted, or with: atocore interaction confirm %s --by NAME", id)
		}
		by = who.Sign(by)
	}
	i, err := s.Interactions.Amend(ctx, id, func(i *domain.Interaction) error {
		switch {
		case domain.FoldName(by) == domain.FoldName(i.By):
			return domain.Invalid("%s gave the answer and cannot confirm it", by).WithField("by").
				WithHint("the word of somebody else counts")
		case slices.ContainsFunc(i.Confirmations, func(c domain.Confirmation) bool { return domain.FoldName(c.By) == domain.FoldName(by) }):
			return errConfirmed
		case len(i.Confirmations) >= domain.MaxConfirmations:
			return domain.Conflict("the answer was confirmed %d times: that is enough", len(i.Confirmations))
		}
		i.Confirmations = append(i.Confirmations, domain.Confirmation{By: by, At: s.Clock.Now()})
		return nil
	})
	if errors.Is(err, errConfirmed) {
		i, err = s.Interactions.Interaction(ctx, id)
	}
	if err != nil {
		return domain.Interaction{}, nil, err
	}
	reinforced := []string{}
	for _, u := range i.Used {
		if u.Kind != domain.ItemMemory {
			continue
		}
		m, err := s.Memories.Get(ctx, u.ID)
		if err == nil && !m.Status.Retired() && (m.Project == "" || m.Project == i.Project) {
			_, err = s.Memories.Reinforce(ctx, u.ID, by, domain.Act{By: by})
			if err == nil {
				reinforced = append(reinforced, u.ID)
			}
		}
		if kind := domain.KindOf(err); err != nil && kind != domain.KindNotFound && kind != domain.KindConflict {
			return i, reinforced, fmt.Errorf("reinforce what was used: %w", err)
		}
	}
	return i, reinforced, nil
}

// Delete removes an interaction; that one was removed, when and why stays on record.
// The candidates that came of it stay.
func (s *Service) Delete(ctx context.Context, id string, act domain.Act) error {
	if err := act.Validate(); err != nil {
		return err
	}
	if who, ok := domain.PrincipalOf(ctx); ok {
		act.By = who.Sign(act.By)
	}
	reason := "deleted by " + act.By
	if act.Reason != "" {
		reason += ": " + act.Reason
	}
	return s.Retention.Drop(ctx, id, s.Clock.Now(), reason)
}

// pruneBatch bounds one transaction of Prune.
const pruneBatch = 500

// Prune removes what retention does not keep, and says so; with dry it only says
// what would go.
func (s *Service) Prune(ctx context.Context, dry bool) (domain.Pruning, error) {
	now := s.Clock.Now()
	total := domain.Pruning{At: now, Reason: s.policy()}
	var before time.Time
	if s.KeepFor > 0 {
		before = now.Add(-s.KeepFor)
	}
	for {
		limit := pruneBatch
		if dry {
			limit = 1 << 40
		}
		p, err := s.Retention.Prune(ctx, domain.Pruning{At: now, Reason: total.Reason}, before, s.Keep, limit, dry)
		if err != nil {
			return total, err
		}
		if p.Removed > 0 {
			if total.Removed == 0 {
				total.Oldest = p.Oldest
			}
			total.Removed += p.Removed
			total.Newest = p.Newest
		}
		if dry || p.Removed < limit {
			return total, nil
		}
	}
}

func (s *Service) policy() string {
	switch {
	case s.KeepFor > 0 && s.Keep > 0:
		return fmt.Sprintf("retention: kept for %s, at most %d", domain.Span(s.KeepFor), s.Keep)
	case s.KeepFor > 0:
		return fmt.Sprintf("retention: kept for %s", domain.Span(s.KeepFor))
	case s.Keep > 0:
		return fmt.Sprintf("retention: at most %d", s.Keep)
	}
	return "retention: everything is kept"
}

// prunings is how many records Prunings returns.
const prunings = 100

// Prunings returns the newest records of removals, newest first.
func (s *Service) Prunings(ctx context.Context) ([]domain.Pruning, error) {
	return s.Retention.Prunings(ctx, prunings)
}

func (s *Service) canonical(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return "", fmt.Errorf("look up project: %w", err)
	}
	p, err := domain.FindProject(projects, name)
	return p.Name, err
}
