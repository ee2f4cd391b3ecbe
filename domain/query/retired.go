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
	mu     sync.Mutex
	mark   int64
	said   map[string]domain.Memory
	claims domain.Claims
	// silent are passages, by id and with their content, none of whose sentences is
	// near to anything that was said: most of them, and to read one as claims takes
	// longer than to find it.
	silent map[string]string
}

// mostSilent bounds how many passages are remembered.
const mostSilent = 4096

// Retired is what does not hold any more. It is safe for concurrent use.
type Retired struct {
	from      *retired             // of all projects; nil for nothing
	principal domain.Principal     // whom it is for
	exists    func(id string) bool // whether a successor exists for him; nil: all do
}

// Retired returns what memories say that are superseded or rejected now.
func (s *Service) Retired(ctx context.Context) (Retired, error) {
	if s.Changes == nil {
		return Retired{}, nil
	}
	if err := s.retired.follow(ctx, s.Changes); err != nil {
		return Retired{}, fmt.Errorf("query: what does not hold any more: %w", err)
	}
	r := Retired{from: s.retired}
	if r.principal, _ = domain.PrincipalOf(ctx); r.principal.Limited {
		r.exists = func(id string) bool {
			found, err := s.Passages.Passages(ctx, []string{id})
			_, ok := found[id]
			return err == nil && ok
		}
	}
	return r, nil
}

// follow brings what is kept up to what is committed now.
func (r *retired) follow(ctx context.Context, from ports.MemoryFeed) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.said == nil {
		r.said = map[string]domain.Memory{}
	}
	gone := []domain.MemoryStatus{domain.MemorySuperseded, domain.MemoryRejected}
	mark, err := from.Changed(ctx, r.mark, gone, func(m domain.Memory) error {
		clear(r.silent)
		if !slices.Contains(gone, m.Status) {
			delete(r.said, m.ID)
			r.claims.Remove(m.ID)
			return nil
		}
		r.said[m.ID] = m
		r.claims.Put(m.ID, m.Content)
		return nil
	})
	if err == nil {
		r.mark = mark // otherwise what was seen is seen again, which is harmless
	}
	return err
}

// silentOn tells whether the passage is known to say nothing of what does not hold:
// because everything holds, or because it was looked at before.
func (r *retired) silentOn(p domain.Passage) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	content, known := r.silent[p.ID]
	return len(r.said) == 0 || known && content == p.Content
}

func (r *retired) state() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mark
}

// remember notes that a passage was silent, if nothing has changed since.
func (r *retired) remember(p domain.Passage, asOf int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mark != asOf {
		return
	}
	if r.silent == nil || len(r.silent) >= mostSilent {
		r.silent = map[string]string{}
	}
	r.silent[p.ID] = p.Content
}

// In returns the parts of a chunk that say what does not hold any more, in their
// order, unless one of the texts that hold says the same. Memories of no project
// count everywhere, others in their project alone.
func (r Retired) In(p domain.Passage, hold []string) []domain.Outdated {
	if r.from == nil || p.Kind != domain.PassageChunk || r.from.silentOn(p) {
		return nil
	}
	var out []domain.Outdated
	near, asOf := false, r.from.state()
	for _, at := range sentences(p.Content) {
		text := p.Content[at.from:at.to]
		claim := domain.ReadClaim(text)
		if !claim.One() {
			continue
		}
		w, shares, ok := r.saying(claim, p.Project)
		near = near || shares
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
	if !near {
		r.from.remember(p, asOf)
	}
	return out
}

// saying returns the memory that a claim says the same as; of several the one with
// the lowest id. It also tells whether there are any that share words with it, for
// whomever they exist.
func (r Retired) saying(claim domain.Claim, project string) (found domain.Memory, shares, ok bool) {
	r.from.mu.Lock()
	defer r.from.mu.Unlock()
	for id, said := range r.from.claims.Sharing(claim) {
		shares = true
		m := r.from.said[id]
		if m.Project != "" && m.Project != project || !r.principal.Knows(m.Project) {
			continue
		}
		if said.Liken(claim) == domain.Repeats || claim.Liken(said) == domain.Repeats {
			return m, true, true
		}
	}
	return domain.Memory{}, shares, false
}
