package porttest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// parserSamples are texts in which a parser may lose count of its lines.
var parserSamples = map[string]string{
	"empty":             "",
	"blank lines only":  "\n \n\t\n\r\n",
	"one line":          "a single line without an end",
	"paragraphs":        "one\ntwo\n\nthree\n\n\n\nfour\n",
	"headings":          "# One\ntext\n## Two\n\ntext\n# Three\n",
	"setext":            "One\n===\n\ntext\n\nTwo\n---\ntext\n",
	"carriage returns":  "# One\r\n\r\ntext\r\nmore\r\n\r\n- a\r\n- b\r\n",
	"byte order mark":   "\ufeff# One\n\ntext\n",
	"front matter":      "---\ntitle: One\n---\n\n# Two\n\ntext\n",
	"front matter only": "---\ntitle: One\n---\n",
	"open front matter": "---\ntitle: One\n\n# Two\n",
	"fence":             "text\n\n```go\n# not a heading\n\nmore\n```\n\nafter\n",
	"open fence":        "text\n\n```\n# not a heading\n\n",
	"empty fence":       "text\n\n```\n```\n\nafter\n",
	"nested lists":      "- a\n  - b\n\n    c\n  - d\n- e\n\n  ```\n  f\n\n  g\n  ```\n1. h\n",
	"empty items":       "-\n- a\n-\n\n*\n",
	"quotes":            "> a\n> # b\n>\n> - c\n\nd\n> e\nf\n",
	"table":             "| a | b |\n|---|---|\n| 1 | 2 |\n\nafter\n",
	"html block":        "<div>\n\ntext\n\n</div>\n<!-- a\n\nb -->\nafter\n",
	"references":        "[a]: http://example.com\n[b]: http://example.com 'b'\n\ntext [a]\n\n[c]: x\n",
	"indented code":     "text\n\n    code\n\n    more\n\ntext\n",
	"thematic breaks":   "***\n\ntext\n\n---\n___\n",
	"page":              "<!doctype html>\n<html><head><title>One</title>\n<script>\nif (a < b) {}\n</script></head>\n<body>\n<h1>Two</h1><p>text\nmore</p>\n\n<pre>\n\n x\n</pre></body>\n</html>\n",
	"broken page":       "<p <b>text\n</i></div><h1>x\n<!-- never closed\n\ny",
	"source":            "package a\n\nimport \"b\"\n\nfunc c() {\n\n\td()\n}\n\n// e\nfunc f() {}\n",
	"separators":        "one\u2028two\u0085three\vfour\ffive\rsix\nseven\n",
	"nulls and others":  "a\x00b\n\x01\n\u00a0\n\u200b\n",
	"long line":         strings.Repeat("word ", 5000) + "\nafter\n",
	"deep quotes":       strings.Repeat(">", 200) + " deep\n" + strings.Repeat("- ", 100) + "deep\n",
}

// TestParser checks the contract of a parser: whatever it is given, its blocks
// cover the text.
func TestParser(t *testing.T, open func(t *testing.T) ports.Parser) {
	parser := open(t)
	for _, file := range []string{"a.md", "a.html", "a.txt", "a.go", "a.py", "Makefile", "a.unknown"} {
		for name, text := range parserSamples {
			t.Run(file+"/"+name, func(t *testing.T) {
				title, blocks := parser.Parse(file, []byte(text))
				RequireCover(t, []byte(text), blocks)
				assert.Equal(t, strings.TrimSpace(title), title)
				again, same := parser.Parse(file, []byte(text))
				assert.Equal(t, title, again)
				assert.Equal(t, blocks, same)
			})
		}
	}
	t.Run("headings become the title and the path", func(t *testing.T) {
		title, blocks := parser.Parse("a.md", []byte("# One\n\ntext\n"))
		assert.Equal(t, "One", title)
		require.Len(t, blocks, 2)
		assert.Equal(t, domain.Block{StartLine: 1, EndLine: 1, Heading: "One", Level: 1}, blocks[0])
		assert.Equal(t, domain.Block{StartLine: 3, EndLine: 3, Heading: "One"}, blocks[1])
	})
}

// RequireCover checks that blocks lie in order, within the text and apart from
// each other, and that every line outside of them is blank.
func RequireCover(t testing.TB, content []byte, blocks []domain.Block) {
	t.Helper()
	lines := bytes.Split(bytes.TrimPrefix(content, []byte("\ufeff")), []byte("\n"))
	last := 0
	blank := func(from, to int) {
		for n := from; n <= to; n++ {
			require.Empty(t, bytes.TrimSpace(lines[n-1]), "line %d is in no block", n)
		}
	}
	for _, b := range blocks {
		require.Greater(t, b.StartLine, last, "blocks overlap or are out of order: %+v", b)
		require.GreaterOrEqual(t, b.EndLine, b.StartLine)
		require.LessOrEqual(t, b.EndLine, len(lines))
		require.True(t, b.Level >= 0 && b.Level <= 6)
		blank(last+1, b.StartLine-1)
		last = b.EndLine
	}
	blank(last+1, len(lines))
}
