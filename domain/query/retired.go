package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// retired keeps what superseded and rejected memories say at hand, so that a passage
// that still says it is seen.
type retired struct {
	mu   sync.Mutex // held while it follows the store
	mark int64
	now  Retired
}

// Retired is what does not hold any more, as of when it was asked for. It is read
// only, and safe for concurrent use.
type Retired struct {
	said  map[string]withdrawn // by id of the memory
	terms map[string][]string  // ids, by term

	principal domain.Principal     // whom it is for: what is kept is of all projects
	exists    func(id string) bool // whether a successor exists for him; nil: all do
}

type withdrawn struct {
	domain.Memory
	claim domain.Claim
	terms int // how many different ones
}

// Retired returns what memories say that are superseded or rejected now.
func (s *Service) Retired(ctx context.Context) (Retired, error) {
	if s.Memory == nil {
		return Retired{}, nil
	}
	r, err := s.retired.follow(ctx, s.Memory)
	if r.principal, _ = domain.PrincipalOf(ctx); r.principal.Limited {
		r.exists = func(id string) bool {
			found, err := s.Passages.Passages(ctx, []string{id})
			_, ok := found[id]
			return err == nil && ok
		}
	}
	return r, err
}

func (r *retired) follow(ctx context.Context, from ports.RetiredMemories) (Retired, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := map[string]domain.Memory{}
	mark, err := from.Retired(ctx, r.mark, func(m domain.Memory) error {
		changed[m.ID] = m
		return nil
	})
	if err != nil {
		return Retired{}, fmt.Errorf("query: what does not hold any more: %w", err)
	}
	r.mark = mark
	next := map[string]withdrawn{}
	differs := false
	for id, m := range changed {
		old, known := r.now.said[id]
		switch {
		case m.Status == domain.MemorySuperseded || m.Status == domain.MemoryRejected:
			if !known || old.Memory != m {
				claim := domain.ReadClaim(m.Content)
				next[id] = withdrawn{m, claim, len(distinct(claim.Terms()))}
				differs = true
			}
		case known:
			differs = true
		}
	}
	if !differs {
		return r.now, nil
	}
	for id, w := range r.now.said {
		if _, known := changed[id]; !known {
			next[id] = w
		}
	}
	terms := map[string][]string{}
	for id, w := range next {
		for t := range distinct(w.claim.Terms()) {
			terms[t] = append(terms[t], id)
		}
	}
	r.now = Retired{said: next, terms: terms}
	return r.now, nil
}

func distinct(terms []string) map[string]bool {
	out := make(map[string]bool, len(terms))
	for _, t := range terms {
		out[t] = true
	}
	return out
}

// In returns the parts of a chunk that say what does not hold any more, in their
// order, unless one of the texts that hold says the same. Memories of no project
// count everywhere, others in their project alone.
func (r Retired) In(p domain.Passage, hold []string) []domain.Outdated {
	if len(r.said) == 0 || p.Kind != domain.PassageChunk {
		return nil
	}
	var out []domain.Outdated
	for _, at := range sentences(p.Content) {
		text := p.Content[at.from:at.to]
		claim := domain.ReadClaim(text)
		if !claim.One() {
			continue
		}
		w, ok := r.saying(claim, p.Project)
		if !ok || slices.ContainsFunc(hold, func(held string) bool { return domain.ReadClaim(held).Liken(claim) == domain.Repeats }) {
			continue
		}
		if r.exists != nil && w.SupersededBy != "" && !r.exists(w.SupersededBy) {
			w.SupersededBy = ""
		}
		first := p.StartLine + strings.Count(p.Content[:at.from], "\n")
		out = append(out, domain.Outdated{
			StartLine: min(first, p.EndLine), EndLine: min(first+strings.Count(text, "\n"), p.EndLine),
			Start: at.from, End: at.to, Memory: w.ID, Status: w.Status, SupersededBy: w.SupersededBy,
		})
	}
	return out
}

// saying returns the withdrawn memory that a claim says the same as; of several the
// one with the lowest id.
func (r Retired) saying(claim domain.Claim, project string) (found withdrawn, ok bool) {
	terms := distinct(claim.Terms())
	common := map[string]int{}
	for t := range terms {
		for _, id := range r.terms[t] {
			common[id]++
		}
	}
	for id, n := range common {
		w := r.said[id]
		// A repeat shares three terms in four; most pairs end here.
		if 4*n < 3*max(w.terms, len(terms)) || w.Project != "" && w.Project != project || !r.principal.Knows(w.Project) || ok && id > found.ID {
			continue
		}
		if w.claim.Liken(claim) == domain.Repeats || claim.Liken(w.claim) == domain.Repeats {
			found, ok = w, true
		}
	}
	return found, ok
}
