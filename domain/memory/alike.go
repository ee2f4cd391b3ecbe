package memory

import (
	"context"
	"fmt"
	"slices"

	"github.com/atocore/atocore/domain"
)

const (
	// nearest is how many neighbours a new memory is held against. Those of other
	// types and projects are among them.
	nearest = 50
	// unnamed is the source of a repeat whose teller did not say who he is.
	unnamed = "unnamed"
)

// alike returns the id of a memory that m repeats, or else of one that it probably
// contradicts; "" for none. It looks at the active neighbours of the same type and
// project, and for repeats at the candidates, too. An index that cannot be asked keeps
// nothing from being remembered.
func (s *Service) alike(ctx context.Context, m domain.Memory, vector []float32) (repeated, contradicted string, err error) {
	near, err := s.neighbours(ctx, m, vector)
	if err != nil {
		return "", "", err
	}
	claim := domain.ReadClaim(m.Content)
	for _, other := range near {
		switch domain.ReadClaim(other.Content).Liken(claim) {
		case domain.Repeats:
			return other.ID, "", nil
		case domain.Contradicts:
			if contradicted == "" {
				contradicted = other.ID
			}
		case domain.Unrelated:
		}
	}
	repeated, err = s.unconfirmed.repeated(ctx, s.Changes, m, claim)
	if repeated != "" {
		contradicted = ""
	}
	return repeated, contradicted, err
}

// neighbours returns the active memories of m's type and project among the nearest
// passages, the nearest first.
func (s *Service) neighbours(ctx context.Context, m domain.Memory, vector []float32) ([]domain.Passage, error) {
	scope := domain.Scope{Project: m.Project, Kinds: []domain.PassageKind{domain.PassageMemory}}
	found, err := s.Near.Search(ctx, vector, scope, nearest)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, nil //nolint:nilerr // see alike
	}
	passages, err := s.passages(ctx, found)
	if err != nil {
		return nil, fmt.Errorf("look for repeats: %w", err)
	}
	return slices.DeleteFunc(passages, func(p domain.Passage) bool { return p.Type != m.Type || p.Project != m.Project }), nil
}

// passages returns what the candidates stand for, in their order.
func (s *Service) passages(ctx context.Context, found []domain.Candidate) ([]domain.Passage, error) {
	var unknown []string
	for _, c := range found {
		if c.Passage == nil {
			unknown = append(unknown, c.ID)
		}
	}
	var looked map[string]domain.Passage
	if len(unknown) > 0 {
		var err error
		if looked, err = s.Passages.Passages(ctx, unknown); err != nil {
			return nil, err
		}
	}
	out := make([]domain.Passage, 0, len(found))
	for _, c := range found {
		if c.Passage != nil {
			out = append(out, *c.Passage)
		} else if p, there := looked[c.ID]; there {
			out = append(out, p)
		}
	}
	return out, nil
}

// Review is one memory that waits for a person's word.
type Review struct {
	Memory  domain.Memory
	Against *domain.Memory // what it probably contradicts, as it is now; nil for nothing
}

// ReviewPage is one page of the queue, newest first.
type ReviewPage struct {
	Items      []Review
	NextCursor string
}

// Queue returns a page of the candidates with what they contradict. The filter's
// status is not looked at.
func (s *Service) Queue(ctx context.Context, f domain.MemoryFilter) (ReviewPage, error) {
	f.Status = domain.MemoryCandidate
	page, err := s.List(ctx, f)
	if err != nil {
		return ReviewPage{}, err
	}
	out := ReviewPage{Items: []Review{}, NextCursor: page.NextCursor}
	for _, m := range page.Memories {
		item := Review{Memory: m}
		if m.Contradicts != "" {
			against, err := s.Memories.Get(ctx, m.Contradicts)
			switch {
			case err == nil:
				item.Against = &against
			case domain.KindOf(err) != domain.KindNotFound:
				return ReviewPage{}, fmt.Errorf("review: %w", err)
			}
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// Hygiene is how clean the memories of a project, or all of them, are.
type Hygiene struct {
	Statuses       map[domain.MemoryStatus]int
	Duplicates     int     // active memories that repeat another one to the word
	DuplicateRate  float64 // their share of the active ones, 0 when there are none
	Contradictions int     // candidates that contradict a memory
	Stale          int     // active ones that lost half of their strength or more
	Fading         int     // active ones and candidates that are due to expire
	Echo           int     // only ever said again by who had said so already
	NeverRecalled  int     // active ones that no answer and no context pack held yet
}

// Hygiene counts. project is nil for everything, "" for no project.
func (s *Service) Hygiene(ctx context.Context, project *string) (Hygiene, error) {
	f, err := s.complete(ctx, domain.MemoryFilter{Project: project, Status: domain.MemoryAny})
	if err != nil {
		return Hygiene{}, err
	}
	h := Hygiene{Statuses: map[domain.MemoryStatus]int{}}
	for _, status := range domain.MemoryStatuses {
		h.Statuses[status] = 0
	}
	type key struct {
		mt            domain.MemoryType
		project, text string
	}
	seen := map[key]bool{}
	now := s.Clock.Now()
	var recalled map[string]domain.Recall
	if s.Recalls != nil {
		if recalled, err = s.Recalls(ctx); err != nil {
			return Hygiene{}, fmt.Errorf("count what was recalled: %w", err)
		}
	}
	var failed error
	_, err = s.collect(ctx, f, func(m domain.Memory) bool {
		h.Statuses[m.Status]++
		if m.Faded(now) {
			h.Fading++
		}
		if m.Status == domain.MemoryCandidate && m.Contradicts != "" {
			h.Contradictions++
		}
		if m.Status != domain.MemoryActive {
			return false
		}
		k := key{m.Type, m.Project, fmt.Sprint(domain.Words(m.Content))}
		if seen[k] {
			h.Duplicates++
		}
		seen[k] = true
		if recalled[m.ID].Times == 0 {
			h.NeverRecalled++
		}
		if m.Strength(now) <= m.Confidence/2 && m.Confidence > 0 {
			h.Stale++
		}
		if m.Reinforced == 0 && !m.AffirmedAt.IsZero() && failed == nil {
			var echo bool
			if echo, failed = s.echo(ctx, m.ID); echo {
				h.Echo++
			}
		}
		return false
	})
	if err == nil {
		err = failed
	}
	if active := h.Statuses[domain.MemoryActive]; active > 0 {
		h.DuplicateRate = float64(h.Duplicates) / float64(active)
	}
	return h, err
}

func (s *Service) echo(ctx context.Context, id string) (bool, error) {
	history, err := s.Memories.History(ctx, id)
	for _, c := range history {
		if c.Kind == domain.ChangeReinforced {
			return true, nil
		}
	}
	return false, ignoreMissing(err)
}
