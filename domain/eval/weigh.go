package eval

import (
	"cmp"
	"context"
	"slices"

	"github.com/atocore/atocore/domain"
)

// Weighed is a question whose candidates can be ranked by any numbers again and
// again, at the price of some multiplications. The lists of words are those that
// held when it was asked.
type Weighed struct {
	Question   Question
	candidates []weighable
	judged     map[string]float64
}

type weighable struct {
	name, id string
	base     float64
	traits   domain.RankingTraits
}

// Weigh asks every question of the source once.
func (s *Service) Weigh(ctx context.Context, from Source, p Progress) ([]Weighed, error) {
	var out []Weighed
	err := s.gather(ctx, from, &Report{}, p, func(g gathered) error {
		w := Weighed{Question: g.question, judged: g.question.judged()}
		for _, c := range g.candidates.Weigh(s.Weights) {
			w.candidates = append(w.candidates, weighable{g.name(c.Passage), c.Passage.ID, c.Base, c.Traits})
		}
		out = append(out, w)
		return nil
	})
	return out, err
}

// Rank returns the names of the first k, as Evaluate counts them.
func (q Weighed) Rank(w domain.RankingWeights, k int) []string {
	type scored struct {
		*weighable
		score float64
	}
	order := make([]scored, len(q.candidates))
	for i := range q.candidates {
		c := &q.candidates[i]
		order[i] = scored{c, c.base}
		for _, f := range w.Weigh(c.traits) {
			order[i].score *= f.Value
		}
	}
	slices.SortFunc(order, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id))
	})
	out := make([]string, 0, k)
	for _, c := range order {
		if len(out) == k {
			break
		}
		if !slices.Contains(out, c.name) {
			out = append(out, c.name)
		}
	}
	return out
}

// NDCG10 returns the question's nDCG@10 under the weights.
func (q Weighed) NDCG10(w domain.RankingWeights) float64 { return NDCG(q.Rank(w, 10), q.judged, 10) }
