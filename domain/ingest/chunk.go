package ingest

import (
	"strings"

	"github.com/atocore/atocore/domain"
)

// Chunking says how documents are cut. The zero value stands for the defaults.
type Chunking struct {
	// Max is the most characters that a chunk holds; 0 means DefaultMax. A block
	// that must not be split is, where it does not fit.
	Max int
	// Tiny is the size in characters below which a section is packed together with
	// the one beside it, if both are under the same heading; 0 means half of Max.
	Tiny int
	// Fill is the share of Max, in percent, from which on a chunk may end early at
	// a better place (a paragraph rather than a line); 0 means DefaultFill.
	Fill int
}

// Defaults of Chunking.
const (
	DefaultMax  = 1300
	DefaultFill = 60
)

func (c Chunking) withDefaults() Chunking {
	if c.Max <= 0 {
		c.Max = DefaultMax
	}
	if c.Tiny <= 0 {
		c.Tiny = c.Max / 2
	}
	if c.Fill <= 0 || c.Fill > 100 {
		c.Fill = DefaultFill
	}
	return c
}

// Chunks cuts a document along its blocks. Each chunk's content is a slice of the
// document, byte for byte, of at most Max characters; together they hold every line
// that is not blank, none of them twice, except for blocks that have nothing to
// search. Chunks begin and end at line ends, unless a line is longer than Max.
// Vectors are not set.
func Chunks(key domain.DocumentKey, content []byte, blocks []domain.Block, c Chunking) []domain.Chunk {
	c = c.withDefaults()
	p := packer{Chunking: c, content: content}
	units := cut(content, blocks, c.Max)
	for i, u := range units {
		if u.level > 0 && len(p.current) > 0 && !p.joins(units[i:]) {
			p.flush(len(p.current))
		}
		p.add(u)
	}
	p.flush(len(p.current))

	seen := map[string]int{}
	for i := range p.chunks {
		chunk := &p.chunks[i]
		chunk.Seq = i
		chunk.ID = domain.ChunkID(key, chunk.Content, seen[chunk.Content])
		seen[chunk.Content]++
	}
	return p.chunks
}

// packer fills chunks with units, in order.
type packer struct {
	Chunking
	content []byte
	current []unit
	chunks  []domain.Chunk
}

// span returns the characters from the first unit to the last, with what is
// between them.
func span(units []unit) int {
	if len(units) == 0 {
		return 0
	}
	return units[len(units)-1].runeEnd - units[0].runeStart
}

// joins tells whether the section that begins with rest is packed into the chunk
// under way.
func (p *packer) joins(rest []unit) bool {
	if onlyHeadings(p.current) {
		return true
	}
	end := 1
	for end < len(rest) && rest[end].level == 0 {
		end++
	}
	section, sofar := span(rest[:end]), span(p.current)
	if section >= p.Tiny && sofar >= p.Tiny {
		return false
	}
	if rest[end-1].runeEnd-p.current[0].runeStart > p.Max {
		return false
	}
	return commonPath(p.current[0].heading, rest[0].heading) != ""
}

func onlyHeadings(units []unit) bool {
	for _, u := range units {
		if u.level == 0 {
			return false
		}
	}
	return true
}

// add puts the unit into the chunk under way, and ends that one first when there
// is no room.
func (p *packer) add(u unit) {
	if !u.hidden || u.size() <= p.Max/8 {
		for len(p.current) > 0 && u.runeEnd-p.current[0].runeStart > p.Max {
			p.flush(p.bestCut(u))
		}
		p.current = append(p.current, u)
		return
	}
	p.flush(len(p.current))
}

// bestCut returns how many units of the chunk under way are to be ended before u:
// the latest of the best places within reach, and never right after a heading if
// there is any other.
func (p *packer) bestCut(u unit) int {
	best, bestRank := len(p.current), u.rank
	if last := len(p.current) - 1; p.current[last].level > 0 {
		// The headings at the end go with what they head.
		for last > 0 && p.current[last-1].level > 0 {
			last--
		}
		if last > 0 {
			return last
		}
	}
	for i := len(p.current) - 1; i > 0; i-- {
		if span(p.current[:i])*100 < p.Fill*p.Max {
			break
		}
		if rank := p.current[i].rank; rank > bestRank && p.current[i-1].level == 0 {
			best, bestRank = i, rank
		}
	}
	return best
}

// flush ends a chunk with the first n units under way.
func (p *packer) flush(n int) {
	units := p.current[:n]
	p.current = p.current[n:]
	for len(units) > 0 && units[0].hidden {
		units = units[1:]
	}
	for len(units) > 0 && units[len(units)-1].hidden {
		units = units[:len(units)-1]
	}
	if len(units) == 0 {
		return
	}
	first, last := units[0], units[len(units)-1]
	chunk := domain.Chunk{
		Heading:   first.heading,
		StartLine: first.startLine,
		EndLine:   last.endLine,
		Content:   string(p.content[first.start:last.end]),
	}
	var text []string
	differs := false
	for _, u := range units {
		chunk.Heading = commonPath(chunk.Heading, u.heading)
		if u.text == "" {
			text = append(text, string(p.content[u.start:u.end]))
			continue
		}
		differs = true
		if strings.TrimSpace(u.text) != "" {
			text = append(text, u.text)
		}
	}
	if differs {
		chunk.Text = strings.Join(text, "\n")
		if chunk.Text == "" {
			chunk.Text = " " // not its lines
		}
	}
	p.chunks = append(p.chunks, chunk)
}

// commonPath returns the headings that both paths begin with.
func commonPath(a, b string) string {
	if a == b {
		return a
	}
	const sep = " > "
	x, y := strings.Split(a, sep), strings.Split(b, sep)
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return strings.Join(x[:n], sep)
}
