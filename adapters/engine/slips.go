package engine

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// near is a term that a misspelt word may stand for.
type near struct {
	term   term
	chance float64 // of the slip, above 0; 1 for the usual one
	stop   bool    // it is a stop word
}

// The chances of slips that are rarer than one that leaves the first letter alone
// and was meant to be a word that the index holds.
const (
	firstLetter  = 0.3  // one in the first letter
	inflected    = 0.3  // in a word of which the index holds other forms only
	twice        = 0.02 // two slips in one word …
	longEnough   = 8    // … of at least so many letters
	shortestStem = 4    // letters that a word has at least without its ending
)

// endings are those that English words have beside their stems, the none among them.
var endings = []string{
	"", "s", "es", "ed", "ing", "ings", "er", "ers", "e", "y", "ies", "al", "ally", "ly", "ion", "ions", "ation",
	"ations", "ment", "ments", "ity", "ities", "ive", "able", "ible", "ance", "ence", "ant", "ent", "ic", "ous", "ness",
	"ful", "ism", "ate", "ated", "ating", "ize", "ized", "izing",
}

// near returns the terms in use that a misspelt folded word may stand for: those of
// words one slip away (a letter wrong, missing or too many, or two neighbours that
// changed places: Damerau, 1964); failing that, those of which such words would be
// other forms; failing that, those of words two slips away.
func (v *vocabulary) near(folded string, frequency func(term) int) []near {
	var found nearest
	take := func(t term, chance float64, stop bool) {
		if frequency(t) > 0 {
			found.take(near{t, chance, stop})
		}
	}
	word := []rune(folded)
	alphabet := v.alphabet(word)
	v.words.eachSlip(word, alphabet, func(n uint32, first bool) {
		take(v.stemOf[n], chanceOf(first), domain.IsStopWord(v.words.at(n)))
	})
	if len(found) > 0 {
		return found
	}
	for _, ending := range endings {
		start := word[:max(0, len(word)-len(ending))]
		if len(start) < shortestStem || !strings.HasSuffix(folded, ending) {
			continue
		}
		v.stems.eachSlip(start, alphabet, func(t uint32, first bool) {
			if s := v.stems.at(t); stem(s+ending) == s {
				take(t, inflected*chanceOf(first), false)
			}
		})
	}
	if len(found) > 0 || len(word) < longEnough {
		return found
	}
	s, shelf := sketchOf(folded), &v.shelves[shelfOf(folded)]
	for i, other := range shelf.sketches {
		if !s.mayBe(other) {
			continue
		}
		n := shelf.words[i]
		if w := v.words.at(n); distance(folded, w, 2) <= 2 {
			take(v.stemOf[n], twice, domain.IsStopWord(w))
		}
	}
	return found
}

func chanceOf(first bool) float64 {
	if first {
		return firstLetter
	}
	return 1
}

// nearest holds each term once, with the best of its chances.
type nearest []near

func (all *nearest) take(n near) {
	for i := range *all {
		if had := &(*all)[i]; had.term == n.term {
			if n.chance > had.chance {
				*had = n
			}
			return
		}
	}
	*all = append(*all, n)
}

// alphabet returns the characters that may have been meant in place of one of the
// word's: letters for letters, digits for digits, and of other scripts those of the
// same block of 128 that the index holds.
func (v *vocabulary) alphabet(word []rune) []rune {
	const lower, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
	var out []rune
	has := func(ok func(rune) bool) bool { return slices.ContainsFunc(word, ok) }
	if has(func(r rune) bool { return 'a' <= r && r <= 'z' }) {
		out = append(out, []rune(lower)...)
	}
	if has(func(r rune) bool { return '0' <= r && r <= '9' }) {
		out = append(out, []rune(digits)...)
	}
	if !has(func(r rune) bool { return r >= utf8.RuneSelf }) {
		return out
	}
	for _, f := range v.foreign {
		if has(func(r rune) bool { return r>>7 == f>>7 }) {
			out = append(out, f)
		}
	}
	return out
}

// eachSlip calls f with the number of every string of the set that is one slip away
// from the word, and with whether the first letter is concerned; with some more than
// once. Slips are looked up and not looked for: there are about 54 a letter, however
// many strings there are.
func (s *stringSet) eachSlip(word, alphabet []rune, f func(n uint32, first bool)) {
	if len(word) == 0 || s.len() == 0 {
		return
	}
	var spelt []byte
	slips(word, alphabet, func(one slip) {
		for i, tag := s.start(one.hash); s.taken(i); i = s.next(i) {
			if s.tags[i] != tag {
				continue
			}
			spelt = one.spell(spelt[:0], word)
			if n := s.table[i]; s.at(n) == view(spelt) {
				f(n, one.at == 0)
				return
			}
		}
	})
}

