package query

import (
	"cmp"
	"context"
	"fmt"

	"github.com/atocore/atocore/domain"
)

// Candidates are what a question found before the ranking weights were applied:
// asked for once, they can be ranked by any weights. They are read only, and safe
// for concurrent use.
type Candidates struct {
	answer   domain.Answer // without results
	matches  []match
	favoured map[string]bool // canonical names of projects
	tokens   []string
	proposed proposals
	doubt    *witness // who is asked of those that would be among the results; nil when all of them were
}

// Gather takes a query up to the weights. Its errors are those of Query.
func (s *Service) Gather(ctx context.Context, q domain.Query) (Candidates, error) {
	return s.candidates(ctx, q, nil)
}

// candidates is Gather, where weights are given without what cannot be among the
// results by them.
func (s *Service) candidates(ctx context.Context, q domain.Query, by *domain.RankingWeights) (Candidates, error) {
	if err := q.Validate(); err != nil {
		return Candidates{}, err
	}
	if !q.AsOf.IsZero() {
		past, err := s.asOf(ctx, q.AsOf)
		if err != nil {
			return Candidates{}, err
		}
		c, err := past.gather(ctx, q, by)
		c.answer.AsOf, c.answer.Incomplete = q.AsOf, presentOnly
		return c, err
	}
	return s.gather(ctx, q, by)
}

func (s *Service) gather(ctx context.Context, q domain.Query, by *domain.RankingWeights) (Candidates, error) {
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return Candidates{}, fmt.Errorf("query: list projects: %w", err)
	}
	c := Candidates{favoured: map[string]bool{}, tokens: domain.Tokens(q.Prompt)}
	if q.Project != "" {
		p, err := domain.FindProject(projects, q.Project)
		if err != nil {
			return Candidates{}, err
		}
		c.answer.Project = p.Name
		c.favoured[p.Name] = true
	} else {
		c.answer.Hinted = hints(q.Prompt, projects)
		for _, name := range c.answer.Hinted {
			c.favoured[name] = true
		}
	}

	scope := domain.Scope{Project: c.answer.Project, Kinds: q.Kinds}
	if c.proposed.text, err = s.Text.Search(ctx, q.Prompt, scope, textCandidates); err != nil {
		return Candidates{}, fmt.Errorf("query: search the text index: %w", err)
	}
	c.answer.TextCandidates = len(c.proposed.text)
	asked := c.tokens[:min(len(c.tokens), mostAsked)]
	if c.answer.Unknown, err = s.unknown(ctx, asked, c.proposed.text); err != nil {
		return Candidates{}, err
	}
	unknown := share(c.answer.Unknown, asked)
	c.answer.Mode = cmp.Or(q.Mode, domain.ModeHybrid)
	vectors := c.answer.Mode == domain.ModeHybrid
	whole := vectors && (q.WhyNot != "" || !s.outdone(c.proposed.text, unknown))
	var traits []domain.RankingTraits
	if by != nil && q.WhyNot == "" && (!vectors || s.local()) {
		most := 0.0
		if vectors {
			most = s.cosines.most(unknown)
		}
		r := c.ranking(*by, q.TopK, false)
		var n int
		var sure float64
		n, sure, traits = r.contenders(c.proposed.text, most)
		if whole = whole && most*r.most() >= sure; !whole {
			c.proposed.text = c.proposed.text[:n]
		}
	}
	if vectors {
		if err := s.proposeNear(ctx, &c.proposed, q.Prompt, scope, whole); err != nil {
			return Candidates{}, err
		}
		c.answer.VectorDegraded = c.proposed.degraded
	}

	matches := collect(c.proposed)
	for i := range min(len(matches), len(traits)) { // those of full text come first
		matches[i].traits = &traits[i]
	}
	matches, err = s.load(ctx, matches)
	if err != nil {
		return Candidates{}, err
	}
	matches = fuse(matches, s.cosines, unknown)
	w := newWitness(asked, s.cosines.sure)
	if by != nil && q.WhyNot == "" {
		c.matches, c.doubt = matches, w // few of them come near the results
	} else {
		c.matches = witnessed(matches, w)
	}
	return c, nil
}

// Answer returns what is known of the answer before it is ranked: all but results.
func (c Candidates) Answer() domain.Answer { return c.answer }

// Len returns how many passages there are to rank.
func (c Candidates) Len() int { return len(c.matches) }

// Rank returns the best topK (0 for the default) by the weights, which must be
// valid.
func (c Candidates) Rank(w domain.RankingWeights, topK int, explain bool) []domain.Result {
	return rank(c.matches, c.ranking(w, topK, explain))
}

func (c *Candidates) ranking(w domain.RankingWeights, topK int, explain bool) ranking {
	return ranking{
		weights: w, lists: w.PathSignals(), favoured: c.favoured, tokens: c.tokens, unknown: c.answer.Unknown,
		topK: cmp.Or(topK, domain.DefaultTopK), explain: explain, doubt: c.doubt,
	}
}

// Weighable is a candidate with all that ranking it needs: its score is Base times
// the values of weights.Weigh(Traits), and ties go by id.
type Weighable struct {
	Passage domain.Passage
	Base    float64
	Traits  domain.RankingTraits
}

// Weigh returns the candidates with their traits by the lists of w, for trying out
// many weights that differ in numbers alone.
func (c Candidates) Weigh(w domain.RankingWeights) []Weighable {
	out := make([]Weighable, len(c.matches))
	for i, m := range c.matches {
		p := *m.Passage
		out[i] = Weighable{p, m.base(), w.Traits(p, p.Project != "" && c.favoured[p.Project], c.tokens)}
	}
	return out
}

// Degraded says why the vector index took no part; "" when it did.
func (c Candidates) Degraded() string { return c.answer.VectorDegraded }
