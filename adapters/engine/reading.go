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

// reading is a passage as numbers of the words that it holds.
type reading struct {
	words    []uint32 // in order, noWord between the fields
	from, to int      // where the title stands in words
}

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
	field := func(text string) (from, to int) {
		if len(words) > 0 {
			words = append(words, noWord)
		}
		from = len(words)
		eachWord(text, func(w string) {
			words = append(words, l.number(fold(w)))
			for _, part := range parts(w) {
				words = append(words, l.number(fold(part)))
			}
		})
		return from, len(words)
	}
	var r reading
	field(searched)
	if p.Title != "" {
		r.from, r.to = field(p.Title)
	}
	for _, text := range []string{p.Heading, p.Path} {
		if text != "" {
			field(text)
		}
	}
	r.words = words
	return r
}
