package ingest

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// unit is a piece of a document that no chunk divides: a block, or a line,
// sentence or run of words of a block that is too large for a chunk.
type unit struct {
	start, end         int // bytes
	runeStart, runeEnd int
	startLine, endLine int
	heading            string
	level              int
	rank               int // how good it is to begin a chunk here
	text               string
	hidden             bool // there is nothing to search in it
}

// The ranks of places to begin a chunk at.
const (
	rankWord = iota
	rankSentence
	rankLine
	rankParagraph
	rankBlock
)

func (u unit) size() int { return u.runeEnd - u.runeStart }

// cutter turns blocks into units.
type cutter struct {
	content []byte
	starts  []int // of the lines
	max     int
	units   []unit
	counted int // bytes of which the characters are counted
	runes   int
}

func cut(content []byte, blocks []domain.Block, maximum int) []unit {
	c := &cutter{content: content, starts: []int{0}, max: maximum}
	for at, b := range content {
		if b == '\n' {
			c.starts = append(c.starts, at+1)
		}
	}
	for _, b := range blocks {
		c.block(b)
	}
	for i := range c.units {
		u := &c.units[i]
		u.runeStart = c.runesBefore(u.start)
		u.runeEnd = c.runesBefore(u.end)
	}
	return c.units
}

// runesBefore counts on from where it was asked last.
func (c *cutter) runesBefore(at int) int {
	if at < c.counted {
		c.counted, c.runes = 0, 0
	}
	c.runes += utf8.RuneCount(c.content[c.counted:at])
	c.counted = at
	return c.runes
}

// line returns the bytes of line n, without its end.
func (c *cutter) line(n int) (start, end int) {
	start, end = c.starts[n-1], len(c.content)
	if n < len(c.starts) {
		end = c.starts[n] - 1
	}
	if end > start && c.content[end-1] == '\r' {
		end--
	}
	return start, end
}

func (c *cutter) block(b domain.Block) {
	start, _ := c.line(b.StartLine)
	_, end := c.line(b.EndLine)
	if utf8.RuneCount(c.content[start:end]) <= c.max {
		c.units = append(c.units, unit{
			start: start, end: end, startLine: b.StartLine, endLine: b.EndLine,
			heading: b.Heading, level: b.Level, rank: rankBlock, text: b.Text, hidden: isHidden(b.Text),
		})
		return
	}
	first := len(c.units)
	rank := rankBlock
	for n := b.StartLine; n <= b.EndLine; n++ {
		start, end := c.line(n)
		if len(bytes.TrimSpace(c.content[start:end])) == 0 {
			rank = max(rank, rankParagraph)
			continue
		}
		c.longLine(unit{start: start, end: end, startLine: n, endLine: n, heading: b.Heading, rank: rank})
		rank = rankLine
	}
	pieces := c.units[first:]
	pieces[0].level = b.Level
	share(pieces, b.Text)
}

// longLine adds a line, and cuts it where it is longer than a chunk: at the ends of
// sentences, then between words, then anywhere.
func (c *cutter) longLine(u unit) {
	if utf8.RuneCount(c.content[u.start:u.end]) <= c.max {
		c.units = append(c.units, u)
		return
	}
	for at := u.start; at < u.end; {
		stop := sentenceEnd(c.content, at, u.end)
		piece := u
		piece.start, piece.end = at, stop
		if utf8.RuneCount(c.content[at:stop]) <= c.max {
			c.units = append(c.units, piece)
		} else {
			c.words(piece)
		}
		at = skipSpace(c.content, stop, u.end)
		u.rank = rankSentence
	}
}

// words cuts a sentence that is longer than a chunk into runs of words of about an
// eighth of one.
func (c *cutter) words(u unit) {
	run := max(1, c.max/8)
	for at := u.start; at < u.end; {
		stop := advance(c.content, at, u.end, run)
		if stop < u.end {
			if space := bytes.LastIndexAny(c.content[at:stop+1], " \t"); space > 0 {
				stop = at + space
			} else if next := bytes.IndexAny(c.content[stop:u.end], " \t"); next >= 0 && next < c.max {
				if word := utf8.RuneCount(c.content[at : stop+next]); word <= c.max {
					stop += next
				}
			}
		}
		piece := u
		piece.start, piece.end = at, stop
		c.units = append(c.units, piece)
		at = skipSpace(c.content, stop, u.end)
		u.rank = rankWord
	}
}

func skipSpace(content []byte, at, end int) int {
	for at < end && (content[at] == ' ' || content[at] == '\t') {
		at++
	}
	return at
}

// advance returns where n characters after at end, or end.
func advance(content []byte, at, end, n int) int {
	for ; n > 0 && at < end; n-- {
		_, size := utf8.DecodeRune(content[at:end])
		at += size
	}
	return at
}

// sentenceEnd returns where the sentence that begins at ends: after its mark and
// what closes it, if white space follows, or after a mark that needs none.
func sentenceEnd(content []byte, at, end int) int {
	for at < end {
		r, size := utf8.DecodeRune(content[at:end])
		at += size
		switch r {
		case '。', '！', '？', '｡':
			return at
		case '.', '!', '?', '…':
			stop := at
			for stop < end {
				closing, size := utf8.DecodeRune(content[stop:end])
				if !strings.ContainsRune(`.!?"')]}»”’`, closing) {
					break
				}
				stop += size
			}
			if stop >= end || content[stop] == ' ' || content[stop] == '\t' {
				return stop
			}
		}
	}
	return end
}

// isHidden tells the text of a block that shows nothing from the missing one of a
// block whose lines are searched.
func isHidden(text string) bool { return text != "" && strings.TrimSpace(text) == "" }

// share gives each of the pieces of a block its part of the text that is searched
// instead of the lines, by their lengths: which words stand where is not known.
func share(pieces []unit, text string) {
	if text == "" {
		return
	}
	total, done, from := 0, 0, 0
	for _, p := range pieces {
		total += p.end - p.start
	}
	for i := range pieces {
		pieces[i].hidden = isHidden(text)
		done += pieces[i].end - pieces[i].start
		to := len(text)
		if i < len(pieces)-1 {
			to = from + wordEnd(text[from:], max(0, int(int64(len(text))*int64(done)/int64(total))-from))
		}
		pieces[i].text = text[from:to]
		if pieces[i].text == "" {
			pieces[i].text = " " // nothing of it is left for this piece, whose lines count all the same
		}
		from = to
	}
}

// wordEnd returns the first place from at on that is between two words.
func wordEnd(text string, at int) int {
	if at >= len(text) {
		return len(text)
	}
	if next := strings.IndexAny(text[at:], " \t\n"); next >= 0 {
		return at + next
	}
	return len(text)
}
