package query

import (
	"iter"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"github.com/atocore/atocore/domain"
)

// kinship is a word of the question beside a word of a passage that may be meant.
type kinship struct{ asked, found string }

// witness tells whether a candidate is more than a doubtful cosine: hashed vectors of
// unrelated texts are never quite at right angles, and among many texts some come
// near by chance. A cosine below sure needs a second witness, which is full text or a
// word of the passage akin to one asked for.
type witness struct {
	asked []sketch
	sure  float64
}

func newWitness(tokens []string, sure float64) *witness { return &witness{sketches(tokens), sure} }

func (w *witness) admits(m *match) bool {
	return m.text > 0 || m.Cosine >= w.sure || hasKin(m.Passage, w.asked)
}

// witnessed drops what the witness does not admit.
func witnessed(matches []match, w *witness) []match {
	kept := matches[:0]
	for i := range matches {
		if w.admits(&matches[i]) {
			kept = append(kept, matches[i])
		}
	}
	return kept
}

// sketch is a word with what lets most comparisons end early.
type sketch struct {
	word    string
	length  int    // characters
	letters uint64 // which characters it holds, folded to 64
}

func sketched(word string) sketch {
	s := sketch{word: word}
	for _, r := range word {
		s.letters |= 1 << (uint32(r) % 64)
		s.length++
	}
	return s
}

func sketches(words []string) []sketch {
	out := make([]sketch, len(words))
	for i, w := range words {
		out[i] = sketched(w)
	}
	return out
}

// textOf returns all that can be read of a passage, in lower case.
func textOf(p *domain.Passage) string {
	return strings.ToLower(strings.Join([]string{p.Title, p.Heading, p.Path, p.Content}, "\n"))
}

// hasKin tells whether akin finds anything.
func hasKin(p *domain.Passage, asked []sketch) bool {
	for word := range words(textOf(p)) {
		w := sketched(word)
		for _, a := range asked {
			if a.akin(w) && !domain.IsStopWord(word) {
				return true
			}
		}
	}
	return false
}

// akin returns, for each word asked that has one, the first word of the passage
// that is akin to it and no stop word.
func akin(p *domain.Passage, asked []sketch) []kinship {
	found := make([]string, len(asked))
	missing := len(asked)
	for word := range words(textOf(p)) {
		if missing == 0 {
			break
		}
		w := sketched(word)
		for i, a := range asked {
			if found[i] == "" && a.akin(w) && !domain.IsStopWord(word) {
				found[i] = word
				missing--
			}
		}
	}
	var out []kinship
	for i, word := range found {
		if word != "" {
			out = append(out, kinship{asked[i].word, word})
		}
	}
	return out
}

// words yields the words of a text in lower case, as domain.Words returns them.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := -1
		for i, r := range text {
			inside := 'a' <= r && r <= 'z' || isWordRune(r)
			if inside && start < 0 {
				start = i
			}
			if !inside && start >= 0 {
				if !yield(text[start:i]) {
					return
				}
				start = -1
			}
		}
		if start >= 0 {
			yield(text[start:])
		}
	}
}

// akin tells whether two words may be forms of one: the same, one within the other
// (compounds), with one stem or one beginning for the larger part of both
// (inflections), or one slip of the pen apart, two from eight letters on. Words of
// fewer than five letters admit no slip, those of fewer than four nothing at all.
func (a sketch) akin(b sketch) bool {
	if a.word == b.word {
		return true
	}
	shorter, longer := a, b
	if shorter.length > longer.length {
		shorter, longer = b, a
	}
	differ := bits.OnesCount64(a.letters ^ b.letters)
	within := shorter.letters&^longer.letters == 0
	if differ > 4 && !within && a.word[0] != b.word[0] || !telling(shorter) {
		return false
	}
	if within && strings.Contains(longer.word, shorter.word) {
		return true
	}
	slips := 0
	switch {
	case shorter.length >= 8:
		slips = 2
	case shorter.length >= 5:
		slips = 1
	}
	// a slip changes at most two of the letters held; swapping neighbours, none
	if slips > 0 && longer.length-shorter.length <= slips && differ <= 2*slips &&
		(levenshtein.ComputeDistance(a.word, b.word) <= slips || swapped(shorter.word, longer.word)) {
		return true
	}
	common := commonPrefix(a.word, b.word)
	return common >= 4 && 3*common >= 2*longer.length || common >= 3 && a.stem() == b.stem()
}

func (a sketch) stem() string { return domain.StemOf(a.word) }

// telling tells whether a word is long enough to say something within another.
func telling(s sketch) bool {
	first, _ := utf8.DecodeRuneInString(s.word)
	return s.length >= 4 || s.length >= 2 && first >= 0x2e80 // scripts with a meaning a character
}

// swapped tells whether two words differ by one pair of neighbours that changed
// places.
func swapped(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) {
		return false
	}
	for i := 0; i+1 < len(x); i++ {
		if x[i] != y[i] {
			return x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:])
		}
	}
	return false
}

// commonPrefix returns how many characters two words share at their beginning.
func commonPrefix(a, b string) int {
	n := 0
	for i, r := range a {
		if i >= len(b) {
			return n
		}
		if other, _ := utf8.DecodeRuneInString(b[i:]); other != r {
			return n
		}
		n++
	}
	return n
}
