package engine

import (
	"strings"
	"unicode"
	"unicode/utf8"

	porter "github.com/blevesearch/go-porterstemmer"
	"golang.org/x/text/unicode/norm"
)

// maxWord bounds a word in bytes; what is longer (encoded data, mostly) is cut.
const maxWord = 64

// eachWord calls f with every word of text: maximal runs of letters and digits,
// as written.
func eachWord(text string, f func(word string)) {
	start := -1
	for i, r := range text {
		if isWordRune(r) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			f(cutWord(text[start:i]))
			start = -1
		}
	}
	if start >= 0 {
		f(cutWord(text[start:]))
	}
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func cutWord(w string) string {
	if len(w) <= maxWord {
		return w
	}
	n := maxWord
	for !utf8.RuneStart(w[n]) {
		n--
	}
	return w[:n]
}

// fold returns the word in lower case and without diacritics.
func fold(word string) string {
	for i := 0; i < len(word); i++ {
		if word[i] >= utf8.RuneSelf {
			return foldUnicode(word)
		}
	}
	return strings.ToLower(word)
}

func foldUnicode(word string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(word) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// stem returns the stem of a folded word (Porter, "An algorithm for suffix
// stripping", 1980). Words that are not plain English letters are their own stem.
func stem(folded string) string {
	for i := 0; i < len(folded); i++ {
		if folded[i] < 'a' || folded[i] > 'z' {
			return folded
		}
	}
	return string(stemRunes([]rune(folded)))
}

// stemRunes is stem, in the place of the word.
func stemRunes(folded []rune) []rune {
	if len(folded) < 3 {
		return folded
	}
	for _, r := range folded {
		if r < 'a' || r > 'z' {
			return folded
		}
	}
	return porter.StemWithoutLowerCasing(folded)
}

// parts returns the words that a compound identifier is made of, such as "parse",
// "HTTP" and "Request" of "parseHTTPRequest", and nil for a plain word.
func parts(word string) []string {
	var out []string
	start := 0
	var before rune
	beforeUpper := false
	for i, r := range word {
		upper := unicode.IsUpper(r)
		switch {
		case i == 0:
		case upper && !beforeUpper && unicode.IsLetter(before):
			out = append(out, word[start:i])
			start = i
		case upper && beforeUpper && i > start && nextIsLower(word[i+utf8.RuneLen(r):]):
			out = append(out, word[start:i])
			start = i
		}
		before, beforeUpper = r, upper
	}
	if out == nil {
		return nil
	}
	return append(out, word[start:])
}

func nextIsLower(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	return size > 0 && unicode.IsLower(r)
}
