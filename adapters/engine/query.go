package engine

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// What bounds the cost of a query: its distinct words, and those of them for which
// the vocabulary is searched for something near.
const (
	maxQueryWords = 64
	maxCorrected  = 8
	// shortestCorrected is how many letters a word has at least for that.
	shortestCorrected = 4
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
	unknown float64 // words that no passage holds, by the chance that nothing near to them was meant
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
	read := make([]askedWord, len(content))
	corrected := 0
	var known []term
	for i, w := range content {
		switch t, is := x.vocabulary.find(w); {
		case keep != nil && !keep[w]:
			// left out
		case is && x.frequency(t) > 0:
			read[i].terms = append(read[i].terms, queryTerm{t, 1})
			known = append(known, t)
		case utf8.RuneCountInString(w) < shortestCorrected || corrected == maxCorrected:
			read[i].isNew = 1
		default:
			corrected++
			if read[i].near = x.near(w); read[i].near == nil {
				read[i].isNew = 1
			}
		}
	}
	if corrected > 0 {
		beside := x.rarest(known, companions)
		for i := range read {
			if r := &read[i]; r.near != nil {
				r.terms, r.isNew = x.meant(r.near, utf8.RuneCountInString(content[i]), beside)
			}
		}
	}
	return assemble(read)
}

// askedWord is what a word of the question was read as.
type askedWord struct {
	near  []near      // what an unknown word may stand for
	terms []queryTerm // the likeliest first
	isNew float64     // the chance that it stands for none of them
}

// assemble makes a query of the words in their order. Those of which nothing is left
// part their neighbours.
func assemble(words []askedWord) query {
	var q query
	before := -1
	for _, w := range words {
		first := -1
		for i, t := range w.terms {
			if at := q.count(t.term, t.weight); i == 0 {
				first = at
			}
		}
		if before >= 0 && first >= 0 {
			q.addPair(before, first)
		}
		q.unknown += w.isNew
		before = first
	}
	return q
}

// rarest returns the n rarest different ones of the terms.
func (x *text) rarest(terms []term, n int) []term {
	slices.SortFunc(terms, func(a, b term) int { return cmp.Or(cmp.Compare(x.df[a], x.df[b]), cmp.Compare(a, b)) })
	terms = slices.Compact(terms)
	return terms[:min(len(terms), n)]
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

// near returns the terms that a word that no passage holds may stand for.
func (x *text) near(word string) []near {
	return x.vocabulary.guess.of(word, x.changes, func() []near { return x.vocabulary.near(word, x.frequency) })
}

// frequency returns how many passages hold the term.
func (x *text) frequency(t term) int { return int(x.df[t]) }

// idf returns the weight of a term that df of n passages hold: ln(1 + (n − df +
// 0.5) / (df + 0.5)), which is never negative.
func idf(n, df int) float64 {
	return math.Log(1 + (float64(n)-float64(df)+0.5)/(float64(df)+0.5))
}
