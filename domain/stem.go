package domain

import "unicode/utf8"

// Stem returns a word in lower case without its English inflection: a part of the
// word, never changed in place. It is lighter and bolder than Porter's stemmer, and
// good for comparing words, not for showing them. The local embedding is made of
// these stems: a change makes another vector space.
func Stem(word []rune) []rune { return word[:stemLength(word)] }

// StemOf is Stem for a word in a string: the beginning of the word that it keeps.
func StemOf(word string) string {
	for i := range len(word) {
		if word[i] >= utf8.RuneSelf {
			return string(Stem([]rune(word)))
		}
	}
	return word[:stemLength([]byte(word))]
}

// stemLength returns how much of a word is its stem. Bytes are ASCII.
func stemLength[T rune | byte](word []T) int {
	if len(word) < 4 {
		return len(word)
	}
	for _, suffix := range suffixes {
		rest := len(word) - len(suffix)
		if rest < 3 || !endsWith(word, suffix) || !hasVowel(word[:rest]) {
			continue
		}
		if suffix == "s" && word[rest-1] == 's' {
			return len(word)
		}
		if doubled(word[:rest]) && (suffix[0] == 'e' || suffix[0] == 'i') {
			rest--
		}
		return rest
	}
	return len(word)
}

// suffixes are taken off the end of a word, the first that fits, as long as three
// characters with a vowel stay. A word of another language that happens to end in
// one loses it everywhere alike.
var suffixes = [...]string{
	"ization", "isation", "ations", "ation", "ating", "ators", "ator", "ated", "ates", "ate", "ements", "ement", "ments", "ment", "nesses", "ness",
	"ingly", "ings", "ing", "edly", "ions", "ion", "ies", "ied", "ers", "ely", "ed", "er", "es", "ly", "s", "e", "y",
}

// doubled tells whether the last consonant was doubled for the suffix: "stopp|ing",
// but not "tell|ing" or "pass|ed".
func doubled[T rune | byte](rest []T) bool {
	n := len(rest)
	last := rest[n-1]
	return n > 3 && last == rest[n-2] && !isVowel(last) && last != 'l' && last != 's'
}

func endsWith[T rune | byte](word []T, suffix string) bool {
	offset := len(word) - len(suffix)
	if offset < 0 {
		return false
	}
	for i := len(suffix) - 1; i >= 0; i-- { // the last letter tells most of them apart
		if word[offset+i] != T(suffix[i]) {
			return false
		}
	}
	return true
}

func hasVowel[T rune | byte](word []T) bool {
	for _, r := range word {
		if isVowel(r) || r >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

func isVowel[T rune | byte](r T) bool {
	switch r {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}
