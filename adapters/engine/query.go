package engine

import (
	"math"

	"github.com/atocore/atocore/domain"
)

// maxQueryWords bounds what a query costs; the words beyond it are left out.
const maxQueryWords = 256

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
// is left.
func (x *text) analyse(question string) query {
	var q query
	var words, content []string
	eachWord(question, func(w string) {
		if len(words) == maxQueryWords {
			return
		}
		w = fold(w)
		words = append(words, w)
		if !domain.IsStopWord(w) {
			content = append(content, w)
		}
	})
	if len(content) == 0 {
		content = words
	}
	count := func(t term, weight float64) int {
		for i := range q.terms {
			if q.terms[i].term == t {
				q.terms[i].weight += weight
				return i
			}
		}
		q.terms = append(q.terms, queryTerm{t, weight})
		return len(q.terms) - 1
	}
	before := -1
	follow := func(at int) {
		if before >= 0 {
			q.addPair(before, at)
		}
		before = at
	}
	for _, w := range content {
		if t, known := x.vocabulary.find(w); known && x.frequency(t) > 0 {
			follow(count(t, 1))
			continue
		}
		var near []term
		if len(w) >= 4 {
			near = x.vocabulary.near(w, x.frequency)
		}
		if len(near) == 0 {
			q.unknown++
			before = -1
			continue
		}
		follow(count(near[0], nearWeight))
		for _, t := range near[1:] {
			count(t, otherWeight)
		}
	}
	return q
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

// frequency returns how many passages hold the term.
func (x *text) frequency(t term) int { return len(x.postings[t].slots) }

// idf returns the weight of a term that df of n passages hold: ln(1 + (n − df +
// 0.5) / (df + 0.5)), which is never negative.
func idf(n, df int) float64 {
	return math.Log(1 + (float64(n)-float64(df)+0.5)/(float64(df)+0.5))
}
