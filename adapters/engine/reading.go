package engine

import "github.com/atocore/atocore/domain"

// lexicon numbers the different words of some passages in the order in which they
// appear. It is small beside the vocabulary, which knows every word of the store:
// to look a word up in it is cheap, and passages can be read without the vocabulary,
// ahead of their turn.
type lexicon struct {
	numbers map[string]uint32
	words   []string // folded, by number
	terms   []term   // by number; noTerm where the vocabulary was not asked yet
}

// noWord stands between the fields of a passage.
const noWord = noTerm

// reading is a passage as numbers of the words that it holds, in order, with noWord
// between the fields.
type reading []uint32

func newLexicon() *lexicon { return &lexicon{numbers: map[string]uint32{}} }

func (l *lexicon) number(folded string) uint32 {
	n, known := l.numbers[folded]
	if !known {
		n = uint32(len(l.words))
		l.numbers[folded] = n
		l.words = append(l.words, folded)
		l.terms = append(l.terms, noTerm)
	}
	return n
}

// read returns what a passage holds, appended to room.
func (l *lexicon) read(p *domain.Passage, searched string, room []uint32) reading {
	words := room[len(room):]
	for _, field := range [4]string{searched, p.Title, p.Heading, p.Path} {
		if field == "" {
			continue
		}
		if len(words) > 0 {
			words = append(words, noWord)
		}
		eachWord(field, func(w string) {
			words = append(words, l.number(fold(w)))
			for _, part := range parts(w) {
				words = append(words, l.number(fold(part)))
			}
		})
	}
	return words
}
