package portfake

import (
	"unicode"

	"github.com/atocore/atocore/ports"
)

// Tokenizer is ports.Tokenizer with tokens that can be counted by hand: every four
// characters of a word make one, and so does every other character that is not a
// space.
type Tokenizer struct{}

var _ ports.Tokenizer = Tokenizer{}

// Name implements ports.Tokenizer.
func (Tokenizer) Name() string { return "fake/quarters" }

// Count implements ports.Tokenizer.
func (Tokenizer) Count(text string) int {
	n, letters := 0, 0
	for _, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if letters%4 == 0 {
				n++
			}
			letters++
			continue
		case !unicode.IsSpace(r):
			n++
		}
		letters = 0
	}
	return n
}
