package embed

// suffixes are taken off the end of a word, the first that fits, as long as three
// characters with a vowel stay. They are English; a word of another language that
// happens to end in one loses it everywhere alike.
var suffixes = []string{
	"ization", "isation", "ations", "ation", "ements", "ement", "ments", "ment", "nesses", "ness",
	"ingly", "ings", "ing", "edly", "ions", "ion", "ies", "ied", "ers", "ely", "ed", "er", "es", "ly", "s", "e", "y",
}

// stemmed returns the word without its inflection: a part of word, never changed
// in place. It is lighter and bolder than Porter's stemmer: the character
// sequences make up for what it gets wrong.
func stemmed(word []rune) []rune {
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
		// "stopp|ing", "plann|ed"
		if rest > 3 && (suffix[0] == 'e' || suffix[0] == 'i') && word[rest-1] == word[rest-2] && !isVowel(word[rest-1]) && word[rest-1] != 'l' && word[rest-1] != 's' {
			rest--
		}
		return word[:rest]
	}
	return word
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
