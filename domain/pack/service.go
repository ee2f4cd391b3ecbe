// Package pack is the use case of giving an agent what it needs to know: project
// state, memories and excerpts of documents that bear on a prompt, within a budget
// of tokens, each quoted with its tier and where it comes from.
//
// The way of a pack: ask for memories and documents as a query does (gather.go) →
// drop what is repeated or outdated (sift.go) → share the budget among the tiers
// (quota.go) → fill each tier in its order, cutting what does not fit whole (fill.go,
// fit.go) → write it down with every quotation behind a fence (render.go,
// quote.go). No step before the sharing looks at the budget, and each tier takes
// from the front of its order: so a larger budget never removes an item.
package pack

import (
	"context"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
)

// Config is what a Service works with. Every field but Recalled is needed.
type Config struct {
	Query     *query.Service
	Facts     ports.FactStore
	Origins   ports.OriginStore
	Archive   ports.MemoryArchive
	Tokenizer ports.Tokenizer
	Clock     ports.Clock
	// Recalled is told which memories a pack holds; nil for nobody.
	Recalled func(ids []string)
}

// Service makes context packs. It is safe for concurrent use.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// Request asks for a pack.
type Request struct {
	Prompt  string    // what the agent is about to do, in plain language
	Project string    // name or alias; "" for everything, with the state of projects that the prompt names
	Budget  int       // tokens, MinBudget to MaxBudget; 0 for DefaultBudget
	AsOf    time.Time // the moment that the pack is to be of; zero for now
}

// CheckBudget returns an error of KindInvalid for what is no budget.
func CheckBudget(tokens int) error {
	if tokens < domain.MinBudget || tokens > domain.MaxBudget {
		return domain.Invalid("a budget of %d tokens is out of range", tokens).WithField("budget").
			WithHint("give a number from %d to %d", domain.MinBudget, domain.MaxBudget)
	}
	return nil
}

// Pack returns the pack. The same state and request make the same pack. Nothing
// found is a pack without items. A project that is not registered is KindNotFound.
func (s *Service) Pack(ctx context.Context, r Request) (domain.Pack, error) {
	if r.Budget == 0 {
		r.Budget = domain.DefaultBudget
	}
	if err := CheckBudget(r.Budget); err != nil {
		return domain.Pack{}, err
	}
	found, err := s.gather(ctx, r)
	if err != nil {
		return domain.Pack{}, err
	}
	p := domain.Pack{
		Project: found.project, Hinted: found.hinted, AsOf: r.AsOf, Budget: r.Budget,
		Tokenizer: s.Tokenizer.Name(), Notes: found.notes,
	}
	s.fill(&p, found, stems(r.Prompt))
	if s.Recalled != nil && r.AsOf.IsZero() {
		var ids []string
		for _, i := range p.Items {
			if i.Tier == domain.TierMemory {
				ids = append(ids, i.ID)
			}
		}
		s.Recalled(ids)
	}
	return p, nil
}
