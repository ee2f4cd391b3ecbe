package sqlite

import (
	"cmp"
	"slices"

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
		if domain.IsStopWord(w) {
			list = &stops
		}
		if i, seen := place[w]; seen {
			(*list)[i].count++
			continue
		}
		place[w] = len(*list) // in its own list: a word is always in the same one
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
