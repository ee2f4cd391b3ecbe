package engine

import (
	"cmp"
	"math"
	"slices"

	"github.com/atocore/atocore/domain"
)

// What bounds the cost of a query: its distinct words, and those of them for which
// the vocabulary is searched for something near.
const (
	maxQueryWords = 64
	maxCorrected  = 8
)

// Weights of the terms that stand in for an unknown word: the best of them, and
// each further one.
const (
	nearWeight  = 0.7
	otherWeight = 0.35
)

// queryTerm is a term with its weight: how often the query says it, less for one
// that stands in for a misspelt word.
type queryTerm struct {
	term   term
	weight float64
}

// queryPair is two terms, by their position among the terms, that the question puts
// side by side (stop words aside), with how often it does.
type queryPair struct {
	first, second int
	weight        float64
}

// query is an analysed question.
type query struct {
	terms   []queryTerm
	pairs   []queryPair
	unknown int // words that no passage holds and nothing is near to
}

// analyse turns a question into terms. Stop words are dropped unless nothing else
// is left, and of a long question those words are kept that it repeats, and then
// the longest, which are seldom the commonest.
func (x *text) analyse(question string) query {
	var all, content []string
	eachWord(question, func(w string) {
		w = fold(w)
		all = append(all, w)
		if !domain.IsStopWord(w) {
			content = append(content, w)
		}
	})
	if len(content) == 0 {
		content = all
	}
	keep := frequentWords(content)
	var q query
	before, corrected := -1, 0
	for _, w := range content {
		if keep != nil && !keep[w] {
			before = -1
			continue
		}
		at := -1
		if t, known := x.vocabulary.find(w); known && x.frequency(t) > 0 {
			at = q.count(t, 1)
		} else if len(w) >= 4 && corrected < maxCorrected {
			corrected++
			for i, t := range x.near(w) {
				if i == 0 {
					at = q.count(t, nearWeight)
				} else {
					q.count(t, otherWeight)
				}
			}
		}
		switch {
		case at < 0:
			q.unknown++
		case before >= 0:
			q.addPair(before, at)
		}
		before = at
	}
	return q
}

// frequentWords returns which words to keep, nil for all of them.
func frequentWords(words []string) map[string]bool {
	if len(words) <= maxQueryWords {
		return nil
	}
	counts := map[string]int{}
	var distinct []string
	for _, w := range words {
		if counts[w]++; counts[w] == 1 {
			distinct = append(distinct, w)
		}
	}
	slices.SortStableFunc(distinct, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(len(b), len(a)))
	})
	keep := map[string]bool{}
	for _, w := range distinct[:min(maxQueryWords, len(distinct))] {
		keep[w] = true
	}
	return keep
}

// count adds to the weight of a term and returns its place among the terms.
func (q *query) count(t term, weight float64) int {
	for i := range q.terms {
		if q.terms[i].term == t {
			q.terms[i].weight += weight
			return i
		}
	}
	q.terms = append(q.terms, queryTerm{t, weight})
	return len(q.terms) - 1
}

func (q *query) addPair(first, second int) {
	for i := range q.pairs {
		if p := &q.pairs[i]; p.first == first && p.second == second {
			p.weight++
			return
		}
	}
	q.pairs = append(q.pairs, queryPair{first, second, 1})
}

// near returns the terms that may stand in for a word that no passage holds.
func (x *text) near(word string) []term {
	return x.vocabulary.guess.of(word, x.changes, func() []term { return x.vocabulary.near(word, x.frequency) })
}

// frequency returns how many passages hold the term.
func (x *text) frequency(t term) int { return int(x.df[t]) }

// idf returns the weight of a term that df of n passages hold: ln(1 + (n − df +
// 0.5) / (df + 0.5)), which is never negative.
func idf(n, df int) float64 {
	return math.Log(1 + (float64(n)-float64(df)+0.5)/(float64(df)+0.5))
}
