package sqlite

import (
	"cmp"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
)

// maxQuestionWords bounds how many different words of a question are looked up. A
// question that has more keeps those that it repeats, then the longest, which are
// seldom the commonest.
const maxQuestionWords = 64

// maxWordBytes bounds one word: nobody asks for more, and a blob of letters must
// not become a search of its own.
const maxWordBytes = 128

// questionWord is a word of a question.
type questionWord struct {
	text  string // letters and digits only
	count int    // how often the question says it
}

// match returns the word as an FTS5 expression. It holds no quote: see questionWords.
func (w questionWord) match() string { return `"` + w.text + `"` }

// questionWords returns the words to look up: the different ones, in order, without
// those that say nothing, unless nothing else is left.
func questionWords(question string) []questionWord {
	var words, stops []questionWord
	place := map[string]int{}
	for _, w := range domain.Words(question) {
		if len(w) > maxWordBytes {
			continue
		}
		list := &words
		if stopWords[w] {
			list = &stops
		}
		if i, seen := place[w]; seen {
			(*list)[i].count++
			continue
		}
		place[w] = len(*list)
		*list = append(*list, questionWord{text: w, count: 1})
	}
	if len(words) == 0 {
		words = stops
	}
	if len(words) > maxQuestionWords {
		slices.SortStableFunc(words, func(a, b questionWord) int {
			return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(len(b.text), len(a.text)))
		})
		words = words[:maxQuestionWords]
	}
	return words
}

// stopWords are English words that are in every text and tell none from another.
// They are left out of questions only: what is stored keeps them.
var stopWords = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(`
a about above after again against all also am an and any are as at be because been before being below between both
but by can could did do does doing don down during each few for from further had has have having he her here hers
herself him himself his how i if in into is it its itself just me more most my myself no nor not now of off on once
only or other our ours ourselves out over own s same she should so some such t than that the their theirs them
themselves then there these they this those through to too under until up very was we were what when where which
while who whom why will with would you your yours yourself yourselves`) {
		set[w] = true
	}
	return set
}()
