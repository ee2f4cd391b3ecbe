package parse

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
)

// table marks the table that a paragraph ends with: from the line above the first
// one that is made of dashes, if it has as many columns.
func (c *collector) table(n ast.Node) {
	rows := n.Lines()
	for i := 1; i < rows.Len(); i++ {
		number := c.doc.at(c.offset + rows.At(i).Start)
		columns := delimiterColumns(c.doc.text(number))
		if columns == 0 || columns != len(cells(c.doc.text(number-1))) {
			continue
		}
		c.marks = append(c.marks, mark{line: number - 1, atomic: true})
		return
	}
}

var delimiterRow = regexp.MustCompile(`^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$`)

// delimiterColumns returns the columns of a row such as |---|:-:|, 0 for any other.
func delimiterColumns(line []byte) int {
	if bytes.IndexByte(line, '|') < 0 || !delimiterRow.Match(line) {
		return 0
	}
	return len(cells(line))
}

// cells parts a row at the bars that no backslash precedes.
func cells(line []byte) [][]byte {
	line = bytes.TrimSpace(line)
	line = bytes.TrimPrefix(line, []byte("|"))
	var out [][]byte
	from := 0
	for i, b := range line {
		if b == '|' && (i == 0 || line[i-1] != '\\') {
			out = append(out, line[from:i])
			from = i + 1
		}
	}
	if rest := line[from:]; len(bytes.TrimSpace(rest)) > 0 {
		out = append(out, rest)
	}
	return out
}
