package parse

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"go.yaml.in/yaml/v3"
)

// blockParser knows blocks and nothing of what is inside a line: that would be
// most of the work, and only headings need it.
func blockParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithParagraphTransformers(append(parser.DefaultParagraphTransformers(),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200))...),
	)
}

func inlineParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(util.Prioritized(parser.NewATXHeadingParser(), 100), util.Prioritized(parser.NewParagraphParser(), 200)),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
	)
}

// maxNesting bounds how many markers of quotes and lists may open a line. Beyond
// it the time that goldmark takes grows with the square, and no person wrote it.
const maxNesting = 100

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
	case *ast.FencedCodeBlock, *ast.CodeBlock, *extast.Table:
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

// startOf returns the first byte of a block, -1 when the library does not say. A
// table carries the place of the paragraph that it was cut from, so what is inside
// it decides.
func startOf(n ast.Node) int {
	best := -1
	better := func(at int) {
		if at >= 0 && (best < 0 || at < best) {
			best = at
		}
	}
	if _, table := n.(*extast.Table); !table {
		better(n.Pos())
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			better(n.Lines().At(0).Start)
		}
		if best >= 0 {
			return best
		}
	}
	for child := n.FirstChild(); child != nil && best < 0; child = child.NextSibling() {
		better(startOf(child))
	}
	return best
}

// headingText returns what a heading says, without its markup.
func (p *Parser) headingText(h *ast.Heading, src []byte) string {
	var raw bytes.Buffer
	for i := range h.Lines().Len() {
		segment := h.Lines().At(i)
		raw.Write(segment.Value(src))
		raw.WriteByte(' ')
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
	return strings.Join(strings.Fields(string(plain)), " ")
}

// frontMatter returns the last line of the YAML at the top of the document, 0 for
// none, and the title in it. Dashes around something else are Markdown.
func frontMatter(doc *lines) (last int, title string) {
	if string(bytes.TrimRight(doc.text(1), " \t")) != "---" {
		return 0, ""
	}
	for n := 2; n <= doc.count(); n++ {
		switch string(bytes.TrimRight(doc.text(n), " \t")) {
		case "---", "...":
			var fields map[string]any
			if err := yaml.Unmarshal(doc.src[doc.starts[1]:doc.starts[n-1]], &fields); err != nil || (len(fields) == 0 && n > 2) {
				return 0, ""
			}
			if said, ok := fields["title"].(string); ok {
				title = strings.Join(strings.Fields(said), " ")
			}
			return n, title
		}
	}
	return 0, ""
}

func nestedTooDeep(doc *lines) bool {
	for n := 1; n <= doc.count(); n++ {
		markers := 0
		for _, c := range doc.text(n) {
			if c == '>' || c == '-' || c == '*' || c == '+' {
				markers++
			} else if c != ' ' && c != '\t' {
				break
			}
		}
		if markers > maxNesting && !isRule(doc.text(n)) {
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
