package eval

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/query"
)

// gathered is one question with all that was found for it, not yet ranked.
type gathered struct {
	question   Question
	candidates query.Candidates
	name       func(domain.Passage) string // what the passage counts as
	problems   map[string]query.Place      // of expectations that stand for nothing
	latency    time.Duration
	degraded   string
}

// rank returns the names of what was found, best first, each once: passages of one
// document, or of one expectation, count where the first of them stands.
func (g gathered) rank(w domain.RankingWeights) []string {
	if g.candidates.Len() == 0 {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for _, r := range g.candidates.Rank(w, g.candidates.Len(), false) {
		if name := g.name(r.Passage); !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// found says at what rank each expectation stands in one or two rankings.
func (g gathered) found(ranked, against []string) []Found {
	at := func(list []string) map[string]int {
		ranks := make(map[string]int, len(list))
		for i, name := range list {
			ranks[name] = i + 1
		}
		return ranks
	}
	first, second := at(ranked), at(against)
	var out []Found
	for _, e := range g.question.Expected {
		f := Found{Expectation: e, Rank: first[e.Name], AgainstRank: second[e.Name]}
		if p, missing := g.problems[e.Name]; missing {
			f.Nearest, f.Problem = p.Nearest, p.Problem
			switch {
			case p.Inactive != "":
				f.Problem = p.Inactive
			case f.Problem == "":
				f.Problem = "nothing is called so"
			}
		}
		out = append(out, f)
	}
	return out
}

// gather asks every question of the source once, and hands on what was found.
func (s *Service) gather(ctx context.Context, from Source, report *Report, p Progress, take func(gathered) error) (err error) {
	ask, questions := s.Live, from.Questions
	var name func(Question) (func(domain.Passage) string, map[string]query.Place, error)
	if from.Corpus == nil {
		if s.Live == nil {
			return domain.Unavailable("no live store is open to ask the questions of %s", from.Name)
		}
		name = func(q Question) (func(domain.Passage) string, map[string]query.Place, error) {
			return s.expected(ctx, q)
		}
	} else {
		began := s.Clock.Now()
		scratch, documents, err2 := s.load(ctx, *from.Corpus, report, p)
		if err2 != nil {
			return err2
		}
		defer func() { err = errors.Join(err, scratch.Close()) }()
		report.Import = s.Clock.Now().Sub(began)
		report.Documents, report.Unjudged, report.Unknown = len(from.Corpus.Texts), from.Corpus.Unjudged, from.Corpus.Unknown
		ask, questions = query.New(query.Config{
			Text: scratch.Text, Vectors: scratch.Vectors, Passages: scratch.Passages,
			Registry: registryOf(*from.Corpus), Embedder: scratch.Embedder, Weights: s.Weights,
		}), from.Corpus.Questions
		name = func(Question) (func(domain.Passage) string, map[string]query.Place, error) {
			return func(p domain.Passage) string { return documents[p.ID] }, nil, nil
		}
	}
	for i, q := range questions {
		p.Tell("ask", i, len(questions))
		g := gathered{question: q}
		if g.name, g.problems, err = name(q); err != nil {
			return err
		}
		began := s.Clock.Now()
		g.candidates, err = ask.Gather(ctx, domain.Query{Prompt: q.Text, Project: q.Project})
		if err != nil {
			return fmt.Errorf("question %s: %w", q.ID, err)
		}
		g.candidates.Rank(s.Weights, domain.DefaultTopK, false)
		g.latency, g.degraded = s.Clock.Now().Sub(began), g.candidates.Degraded()
		if err := take(g); err != nil {
			return err
		}
	}
	p.Tell("ask", len(questions), len(questions))
	return nil
}

// expected finds the passages that stand for what a question of the live store
// expects. Every other passage counts as itself.
func (s *Service) expected(ctx context.Context, q Question) (func(domain.Passage) string, map[string]query.Place, error) {
	names, problems := map[string]string{}, map[string]query.Place{}
	for _, e := range q.Expected {
		place, err := s.Live.Locate(ctx, e.Name)
		if err != nil {
			return nil, nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		if len(place.Passages) == 0 {
			problems[e.Name] = place
		}
		for _, p := range place.Passages {
			if _, taken := names[p.ID]; !taken {
				names[p.ID] = e.Name
			}
		}
	}
	return func(p domain.Passage) string {
		if name, ok := names[p.ID]; ok {
			return name
		}
		return "passage " + p.ID
	}, problems, nil
}
