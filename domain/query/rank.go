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
	lists    domain.PathSignals // of weights
	favoured map[string]bool    // canonical names of projects
	tokens   []string
	unknown  []string // those that full text does not know
	topK     int
	doubt    *witness // nil: every match was asked for
	explain  bool
}

// traits returns what the weights look at in a passage.
func (r *ranking) traits(p *domain.Passage) domain.RankingTraits {
	return r.lists.Traits(p, r.favours(p), r.tokens)
}

// score returns what the weights make of the strength of a match.
func (r *ranking) score(base float64, m *match) float64 {
	if m.traits != nil {
		return r.weights.Multiply(base, *m.traits)
	}
	return r.weights.Multiply(base, r.traits(m.Passage))
}

func (r *ranking) favours(p *domain.Passage) bool { return p.Project != "" && r.favoured[p.Project] }

// most returns a bound of what the weights multiply a strength with.
func (r *ranking) most() float64 { return r.weights.Most(len(r.favoured) > 0, len(r.tokens)) }

// ranked is a match with what its factors make of its strength.
type ranked struct {
	*match
	score float64
}

// before is the order of results: score, ties by id.
func (a ranked) before(b ranked) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.ID, b.ID))
}

// rank multiplies each strength by its factors and returns the best, ties by id.
// It goes through the matches strongest first, and ends where no factors could lift
// one among the best any more.
func rank(matches []match, r ranking) []domain.Result {
	type place struct {
		base float64
		at   int
	}
	places := make([]place, len(matches))
	for i := range matches {
		places[i] = place{matches[i].base(), i}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(b.base, a.base) })
	most := r.most()
	best := make([]ranked, 0, min(len(matches), r.topK)+1)
	for _, p := range places {
		if len(best) == r.topK && p.base*most < best[len(best)-1].score {
			break
		}
		m := &matches[p.at]
		next := ranked{m, r.score(p.base, m)}
		if i, _ := slices.BinarySearchFunc(best, next, ranked.before); i < r.topK && (r.doubt == nil || r.doubt.admits(m)) {
			best = slices.Insert(best, i, next)
			best = best[:min(len(best), r.topK)]
		}
	}
	results := make([]domain.Result, len(best))
	for i := range results {
		m := best[i]
		results[i] = domain.Result{Passage: *m.Passage, Score: m.score}
		if r.explain {
			results[i].Explanation = &domain.Explanation{
				Signals: m.signals(r.tokens, r.unknown), Base: m.base(),
				Factors: r.weights.Factors(*m.Passage, r.favours(m.Passage), r.tokens), Score: m.score,
			}
		}
	}
	return results
}

// contenders returns how many of the candidates of full text, which come best first,
// can be among the results if vectors add at most so much to one: those behind them
// could not catch up with as many as are wanted, whatever their cosines. It also
// returns a score that as many as are wanted are sure to have, 0 where they are fewer,
// and the traits of the first candidates, as far as it looked at them.
func (r *ranking) contenders(text []domain.Candidate, vector float64) (n int, sure float64, traits []domain.RankingTraits) {
	most := r.most()
	traits = make([]domain.RankingTraits, 0, min(len(text), 4*r.topK))
	best := make([]float64, 0, r.topK+1) // the least scores of those so far, best first
	for i := range text {
		t := unit(text[i].Score)
		if len(best) == r.topK {
			if sure = best[len(best)-1]; (t+(1-t)*vector)*most < sure {
				return i, sure, traits
			}
		}
		if text[i].Passage == nil {
			return len(text), sure, traits // it may be anything
		}
		traits = append(traits, r.traits(text[i].Passage))
		if t < least {
			continue // it may be dropped
		}
		score := r.weights.Multiply(t, traits[i])
		at, _ := slices.BinarySearchFunc(best, score, func(a, b float64) int { return cmp.Compare(b, a) })
		if at < r.topK {
			best = slices.Insert(best, at, score)
			best = best[:min(len(best), r.topK)]
		}
	}
	if len(best) == r.topK {
		sure = best[len(best)-1]
	}
	return len(text), sure, traits
}

// signals returns what the strength is the sum of; what adds nothing is left out.
func (m *match) signals(tokens, unknown []string) []domain.Contribution {
	var out []domain.Contribution
	words := strings.Join(shared(m.Passage, tokens), " ")
	switch {
	case m.stages != nil && len(m.stages.Values) > 0:
		out = m.stages.Contributions()
		out[0].Detail = words
	case m.text > 0:
		out = append(out, domain.Contribution{Name: "text", Value: m.text, Detail: words})
	}
	if m.vector > 0 {
		out = append(out, domain.Contribution{Name: "vector", Value: m.vector, Detail: cosineDetail(m.Cosine, akin(m.Passage, sketches(unknown)))})
	}
	return out
}

// cosineDetail renders a cosine with the words that may be behind it.
func cosineDetail(cosine float64, kin []kinship) string {
	pairs := make([]string, len(kin))
	for i, k := range kin {
		pairs[i] = k.asked + " ~ " + k.found
	}
	return strings.TrimSuffix(fmt.Sprintf("cosine %.3f: %s", cosine, strings.Join(pairs, ", ")), ": ")
}

// shared returns the tokens that the passage holds letter for letter; the index may
// have matched more, by their stems.
func shared(p *domain.Passage, tokens []string) []string {
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
