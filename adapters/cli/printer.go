package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// printer writes for people. What comes from stores is cleaned of control
// characters: a document must not be able to steer the terminal.
type printer struct {
	w        io.Writer
	terminal bool
	colour   bool
	width    int   // columns of the terminal, 0 when it is none
	failed   error // the first write that failed
}

func newPrinter(w io.Writer) *printer {
	p := &printer{w: w}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return p
	}
	p.terminal = true
	p.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		p.width = width
	}
	return p
}

func (p *printer) write(text string) {
	if _, err := io.WriteString(p.w, text); err != nil && p.failed == nil {
		p.failed = fmt.Errorf("write the result: %w", err)
	}
}

// line writes one line, or several when the text holds them.
func (p *printer) line(format string, args ...any) {
	p.write(clean(fmt.Sprintf(format, args...), p.colour) + "\n")
}

// raw writes text of the program's own as it is.
func (p *printer) raw(text string) { p.write(text) }

// cut shortens a line of stored text that would not fit on the terminal after what
// takes used columns.
func (p *printer) cut(line string, used int) string {
	if p.width <= used {
		return line
	}
	return runewidth.Truncate(strings.ReplaceAll(line, "\t", "    "), p.width-used, "…")
}

// table writes rows: aligned below a header on a terminal; elsewhere separated by
// tabs, without the header, one row a line.
func (p *printer) table(header []string, rows [][]string) {
	if !p.terminal {
		for _, row := range rows {
			cells := make([]string, len(row))
			for i, c := range row {
				cells[i] = oneLine(c)
			}
			p.write(strings.Join(cells, "\t") + "\n")
		}
		return
	}
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, c := range row {
			widths[i] = max(widths[i], runewidth.StringWidth(oneLine(c)))
		}
	}
	// The last column takes what is left of the line.
	used := 0
	for _, w := range widths[:len(widths)-1] {
		used += w + 2
	}
	room := p.width - used
	if p.width == 0 {
		room = 1 << 20
	}
	room = max(room, 20) // rather a line that wraps than a column that says nothing
	row := func(cells []string, style func(string) string) {
		var b strings.Builder
		for i, c := range cells {
			c = oneLine(c)
			if i == len(cells)-1 {
				b.WriteString(style(runewidth.Truncate(c, room, "…")))
				continue
			}
			b.WriteString(style(c) + strings.Repeat(" ", widths[i]-runewidth.StringWidth(c)+2))
		}
		p.write(strings.TrimRight(b.String(), " ") + "\n")
	}
	row(header, p.bold)
	for _, cells := range rows {
		row(cells, func(s string) string { return s })
	}
}

// fields writes names and values, one pair a line.
func (p *printer) fields(pairs ...[2]string) {
	width := 0
	for _, pair := range pairs {
		width = max(width, len(pair[0]))
	}
	for _, pair := range pairs {
		if pair[1] != "" {
			p.line("%s%s  %s", p.dim(pair[0]), strings.Repeat(" ", width-len(pair[0])), pair[1])
		}
	}
}

func (p *printer) bold(s string) string   { return p.style("1", s) }
func (p *printer) dim(s string) string    { return p.style("2", s) }
func (p *printer) red(s string) string    { return p.style("31", s) }
func (p *printer) yellow(s string) string { return p.style("33", s) }
func (p *printer) green(s string) string  { return p.style("32", s) }
func (p *printer) cyan(s string) string   { return p.style("36", s) }

func (p *printer) style(code, s string) string {
	if !p.colour || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + clean(s, false) + "\x1b[0m"
}

// clean replaces control characters; ownStyles lets the sequences through that
// style writes, and only those.
func clean(s string, ownStyles bool) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '\x1b' && ownStyles && isStyle(s[i:]):
			b.WriteRune(r)
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r):
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isStyle(s string) bool {
	for _, code := range []string{"0", "1", "2", "31", "32", "33", "36"} {
		if strings.HasPrefix(s, "\x1b["+code+"m") {
			return true
		}
	}
	return false
}

// oneLine makes a cell of a table of any text.
func oneLine(s string) string {
	return clean(strings.Join(strings.Fields(s), " "), false)
}

// counted renders a number of things: 1 fault, 2 faults.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
