package retrieval

import (
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// plot is a picture of bars on a logarithmic scale, a group for each number of
// chunks, from least to most.
type plot struct {
	title string
	least float64
	most  float64
	value func(measured) float64
	mark  func(measured) float64 // a second value, drawn as a line; may be nil
	label func(measured) string
}

var plots = map[string]plot{
	"search-latency.svg": {
		title: "Milliseconds a question, one client: p50 (bar) and p95 (line)", least: 0.05, most: 500,
		value: func(m measured) float64 { return m.P50 }, mark: func(m measured) float64 { return m.P95 },
		label: func(m measured) string { return fmt.Sprintf("%.2f / %.2f", m.P50, m.P95) },
	},
	"search-ingest.svg": {
		title: "Chunks taken in a second", least: 100, most: 1_000_000,
		value: func(m measured) float64 { return m.Ingest },
		label: func(m measured) string { return fmt.Sprintf("%.0f", m.Ingest) },
	},
}

// draw writes the pictures into the folder.
func draw(folder string, all []measured) error {
	for name, p := range plots {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(p.svg(all)), 0o644); err != nil { //nolint:gosec // a picture for everybody
			return err
		}
	}
	return nil
}

var colours = []string{"#0b6e4f", "#c84630", "#5b7db1", "#d9a441", "#8a6fa8"}

func (p plot) svg(all []measured) string {
	const left, wide, row, top = 250, 470, 20, 50
	var b strings.Builder
	at := func(v float64) float64 {
		v = min(max(v, p.least), p.most)
		return left + wide*math.Log(v/p.least)/math.Log(p.most/p.least)
	}
	y := top
	var sizes []int
	for _, m := range all {
		if !slices.Contains(sizes, m.Chunks) {
			sizes = append(sizes, m.Chunks)
		}
	}
	slices.Sort(sizes)
	for _, size := range sizes {
		fmt.Fprintf(&b, `<text x="8" y="%d" font-weight="bold">%d chunks</text>`+"\n", y+14, size)
		y += row
		for i, s := range subjects {
			for _, m := range all {
				if m.Name != s.name || m.Chunks != size {
					continue
				}
				end := at(p.value(m))
				fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, left-8, y+14, html.EscapeString(m.Name))
				fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="14" fill="%s"/>`, left, y+3, end-left, colours[i%len(colours)])
				if p.mark != nil {
					mark := at(p.mark(m))
					fmt.Fprintf(&b, `<path d="M%.1f %dH%.1fM%.1f %dv8" stroke="#333"/>`, end, y+10, mark, mark, y+6)
					end = max(end, mark)
				}
				fmt.Fprintf(&b, `<text x="%.1f" y="%d" fill="#333">%s</text>`+"\n", end+6, y+14, p.label(m))
				y += row
			}
		}
		y += 8
	}
	var grid strings.Builder
	for v := math.Pow(10, math.Ceil(math.Log10(p.least))); v <= p.most; v *= 10 {
		fmt.Fprintf(&grid, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle" fill="#777">%g</text>`+"\n",
			at(v), top-6, y, at(v), top-10, v)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="840" height="%d" font-family="sans-serif" font-size="12">`+"\n"+
		`<rect width="100%%" height="100%%" fill="#fff"/><text x="8" y="20" font-size="15">%s</text>`+"\n%s%s</svg>\n", y+8, html.EscapeString(p.title), grid.String(), b.String())
}