// slip is what may have gone wrong with a word: at a position so many letters were
// skipped, and up to two are there instead.
type slip struct {
	at, skipped int
	instead     [2]rune
	put         int    // of instead
	hash        uint64 // of the word that it makes
}

// spell appends the word with the slip.
func (s slip) spell(out []byte, word []rune) []byte {
	for _, part := range [3][]rune{word[:s.at], s.instead[:s.put], word[s.at+s.skipped:]} {
		for _, r := range part {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

// slips calls f with all that may have gone wrong with the word.
func slips(word, alphabet []rune, f func(slip)) {
	n := len(word)
	before := make([]uint64, n+1) // by i: the polynomial of word[:i]
	after := make([]uint64, n+1)  // by i: that of word[i:]
	power := make([]uint64, n+2)  // by i: hashBase to the i-th
	power[0] = 1
	for i, r := range word {
		before[i+1] = before[i]*hashBase + uint64(r)
		power[i+1] = power[i] * hashBase
	}
	for i := n - 1; i >= 0; i-- {
		after[i] = uint64(word[i])*power[n-1-i] + after[i+1]
	}
	tell := func(s slip) {
		h := before[s.at]
		for _, r := range s.instead[:s.put] {
			h = h*hashBase + uint64(r)
		}
		rest := s.at + s.skipped
		s.hash = finish(h*power[n-rest] + after[rest])
		f(s)
	}
	for i := range n + 1 {
		for _, r := range alphabet { // one is missing
			tell(slip{at: i, instead: [2]rune{r}, put: 1})
		}
		if i == n {
			break
		}
		tell(slip{at: i, skipped: 1}) // one too many
		for _, r := range alphabet {  // one is wrong
			if r != word[i] {
				tell(slip{at: i, skipped: 1, instead: [2]rune{r}, put: 1})
			}
		}
		if i+1 < n && word[i] != word[i+1] { // two changed places
			tell(slip{at: i, skipped: 2, instead: [2]rune{word[i+1], word[i]}, put: 2})
		}
	}
}

// guesses remembers what misspelt words may stand for while the index does not
// change: a question asks twice for each.
type guesses struct {
	mu      sync.Mutex
	changes int
	near    map[string][]near
}

// mostGuesses bounds what is remembered.
const mostGuesses = 1000

// of returns what is remembered for the word, or else what find returns.
func (g *guesses) of(word string, changes int, find func() []near) []near {
	g.mu.Lock()
	if g.changes != changes || g.near == nil || len(g.near) >= mostGuesses {
		g.changes, g.near = changes, map[string][]near{}
	}
	found, known := g.near[word]
	g.mu.Unlock()
	if known {
		return found
	}
	found = find()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.changes == changes {
		g.near[strings.Clone(word)] = found
	}
	return found
}

// shelves is how many parts the words are in, by their first byte.
const shelves = 32

func shelfOf(word string) int { return int(word[0] % shelves) }

// shelf is the words that begin alike, for finding those two slips away: the first
// letter is seldom wrong, and then seldom alone.
type shelf struct {
	words    []uint32
	sketches []sketch
}

// sketch tells of most words that they are more than two slips apart: the length of
// the word in the high bits, and below one bit for each of 56 classes of bytes that
// occur in it.
type sketch uint64

const sketchClasses = 56

func sketchOf(word string) sketch {
	s := sketch(min(len(word), 1<<(64-sketchClasses)-1)) << sketchClasses
	for i := 0; i < len(word); i++ {
		s |= 1 << (word[i] % sketchClasses)
	}
	return s
}

// mayBe tells whether two words may be two slips apart or nearer: a slip changes the
// length by at most one, takes at most one character and brings at most one.
func (s sketch) mayBe(other sketch) bool {
	const characters = 1<<sketchClasses - 1
	longer := int(s>>sketchClasses) - int(other>>sketchClasses)
	return -2 <= longer && longer <= 2 &&
		bits.OnesCount64(uint64(s&^other&characters)) <= 2 && bits.OnesCount64(uint64(other&^s&characters)) <= 2
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
