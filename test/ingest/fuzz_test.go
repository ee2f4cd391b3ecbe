package ingest_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/ports/porttest"
)

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"", "# a\n\ntext\n\n## b\n\n```\ncode\n\n```\n", "- a\n  - b\n\n1. c\n", "> a\n>> b\n", "| a |\n|---|\n| b |\n", "a\n===\nb\n---\n",
		"---\ntitle: x\n---\n# y\r\n\r\nz", "\ufeff# a", "<div>\n\n</div>\n", "[a]: b\n\n[a]\n", "\tcode\n\n\tmore\n", "***\n+ a\n\n\n+ b\n",
		strings.Repeat("word. ", 300), strings.Repeat("x", 3000), strings.Repeat("語", 3000), "a\x0b\n\u2028\n\u00a0\nb", "-\n-\n\n-\n  a\n",
		"#\n##\n# #\n", "```\n", "~~~ a\n# b", "* * *\n- - -\n", "a\n|-\n", "x\n-:\n-", "\\\n# a\\\n",
	} {
		f.Add([]byte(seed), "a.md", uint16(200))
	}
	fuzz(f)
}

func FuzzOtherFormats(f *testing.F) {
	for _, seed := range []string{
		"<h1>a</h1><p>b", "<script>\nx\n</script>\n<p>y", "<title>a</title>\n<nav>b</nav>\n\n<pre>\n c\n</pre>", "<!--\n\n-->\nx", "<p>&amp;&#x20;x",
		"package a\n\nfunc b() {\n\n}\n", "a\n\n\nb", "<a <b>>\n</i>", "<textarea>\n<p>\n</textarea>", "<p>\r\n\r\nx\ry",
	} {
		for _, name := range []string{"a.html", "a.go", "a.txt"} {
			f.Add([]byte(seed), name, uint16(100))
		}
	}
	fuzz(f)
}

func fuzz(f *testing.F) {
	parser := parse.New()
	f.Fuzz(func(t *testing.T, content []byte, name string, size uint16) {
		if !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
			t.Skip("is not ingested")
		}
		title, blocks := parser.Parse(name, content)
		require.True(t, utf8.ValidString(title))
		porttest.RequireCover(t, content, blocks)
		limit := 50 + int(size)%2000
		key := domain.DocumentKey{Project: "p", Root: "r", Path: name}
		requireChunks(t, content, blocks, ingest.Chunks(key, content, blocks, ingest.Chunking{Max: limit}), limit)
	})
}

// requireChunks checks what Chunks promises.
func requireChunks(t *testing.T, content []byte, blocks []domain.Block, chunks []domain.Chunk, limit int) {
	t.Helper()
	lines := bytes.SplitAfter(content, []byte("\n"))
	starts := []int{0}
	for _, line := range lines {
		starts = append(starts, starts[len(starts)-1]+len(line))
	}
	covered := make([]bool, len(content))
	ids := map[string]bool{}
	from := 0
	for i, c := range chunks {
		require.Equal(t, i, c.Seq)
		require.False(t, ids[c.ID], "id twice")
		ids[c.ID] = true
		require.LessOrEqual(t, utf8.RuneCountInString(c.Content), limit)
		require.True(t, utf8.ValidString(c.Content) && utf8.ValidString(c.Text) && utf8.ValidString(c.Heading))
		at := bytes.Index(content[max(from, starts[c.StartLine-1]):], []byte(c.Content))
		require.GreaterOrEqual(t, at, 0, "chunk %d is no slice of the document after the one before it", i)
		at += max(from, starts[c.StartLine-1])
		end := at + len(c.Content)
		require.Less(t, at, starts[c.StartLine], "it begins on another line")
		require.True(t, end > starts[c.EndLine-1] && end <= starts[c.EndLine], "it ends on another line")
		for n := at; n < end; n++ {
			covered[n] = true
		}
		from = end
	}
	for _, b := range blocks {
		if b.Text != "" && strings.TrimSpace(b.Text) == "" {
			continue // nothing to search
		}
		for at := starts[b.StartLine-1]; at < starts[b.EndLine]; {
			r, size := utf8.DecodeRune(content[at:])
			if !covered[at] && !strings.ContainsRune(" \t\r\n\v\f\u0085\u00a0", r) && len(bytes.TrimSpace(content[at:at+size])) > 0 && r != '\ufeff' {
				require.Fail(t, "not in any chunk", "byte %d: %q", at, content[at:min(len(content), at+40)])
			}
			at += size
		}
	}
}
