package query

import (
	"context"
	"fmt"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what a Service needs. Every port must be set.
type Config struct {
	Text     ports.TextIndex
	Vectors  ports.VectorIndex
	Passages ports.PassageStore
	Registry ports.ProjectRegistry
	Embedder ports.Embedder
	// Weights must be valid; start from domain.DefaultRankingWeights.
	Weights domain.RankingWeights
}

// mostAsked bounds how many different words of a prompt are looked for in the
// passages themselves: a whole page for a prompt must not cost a second.
const mostAsked = 64

// Service answers queries. It is safe for concurrent use.
type Service struct {
	Config
	cosines calibration
}

// New returns the service.
func New(c Config) *Service {
	return &Service{Config: c, cosines: calibrate(c.Embedder.Model())}
}

// Query returns the passages that bear on the prompt, best first. Nothing found is
// an answer without results. A project that is not registered is KindNotFound and
// names the nearest ones: a query never widens in silence. Without the vector
// index or the embedder the answer rests on full text alone, and says so.
func (s *Service) Query(ctx context.Context, q domain.Query) (domain.Answer, error) {
	if err := q.Validate(); err != nil {
		return domain.Answer{}, err
	}
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return domain.Answer{}, fmt.Errorf("query: list projects: %w", err)
	}
	var answer domain.Answer
	favoured := map[string]bool{}
	if q.Project != "" {
		p, err := domain.FindProject(projects, q.Project)
		if err != nil {
			return domain.Answer{}, err
		}
		answer.Project = p.Name
		favoured[p.Name] = true
	} else {
		answer.Hinted = hints(q.Prompt, projects)
		for _, name := range answer.Hinted {
			favoured[name] = true
		}
	}

	found, err := s.propose(ctx, q.Prompt, domain.Scope{Project: answer.Project, Kinds: q.Kinds})
	if err != nil {
		return domain.Answer{}, err
	}
	answer.TextCandidates, answer.VectorDegraded = len(found.text), found.degraded

	matches, err := s.load(ctx, collect(found.text, found.vector))
	if err != nil {
		return domain.Answer{}, err
	}
	tokens := domain.Tokens(q.Prompt)
	asked := tokens[:min(len(tokens), mostAsked)]
	answer.Unknown = unknownWords(asked, matches)
	matches = fuse(matches, s.cosines, share(answer.Unknown, asked))
	matches = witnessed(matches, asked, s.cosines.sure)
	support(matches)
	answer.Results = rank(matches, ranking{
		weights: s.Weights, favoured: favoured, tokens: tokens, unknown: answer.Unknown, topK: q.TopK, explain: q.Explain,
	})
	return answer, nil
}

// load fills in the passages, and drops what was deleted since the index named it.
func (s *Service) load(ctx context.Context, matches []match) ([]match, error) {
	if len(matches) == 0 {
		return nil, nil
	}
	ids := make([]string, len(matches))
	for i, m := range matches {
		ids[i] = m.ID
	}
	passages, err := s.Passages.Passages(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("query: load passages: %w", err)
	}
	kept := matches[:0]
	for _, m := range matches {
		if p, exists := passages[m.ID]; exists {
			m.Passage = p
			kept = append(kept, m)
		}
	}
	return kept, nil
}

func share(part, whole []string) float64 {
	if len(whole) == 0 {
		return 0
	}
	return float64(len(part)) / float64(len(whole))
}
