package query

import (
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"github.com/atocore/atocore/domain"
)

// kinship is a word of the question beside a word of a passage that may be meant.
type kinship struct{ asked, found string }

// witnessed drops candidates that only a doubtful cosine speaks for: hashed
// vectors of unrelated texts are never quite at right angles, and among many texts
// some come near by chance. A cosine below sure needs a second witness, which is
// full text or a word of the passage akin to one asked for.
func witnessed(matches []match, tokens []string, sure float64) []match {
	asked := sketches(tokens)
	kept := matches[:0]
	for _, m := range matches {
		if m.text == 0 && m.vector > 0 {
			if m.Cosine < sure && len(akin(m.Passage, asked)) == 0 {
				continue
			}
		}
		kept = append(kept, m)
	}
	return kept
}

// sketch is a word with what lets most comparisons end early.
type sketch struct {
	word    string
	length  int    // characters
	letters uint64 // which characters it holds, folded to 64
}

func sketches(words []string) []sketch {
	out := make([]sketch, 0, len(words))
	seen := make(map[string]bool, len(words))
	for _, w := range words {
		if seen[w] || domain.IsStopWord(w) {
			continue
		}
		seen[w] = true
		s := sketch{word: w, length: utf8.RuneCountInString(w)}
		for _, r := range w {
			s.letters |= 1 << (uint32(r) % 64)
		}
		out = append(out, s)
	}
	return out
}

// akin returns, for each word asked, the first word of the passage that is akin.
func akin(p domain.Passage, asked []sketch) []kinship {
	words := sketches(domain.Words(strings.Join([]string{p.Title, p.Heading, p.Path, p.Content}, " ")))
	var out []kinship
	for _, a := range asked {
		for _, w := range words {
			if a.akin(w) {
				out = append(out, kinship{a.word, w.word})
				break
			}
		}
	}
	return out
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
	if !telling(shorter) {
		return false
	}
	if strings.Contains(longer.word, shorter.word) {
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
	if longer.length-shorter.length <= slips && bits.OnesCount64(a.letters^b.letters) <= 2*slips &&
		(levenshtein.ComputeDistance(a.word, b.word) <= slips || slips > 0 && swapped(shorter.word, longer.word)) {
		return true
	}
	common := commonPrefix(a.word, b.word)
	return common >= 4 && 3*common >= 2*longer.length || common >= 3 && a.stem() == b.stem()
}

func (a sketch) stem() string { return string(domain.Stem([]rune(a.word))) }

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
