package engine

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// term is the number of a stem in the vocabulary.
type term = uint32

// noTerm stands where there is no term: between the title and the text of a
// passage, and in a query for a word that nothing is near to.
const noTerm term = 1<<32 - 1

// vocabulary numbers the stems. Numbers are never given back: the vocabulary of a
// store grows slowly, and a word that left it often returns.
type vocabulary struct {
	byStem map[string]term
	stems  []string
	masks  []uint64 // the characters of each stem, for near
	guess  guesses
	words  map[string]term // some of the folded words met before, to spare their stemming
}

func newVocabulary() *vocabulary {
	return &vocabulary{byStem: map[string]term{}, words: map[string]term{}}
}

// add returns the term of a folded word, numbering it when it is new.
func (v *vocabulary) add(folded string) term {
	if t, known := v.words[folded]; known {
		return t
	}
	s := stem(folded)
	t, known := v.byStem[s]
	if !known {
		t = term(len(v.stems))
		s = strings.Clone(s) // a stem must not keep a whole text in memory
		v.stems = append(v.stems, s)
		v.masks = append(v.masks, mask(s))
		v.byStem[s] = t
	}
	if len(v.words) >= mostWords {
		clear(v.words) // the common ones are soon back
	}
	v.words[strings.Clone(folded)] = t
	return t
}

// find returns the term of a folded word, and whether the vocabulary has it.
func (v *vocabulary) find(folded string) (term, bool) {
	t, known := v.byStem[stem(folded)]
	return t, known
}

// mostWords bounds the memory of words met before.
const mostWords = 1 << 15

const maxNear = 3

// near returns up to three terms in use that a misspelt folded word may stand for:
// those at an edit distance of 1 (2 from eight letters) that counts swapped
// neighbours as one (Damerau, 1964); nearest first, then the more frequent.
func (v *vocabulary) near(folded string, frequency func(term) int) []term {
	s := stem(folded)
	allowed := 1
	if len(s) >= 8 {
		allowed = 2
	}
	type found struct {
		term      term
		distance  int
		frequency int
	}
	var all []found
	m := mask(s)
	for t, other := range v.masks {
		// Each edit changes at most two of the characters present.
		if bits.OnesCount64(m^other) > 2*allowed {
			continue
		}
		candidate := v.stems[t]
		if d := len(candidate) - len(s); d > allowed || d < -allowed || len(candidate) < 3 {
			continue
		}
		n := frequency(term(t))
		if n == 0 {
			continue
		}
		if d := distance(s, candidate, allowed); d <= allowed {
			all = append(all, found{term(t), d, n})
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(b.frequency, a.frequency),
			cmp.Compare(v.stems[a.term], v.stems[b.term]))
	})
	var out []term
	for i := 0; i < len(all) && i < maxNear; i++ {
		out = append(out, all[i].term)
	}
	return out
}

// guesses remembers what stands in for misspelt words while the index does not
// change: a question asks twice for each, and going through the vocabulary takes
// longer than all the rest.
type guesses struct {
	mu      sync.Mutex
	changes int
	terms   map[string][]term
}

// mostGuesses bounds what is remembered.
const mostGuesses = 1000

// of returns what is remembered for the word, or else what find returns.
func (g *guesses) of(word string, changes int, find func() []term) []term {
	g.mu.Lock()
	if g.changes != changes || g.terms == nil || len(g.terms) >= mostGuesses {
		g.changes, g.terms = changes, map[string][]term{}
	}
	found, known := g.terms[word]
	g.mu.Unlock()
	if known {
		return found
	}
	found = find()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.changes == changes {
		g.terms[strings.Clone(word)] = found
	}
	return found
}

// mask has one bit for each of 64 classes of bytes that occur in s.
func mask(s string) uint64 {
	var m uint64
	for i := 0; i < len(s); i++ {
		m |= 1 << (s[i] & 63)
	}
	return m
}

var distanceRows = sync.Pool{New: func() any { return new([3][maxWord + 2]int) }}

// distance returns the edit distance of a and b, or something above limit as soon
// as it is known to be above limit. Bytes are compared: a difference in one
// character beyond ASCII may count twice.
func distance(a, b string, limit int) int {
	if len(a) > maxWord || len(b) > maxWord {
		return limit + 1
	}
	rows := distanceRows.Get().(*[3][maxWord + 2]int)
	defer distanceRows.Put(rows)
	twoAbove, above, row := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(above[j]+1, row[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, twoAbove[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		twoAbove, above, row = above, row, twoAbove
	}
	return above[len(b)]
}
