package parse

import (
	"bytes"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hidden is what a reader of the page does not see, or sees on every page.
var hidden = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Svg: true, atom.Math: true,
	atom.Iframe: true, atom.Object: true, atom.Nav: true, atom.Select: true,
}

// inline are the elements that do not end a run of text.
var inline = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Cite: true, atom.Code: true, atom.Data: true,
	atom.Del: true, atom.Dfn: true, atom.Em: true, atom.Font: true, atom.I: true, atom.Img: true, atom.Ins: true, atom.Kbd: true,
	atom.Label: true, atom.Mark: true, atom.Q: true, atom.S: true, atom.Samp: true, atom.Small: true, atom.Span: true,
	atom.Strong: true, atom.Sub: true, atom.Sup: true, atom.Time: true, atom.Tt: true, atom.U: true, atom.Var: true, atom.Wbr: true,
}

var headings = map[atom.Atom]int{atom.H1: 1, atom.H2: 2, atom.H3: 3, atom.H4: 4, atom.H5: 5, atom.H6: 6}

// nothing is the searched text of lines that show nothing: not empty, for then the
// lines themselves would be searched.
const nothing = " "

// page reads a page from its beginning to its end, without building a tree: only
// so can every piece of text be traced to its line.
type page struct {
	doc   *lines
	lower []byte // the source in lower case, to look for end tags
	at    int    // offset of the token

	marks []mark
	run   strings.Builder // visible text of the block under way
	begun int             // line of its first text; 0 when there is none yet
	level int             // of the heading under way
	pre   int             // depth of pre

	within  atom.Atom // the hidden element under way
	depth   int       // how often it is nested in itself
	inTitle bool
	title   string
	first   string // heading
}

func parseHTML(doc *lines) (string, []mark) {
	p := &page{doc: doc, lower: lowerASCII(doc.src), marks: []mark{{line: 1, text: nothing}}}
	tokens := nethtml.NewTokenizer(bytes.NewReader(doc.src))
	for {
		kind := tokens.Next()
		size := len(tokens.Raw()) // before anything else: reading attributes consumes it
		if kind == nethtml.ErrorToken {
			break // the end: a reader over bytes has no other error
		}
		p.token(tokens.Token())
		p.at += size
	}
	p.flush()
	if p.title == "" {
		p.title = p.first
	}
	return p.title, p.marks
}

func (p *page) token(t nethtml.Token) {
	if p.within != 0 {
		p.hiddenToken(t)
		return
	}
	switch t.Type { //nolint:exhaustive // the others show nothing
	case nethtml.TextToken:
		p.text(t.Data)
	case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
		p.open(t)
	case nethtml.EndTagToken:
		p.end(t.DataAtom)
	case nethtml.CommentToken:
		if strings.Contains(t.Data, "\n") {
			p.hide()
		}
	}
}

func (p *page) hiddenToken(t nethtml.Token) {
	if t.DataAtom != p.within {
		return
	}
	if t.Type == nethtml.StartTagToken {
		p.depth++
	}
	if t.Type == nethtml.EndTagToken {
		if p.depth--; p.depth == 0 {
			p.within = 0
		}
	}
}

func (p *page) open(t nethtml.Token) {
	if hidden[t.DataAtom] && t.Type == nethtml.StartTagToken && p.closes(t.Data) {
		p.hide()
		p.within, p.depth = t.DataAtom, 1
		return
	}
	switch {
	case t.DataAtom == atom.Title:
		p.flush()
		p.inTitle = t.Type == nethtml.StartTagToken
	case t.DataAtom == atom.Img:
		for _, a := range t.Attr {
			if a.Key == "alt" {
				p.text(" " + a.Val + " ")
			}
		}
	case t.DataAtom == atom.Br:
		p.run.WriteByte('\n')
	case headings[t.DataAtom] > 0:
		p.flush()
		p.level = headings[t.DataAtom]
	case t.DataAtom == atom.Pre:
		p.flush()
		p.pre++
	case t.DataAtom == atom.Td || t.DataAtom == atom.Th:
		p.run.WriteByte(' ') // the cells of a row are one block
	case !inline[t.DataAtom]:
		p.flush()
	}
}

func (p *page) end(a atom.Atom) {
	switch {
	case a == atom.Title:
		if p.inTitle && p.title == "" {
			p.title = shown(p.run.String())
		}
		p.flush()
		p.inTitle = false
	case a == atom.Pre:
		p.flush()
		p.pre = max(0, p.pre-1)
	case a == atom.Td || a == atom.Th:
		p.run.WriteByte(' ')
	case !inline[a]:
		p.flush()
	}
}

func (p *page) text(data string) {
	if p.begun == 0 {
		visible := strings.TrimLeft(data, " \t\r\n\f")
		if visible == "" {
			return
		}
		// Entities make text and source differ in length, but not before the
		// first character that is not white space.
		p.begun = p.doc.at(min(p.at+len(data)-len(visible), len(p.doc.src)))
	}
	p.run.WriteString(data)
}

// flush ends the block under way.
func (p *page) flush() {
	raw := p.run.String()
	p.run.Reset()
	begun, level := p.begun, p.level
	p.begun, p.level = 0, 0
	if begun == 0 {
		return
	}
	m := mark{line: begun, level: level, text: tidy(raw, p.pre > 0), atomic: p.pre > 0}
	if m.text == "" {
		m.text = nothing
	}
	if level > 0 {
		m.heading = shown(raw)
		if p.first == "" {
			p.first = m.heading
		}
	}
	p.marks = append(p.marks, m)
}

// hide begins a run of lines that show nothing.
func (p *page) hide() {
	p.flush()
	p.marks = append(p.marks, mark{line: p.doc.at(p.at), text: nothing})
}

// closes tells whether an end tag follows: without one, the rest of the page would
// be lost.
func (p *page) closes(name string) bool {
	return bytes.Contains(p.lower[min(p.at, len(p.lower)):], []byte("</"+name))
}

func tidy(raw string, pre bool) string {
	if pre {
		return strings.Trim(raw, "\r\n")
	}
	return strings.Join(strings.Fields(raw), " ")
}

func lowerASCII(src []byte) []byte {
	out := bytes.Clone(src)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return out
}
