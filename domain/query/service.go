package query

import (
	"context"
	"fmt"
	"slices"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what a Service needs. What a comment does not call optional must be set.
type Config struct {
	Text     ports.TextIndex
	Vectors  ports.VectorSearcher
	Passages ports.PassageStore
	Registry ports.ProjectRegistry
	Embedder ports.Embedder
	// Weights must be valid; start from domain.DefaultRankingWeights.
	Weights domain.RankingWeights
	// Archive holds the memories as they were, and Index makes a text index over
	// some passages: without them nothing can be asked as of a moment.
	Archive ports.MemoryArchive
	Index   func([]domain.Passage) (ports.TextIndex, ports.PassageStore)
	// Changes tells which memories do not hold any more. Without it passages that
	// still say so are not marked.
	Changes ports.MemoryFeed
	// Recalled is told which memories an answer holds; nil for nobody.
	Recalled func(ids []string)
	// Catalog and Memories find what is asked for with why_not and by Locate;
	// nothing else needs them.
	Catalog  ports.PassageCatalog
	Memories ports.MemoryStore
}

// mostAsked bounds how many different words of a prompt are looked for in the
// passages themselves: a whole page for a prompt must not cost a second.
const mostAsked = 64

// Service answers queries. It is safe for concurrent use.
type Service struct {
	Config
	cosines calibration
	retired *retired
}

// New returns the service.
func New(c Config) *Service {
	return &Service{Config: c, cosines: calibrate(c.Embedder.Model()), retired: &retired{}}
}

// Query returns the passages that bear on the prompt, best first. Nothing found is
// an answer without results. A project that is not registered is KindNotFound and
// names the nearest ones: a query never widens in silence. Without the vector
// index or the embedder the answer rests on full text alone, and says so.
func (s *Service) Query(ctx context.Context, q domain.Query) (domain.Answer, error) {
	weights, err := q.Weights.Apply(s.Weights)
	if err != nil {
		return domain.Answer{}, err
	}
	c, err := s.candidates(ctx, q, &weights)
	if err != nil {
		return domain.Answer{}, err
	}
	answer := c.answer
	answer.Results = slices.DeleteFunc(c.Rank(weights, q.TopK, q.Explain), func(r domain.Result) bool { return r.Score < q.MinScore })
	if q.AsOf.IsZero() {
		if err := s.judge(ctx, answer.Results); err != nil {
			return domain.Answer{}, err
		}
	}
	if q.WhyNot != "" {
		if answer.WhyNot, err = s.whyNot(ctx, q, c, weights); err != nil {
			return domain.Answer{}, err
		}
	}
	return answer, nil
}

// judge marks what does not hold any more, and tells what was recalled.
func (s *Service) judge(ctx context.Context, results []domain.Result) error {
	r, err := s.Retired(ctx)
	if err != nil {
		return err
	}
	var ids, said []string
	for _, found := range results {
		if found.Kind == domain.PassageMemory {
			ids, said = append(ids, found.ID), append(said, found.Content)
		}
	}
	for i, found := range results {
		results[i].Outdated = r.In(found.Passage, said)
	}
	if s.Recalled != nil {
		s.Recalled(ids)
	}
	return nil
}

// load fills in the passages that did not come with the candidates, and drops what
// was deleted since the index named it.
func (s *Service) load(ctx context.Context, matches []match) ([]match, error) {
	if len(matches) == 0 {
		return nil, nil
	}
	var missing []string
	for i := range matches {
		if matches[i].Passage == nil {
			missing = append(missing, matches[i].ID)
		}
	}
	if len(missing) == 0 {
		return matches, nil
	}
	passages, err := s.Passages.Passages(ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("query: load passages: %w", err)
	}
	kept := matches[:0]
	for _, m := range matches {
		if m.Passage != nil || m.take(passages) {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

// take fills in the passage, if it is there.
func (m *match) take(passages map[string]domain.Passage) bool {
	p, exists := passages[m.ID]
	if exists {
		m.Passage = &p
	}
	return exists
}

func share(part, whole []string) float64 {
	if len(whole) == 0 {
		return 0
	}
	return float64(len(part)) / float64(len(whole))
}
