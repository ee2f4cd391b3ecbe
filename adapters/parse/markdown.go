package parse

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// blockParser knows blocks and nothing of what is inside a line: that would be
// most of the work, and only headings need it. It knows neither reference
// definitions nor tables: many definitions take goldmark time that grows with the
// square, a wide table memory; as paragraphs they serve as well, and see tables.
func blockParser() parser.Parser {
	return parser.NewParser(parser.WithBlockParsers(parser.DefaultBlockParsers()...))
}

func inlineParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(util.Prioritized(parser.NewATXHeadingParser(), 100), util.Prioritized(parser.NewParagraphParser(), 200)),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
	)
}

const (
	// maxNesting bounds how many markers of quotes and lists, or pairs of blanks,
	// may open a line. Far beyond it the time that goldmark takes grows with the
	// square and more, and no person wrote it.
	maxNesting = 100
	// maxHeading bounds the bytes of a heading whose markup is taken out, for the
	// same reason, and maxHeadingShown the characters of any.
	maxHeading      = 512
	maxHeadingShown = 200
)

func (p *Parser) parseMarkdown(doc *lines) (title string, marks []mark) {
	front, title := frontMatter(doc)
	if front > 0 {
		marks = append(marks, mark{line: 1, atomic: true})
	}
	if front >= doc.count() {
		return title, marks
	}
	if nestedTooDeep(doc) {
		return title, append(marks, paragraphsFrom(doc, front+1)...)
	}
	offset := doc.starts[front]
	src := doc.src[offset:]
	first := "" // heading of any level
	c := &collector{doc: doc, offset: offset}
	c.children(p.markdown.Parse(text.NewReader(src)), func(n ast.Node) mark {
		h, ok := n.(*ast.Heading)
		if !ok {
			return mark{atomic: isAtomic(n)}
		}
		said := p.headingText(h, src)
		if first == "" {
			first = said
		}
		if title == "" && h.Level == 1 {
			title = said
		}
		return mark{level: h.Level, heading: said}
	})
	if title == "" {
		title = first
	}
	return title, append(marks, c.marks...)
}

func isAtomic(n ast.Node) bool {
	switch n.(type) {
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return true
	}
	return false
}

type collector struct {
	doc    *lines
	offset int // of what was parsed, in the document
	marks  []mark
}

// children marks the blocks of a document: the items of a list and the blocks of a
// quotation one by one, whatever is inside them as a part of them.
func (c *collector) children(doc ast.Node, describe func(ast.Node) mark) {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n.(type) {
		case *ast.List, *ast.Blockquote:
			for inner := n.FirstChild(); inner != nil; inner = inner.NextSibling() {
				c.add(inner, mark{atomic: isAtomic(inner)})
			}
		case *ast.Paragraph:
			c.add(n, mark{})
			c.table(n)
		default:
			c.add(n, describe(n))
		}
	}
}

func (c *collector) add(n ast.Node, m mark) {
	at := startOf(n)
	if at < 0 {
		// A node without a place (an empty one): a heading must not be lost.
		if m.level == 0 || len(c.marks) == 0 {
			return
		}
		m.line = c.marks[len(c.marks)-1].line
	} else {
		m.line = c.doc.at(c.offset + at)
	}
	c.marks = append(c.marks, m)
}

// startOf returns the first byte of a block, -1 when the library does not say.
func startOf(n ast.Node) int {
	best := n.Pos()
	if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
		if first := n.Lines().At(0).Start; best < 0 || first < best {
			best = first
		}
	}
	if best >= 0 || n.FirstChild() == nil {
		return best
	}
	return startOf(n.FirstChild())
}

// headingText returns what a heading says, without its markup.
func (p *Parser) headingText(h *ast.Heading, src []byte) string {
	var raw bytes.Buffer
	for i := range h.Lines().Len() {
		segment := h.Lines().At(i)
		raw.Write(segment.Value(src))
		raw.WriteByte(' ')
	}
	if raw.Len() > maxHeading {
		return shown(raw.String())
	}
	line := append([]byte("# "), bytes.ReplaceAll(raw.Bytes(), []byte("\n"), []byte(" "))...)
	var said strings.Builder
	// The only error a walk returns is the callback's.
	_ = ast.Walk(p.inline.Parse(text.NewReader(line)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			said.Write(n.Value(line))
		case *ast.String:
			said.Write(n.Value)
		case *ast.AutoLink:
			said.Write(n.Label(line))
		}
		return ast.WalkContinue, nil
	})
	plain := util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences([]byte(said.String()))))
	return shown(string(plain))
}

// shown returns a heading on one line, of bounded length.
func shown(heading string) string {
	heading = strings.Join(strings.Fields(heading), " ")
	n := 0
	for at := range heading {
		if n++; n > maxHeadingShown {
			return strings.TrimSpace(heading[:at]) + "…"
		}
	}
	return heading
}

func nestedTooDeep(doc *lines) bool {
	for n := 1; n <= doc.count(); n++ {
		markers, blanks, last := 0, 0, byte(0)
	line:
		for _, c := range doc.text(n) {
			switch c {
			case '>', '-', '*', '+':
				markers++
			case ' ':
				blanks++
			case '\t':
				blanks += 4
			default:
				last = c
				break line
			}
		}
		listed := markers > 0 || '0' <= last && last <= '9'
		if listed && markers+blanks/2 > maxNesting && !isRule(doc.text(n)) {
			return true
		}
	}
	return false
}

// isRule tells a long line of one character, which is a ruler, from markers.
func isRule(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) > 0 && line[0] != '>' && len(bytes.Trim(line, string(line[:1])+" \t")) == 0
}

func paragraphsFrom(doc *lines, from int) []mark {
	var marks []mark
	for _, m := range paragraphs(doc) {
		if m.line >= from {
			marks = append(marks, m)
		}
	}
	return marks
}
