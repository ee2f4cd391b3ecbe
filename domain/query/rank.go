package query

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
)

// ranking is what orders matches.
type ranking struct {
	weights  domain.RankingWeights
	favoured map[string]bool // canonical names of projects
	tokens   []string
	unknown  []string // those that full text does not know
	topK     int      // 0 for the default
	explain  bool
}

// rank multiplies each strength by its factors and returns the best, ties by id.
func rank(matches []match, r ranking) []domain.Result {
	type ranked struct {
		*match
		factors []domain.Contribution
		score   float64
	}
	order := make([]ranked, len(matches))
	for i := range matches {
		m := &matches[i]
		p := m.Passage
		factors := r.weights.Factors(p, p.Project != "" && r.favoured[p.Project], r.tokens)
		score := m.base()
		for _, f := range factors {
			score *= f.Value
		}
		order[i] = ranked{m, factors, score}
	}
	slices.SortFunc(order, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.ID, b.ID))
	})
	if r.topK == 0 {
		r.topK = domain.DefaultTopK
	}
	results := make([]domain.Result, min(len(order), r.topK))
	for i := range results {
		m := order[i]
		results[i] = domain.Result{Passage: m.Passage, Score: m.score}
		if r.explain {
			results[i].Explanation = &domain.Explanation{
				Signals: m.signals(r.tokens, r.unknown), Base: m.base(), Factors: m.factors, Score: m.score,
			}
		}
	}
	return results
}

// signals returns what the strength is the sum of; what adds nothing is left out.
func (m match) signals(tokens, unknown []string) []domain.Contribution {
	var out []domain.Contribution
	if m.text > 0 {
		out = append(out, domain.Contribution{Name: "text", Value: m.text, Detail: strings.Join(shared(m.Passage, tokens), " ")})
	}
	if m.vector > 0 {
		out = append(out, domain.Contribution{Name: "vector", Value: m.vector, Detail: nearness(m.Cosine, akin(m.Passage, sketches(unknown)))})
	}
	if m.neighbours > 0 {
		at := make([]string, len(m.supporters))
		for i, seq := range m.supporters {
			at[i] = fmt.Sprint(seq)
		}
		out = append(out, domain.Contribution{Name: "neighbours", Value: m.neighbours, Detail: "chunks " + strings.Join(at, " ")})
	}
	return out
}

// nearness renders a cosine with the words that may be behind it.
func nearness(cosine float64, kin []kinship) string {
	pairs := make([]string, len(kin))
	for i, k := range kin {
		pairs[i] = k.asked + " ~ " + k.found
	}
	return strings.TrimSuffix(fmt.Sprintf("cosine %.3f: %s", cosine, strings.Join(pairs, ", ")), ": ")
}

// shared returns the tokens that the passage holds letter for letter; the index may
// have matched more, by their stems.
func shared(p domain.Passage, tokens []string) []string {
	words := map[string]bool{}
	for _, w := range domain.Words(p.Title + " " + p.Heading + " " + p.Path + " " + p.Content) {
		words[w] = true
	}
	var out []string
	for _, t := range tokens {
		if words[t] {
			out = append(out, t)
		}
	}
	return out
}
