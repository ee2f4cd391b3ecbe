package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/atocore/atocore/domain"
)

// Waiting is a candidate that bears on a question. It is in no answer of a query.
type Waiting struct {
	Memory domain.Memory
	Score  float64 // share of the question's words that it holds, in (0, 1]
}

// leastShare is the share of a question's words below which a candidate does not
// bear on it.
const leastShare = 0.5

// Waiting returns at most limit of the newest candidates that hold at least half of
// the words of the prompt, stop words aside, best first: of the project and of none,
// or of all where project is "". Whoever shows them must say that nobody confirmed
// them.
func (s *Service) Waiting(ctx context.Context, prompt, project string, limit int) ([]Waiting, error) {
	name, err := s.canonical(ctx, project)
	if err != nil {
		return nil, err
	}
	asked := stems(domain.Tokens(prompt))
	var out []Waiting
	page, err := s.Memories.List(ctx, domain.MemoryFilter{Status: domain.MemoryCandidate, Limit: domain.MaxPageSize})
	if err != nil {
		return nil, fmt.Errorf("look at candidates: %w", err)
	}
	for _, m := range page.Memories {
		if name != "" && m.Project != "" && m.Project != name {
			continue
		}
		if share := held(asked, stems(domain.Words(m.Content))); share >= leastShare {
			out = append(out, Waiting{Memory: m, Score: share})
		}
	}
	slices.SortStableFunc(out, func(a, b Waiting) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(len(out), limit)], nil
}

func stems(words []string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words {
		out[domain.StemOf(w)] = true
	}
	return out
}

// held returns the share of the asked words that are there.
func held(asked, there map[string]bool) float64 {
	if len(asked) == 0 {
		return 0
	}
	n := 0
	for w := range asked {
		if there[w] {
			n++
		}
	}
	return float64(n) / float64(len(asked))
}
