package parse

import (
	"bytes"
	"sort"
	"strings"

	"github.com/atocore/atocore/domain"
)

// lines is a text with the places where its lines begin.
type lines struct {
	src    []byte
	starts []int // offset of each line; line n begins at starts[n-1]
}

func newLines(src []byte) *lines {
	l := &lines{src: src, starts: make([]int, 1, 1+bytes.Count(src, []byte("\n")))}
	for at := 0; ; {
		next := bytes.IndexByte(src[at:], '\n')
		if next < 0 {
			return l
		}
		at += next + 1
		l.starts = append(l.starts, at)
	}
}

func (l *lines) count() int { return len(l.starts) }

// text returns line n, from 1, without its end.
func (l *lines) text(n int) []byte {
	end := len(l.src)
	if n < len(l.starts) {
		end = l.starts[n] - 1
	}
	return bytes.TrimSuffix(l.src[l.starts[n-1]:end], []byte("\r"))
}

func (l *lines) blank(n int) bool { return len(bytes.TrimSpace(l.text(n))) == 0 }

// at returns the line that holds the byte.
func (l *lines) at(offset int) int {
	return sort.Search(len(l.starts), func(i int) bool { return l.starts[i] > offset })
}

// mark says that a block begins, and what it is. It ends where the next begins.
type mark struct {
	line    int
	level   int // of a heading
	heading string
	atomic  bool
	text    string // searched instead of the lines, when not empty
}

// cover turns marks, in order of their lines, into blocks that hold every line
// that is not blank: two marks on a line are one, and what comes before the first
// mark belongs to it.
func (l *lines) cover(marks []mark) []domain.Block {
	var blocks []domain.Block
	var above [7]string // the headings in force, by level
	first := 1
	for first <= l.count() && l.blank(first) {
		first++
	}
	if first > l.count() {
		return nil
	}
	marks = merge(marks, first)
	for i, m := range marks {
		end := l.count()
		if i+1 < len(marks) {
			end = marks[i+1].line - 1
		}
		start := m.line
		for start <= end && l.blank(start) {
			start++
		}
		for end >= start && l.blank(end) {
			end--
		}
		if m.level > 0 {
			above[m.level] = m.heading
			for deeper := m.level + 1; deeper < len(above); deeper++ {
				above[deeper] = ""
			}
		}
		if start > end {
			continue
		}
		blocks = append(blocks, domain.Block{
			StartLine: start, EndLine: end, Heading: joinPath(above[:]), Level: m.level, Atomic: m.atomic, Text: m.text,
		})
	}
	return blocks
}

func merge(marks []mark, first int) []mark {
	var out []mark
	for _, m := range marks {
		m.line = max(m.line, first)
		if len(out) == 0 {
			m.line = first
		}
		if n := len(out); n > 0 && m.line <= out[n-1].line {
			last := &out[n-1]
			if last.level == 0 {
				last.level, last.heading = m.level, m.heading
			}
			last.text = joinText(last.text, m.text)
			last.atomic = last.atomic && m.atomic
			continue
		}
		out = append(out, m)
	}
	if len(out) == 0 {
		out = []mark{{line: first}}
	}
	return out
}

// joinText joins what is searched of two blocks. A blank text (nothing to search)
// gives way; an empty one (search the lines) cannot be told apart from the lines
// of the other, which then hold both.
func joinText(a, b string) string {
	switch {
	case strings.TrimSpace(a) == "" && a != "":
		return b
	case strings.TrimSpace(b) == "" && b != "":
		return a
	case a == "" || b == "":
		return ""
	}
	return a + "\n" + b
}

func joinPath(headings []string) string {
	var parts []string
	for _, h := range headings {
		if h != "" {
			parts = append(parts, h)
		}
	}
	return strings.Join(parts, " > ")
}
