package domain

// Stem returns a word in lower case without its English inflection: a part of the
// word, never changed in place. It is lighter and bolder than Porter's stemmer, and
// good for comparing words, not for showing them. The local embedding is made of
// these stems: a change makes another vector space.
func Stem(word []rune) []rune {
	if len(word) < 4 {
		return word
	}
	for _, suffix := range suffixes {
		rest := len(word) - len(suffix)
		if rest < 3 || !endsWith(word, suffix) || !hasVowel(word[:rest]) {
			continue
		}
		if suffix == "s" && word[rest-1] == 's' {
			return word
		}
		if doubled(word[:rest]) && (suffix[0] == 'e' || suffix[0] == 'i') {
			rest--
		}
		return word[:rest]
	}
	return word
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
func doubled(rest []rune) bool {
	n := len(rest)
	last := rest[n-1]
	return n > 3 && last == rest[n-2] && !isVowel(last) && last != 'l' && last != 's'
}

func endsWith(word []rune, suffix string) bool {
	offset := len(word) - len(suffix)
	if offset < 0 {
		return false
	}
	for i := 0; i < len(suffix); i++ {
		if word[offset+i] != rune(suffix[i]) {
			return false
		}
	}
	return true
}

func hasVowel(word []rune) bool {
	for _, r := range word {
		if isVowel(r) || r >= 0x80 {
			return true
		}
	}
	return false
}

func isVowel(r rune) bool {
	switch r {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}
