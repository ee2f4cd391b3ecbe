package engine

import (
	"slices"
	"unicode/utf8"
)

// term is the number of a stem in the vocabulary.
type term = uint32

// noTerm stands where there is no term: between the title and the text of a
// passage, and in a query for a word that nothing is near to.
const noTerm term = 1<<32 - 1

// vocabulary numbers the stems, and the words that they are the stems of: what is
// misspelt is a word, and has another stem than what was meant, or none. Numbers
// are never given back: the vocabulary of a store grows slowly, and a word that
// left it often returns.
type vocabulary struct {
	stems   stringSet
	words   stringSet // folded
	stemOf  []term    // by word
	shelves [shelves]shelf
	foreign []rune // the characters beyond ASCII that words are made of, sorted
	guess   guesses
}

func newVocabulary() *vocabulary { return &vocabulary{} }

// size returns how many terms there are.
func (v *vocabulary) size() int { return v.stems.len() }

// add returns the term of a folded word, numbering it when it is new.
func (v *vocabulary) add(folded string) term {
	if n, known := v.words.find(folded); known {
		return v.stemOf[n]
	}
	s := stem(folded)
	t, known := v.stems.find(s)
	if !known {
		t = v.stems.add(s)
	}
	n := v.words.add(folded)
	v.stemOf = append(v.stemOf, t)
	v.note(n, folded)
	return t
}

// note takes down of a new word what finding it by its slips needs.
func (v *vocabulary) note(n uint32, folded string) {
	if folded == "" {
		return
	}
	s := &v.shelves[shelfOf(folded)]
	s.words = append(s.words, n)
	s.sketches = append(s.sketches, sketchOf(folded))
	for _, r := range folded {
		if r < utf8.RuneSelf {
			continue
		}
		if i, known := slices.BinarySearch(v.foreign, r); !known {
			v.foreign = slices.Insert(v.foreign, i, r)
		}
	}
}

// find returns the term of a folded word, and whether the vocabulary has it.
func (v *vocabulary) find(folded string) (term, bool) {
	if n, known := v.words.find(folded); known {
		return v.stemOf[n], true
	}
	return v.stems.find(stem(folded))
}
