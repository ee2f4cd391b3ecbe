package embed

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/atocore/atocore/domain"
)

// scratch is what one call of Embed works with; reused, so that embedding a text
// allocates nothing but its vector.
type scratch struct {
	words  []word
	joints []joint
	runes  []rune         // the stems of words, one after the other
	seen   map[uint64]int // hash of a stem → index in words
	joined map[uint64]int // hash of a joint → index in joints
	word   []rune         // the word being read, folded
	marked []rune         // the stem that is being added, with its ends
	sum    [localDimension]int64

	before     uint64 // hash of the word before, unfinished and unstemmed
	beforeStop bool
	bound      bool // nothing but a hyphen or the like stands between the two
	hasBefore  bool
}

// word is one distinct stem of a text.
type word struct {
	start, end int // in scratch.runes
	weight     int64
	count      int
}

// joint is one distinct pair of neighbouring words, as if written in one.
type joint struct {
	hash  uint64
	count int
}

// longestWord bounds, in characters, what is read of one word: beyond it are keys
// and encoded data, which would outweigh the text around them.
const longestWord = 32

func newScratch() *scratch {
	return &scratch{seen: map[uint64]int{}, joined: map[uint64]int{}}
}

func (s *scratch) reset() {
	s.words, s.joints, s.runes, s.word = s.words[:0], s.joints[:0], s.runes[:0], s.word[:0]
	clear(s.seen)
	clear(s.joined)
	s.hasBefore, s.bound = false, false
}

// read cuts the text into words: runs of letters and digits, parted also where a
// small letter is followed by a capital. Case, compatibility forms and the
// diacritics of European scripts are folded away. Scripts that write without
// spaces are cut into overlapping pairs of characters.
func (s *scratch) read(text string) {
	if !norm.NFKD.IsNormalString(text) {
		text = norm.NFKD.String(text)
	}
	small := false // the character before is a small letter
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		switch {
		case 'a' <= r && r <= 'z':
			s.letter(r)
			small = true
		case 'A' <= r && r <= 'Z':
			if small {
				s.endWord()
				s.bound = true
			}
			s.letter(r + ('a' - 'A'))
			small = false
		case '0' <= r && r <= '9':
			s.letter(r)
			small = false
		case r < utf8.RuneSelf:
			wasWord := len(s.word) > 0
			s.endWord()
			s.bound = wasWord && (r == '-' || r == '_' || r == '.' || r == '/')
			small = false
		case 0x300 <= r && r <= 0x36f: // a diacritic, parted from its letter by NFKD
		case r == 'ß':
			s.letter('s')
			s.letter('s')
			small = true
		case spaceless(r):
			s.pair(r)
			small = false
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			if small && unicode.IsUpper(r) {
				s.endWord()
				s.bound = true
			}
			small = unicode.IsLower(r)
			s.letter(unicode.ToLower(r))
		default:
			s.endWord()
			small = false
		}
	}
	s.endWord()
}

func (s *scratch) letter(r rune) {
	if len(s.word) == 1 && spaceless(s.word[0]) {
		s.endWord()
	}
	if len(s.word) < longestWord {
		s.word = append(s.word, r)
	}
}

// pair makes a word of r and the character before it.
func (s *scratch) pair(r rune) {
	if len(s.word) > 0 && !spaceless(s.word[0]) {
		s.endWord()
	}
	s.word = append(s.word, r)
	if len(s.word) == 2 {
		s.endWord()
		s.word = append(s.word, r)
	}
}

func spaceless(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// endWord counts the word that was read, and its joint with the word before.
func (s *scratch) endWord() {
	if len(s.word) == 0 {
		return
	}
	weight := int64(contentWeight)
	stop := isStopWord(s.word)
	if stop {
		weight = stopWeight
	}
	stem := domain.Stem(s.word)
	hash := hashRunes(hashSeed, stem)
	if i, known := s.seen[hash]; known {
		s.words[i].count++
	} else {
		start := len(s.runes)
		s.runes = append(s.runes, stem...)
		s.seen[hash] = len(s.words)
		s.words = append(s.words, word{start: start, end: len(s.runes), weight: weight, count: 1})
	}
	if s.hasBefore && (s.bound || !stop && !s.beforeStop) {
		s.countJoint(hashRunes(s.before, stem))
	}
	s.before, s.beforeStop, s.hasBefore, s.bound = hashRunes(hashSeed, s.word), stop, true, false
	s.word = s.word[:0]
}

func (s *scratch) countJoint(hash uint64) {
	if i, known := s.joined[hash]; known {
		s.joints[i].count++
		return
	}
	s.joined[hash] = len(s.joints)
	s.joints = append(s.joints, joint{hash: hash, count: 1})
}

func isStopWord(word []rune) bool {
	var ascii [12]byte
	if len(word) > len(ascii) {
		return false
	}
	for i, r := range word {
		if r >= utf8.RuneSelf {
			return false
		}
		ascii[i] = byte(r)
	}
	return domain.IsStopWord(string(ascii[:len(word)]))
}
