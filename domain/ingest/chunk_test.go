package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ingest"
)

var key = domain.DocumentKey{Project: "p", Root: "r", Path: "a.md"}

func contents(chunks []domain.Chunk) []string {
	var out []string
	for _, c := range chunks {
		out = append(out, c.Content)
	}
	return out
}

func TestChunks(t *testing.T) {
	block := func(start, end int, heading string) domain.Block {
		return domain.Block{StartLine: start, EndLine: end, Heading: heading}
	}
	head := func(line, level int, heading string) domain.Block {
		return domain.Block{StartLine: line, EndLine: line, Heading: heading, Level: level}
	}
	for name, test := range map[string]struct {
		text   string
		blocks []domain.Block
		config ingest.Chunking
		want   []domain.Chunk
	}{
		"nothing": {"\n\n", nil, ingest.Chunking{}, nil},
		"what fits is one chunk, verbatim": {
			"one\r\n\r\n two  \r\n",
			[]domain.Block{block(1, 1, ""), block(3, 3, "")},
			ingest.Chunking{},
			[]domain.Chunk{{StartLine: 1, EndLine: 3, Content: "one\r\n\r\n two  "}},
		},
		"a heading begins a chunk": {
			"# A\naaaaaaaaaa\n# B\nbbbbbbbbbb\n",
			[]domain.Block{head(1, 1, "A"), block(2, 2, "A"), head(3, 1, "B"), block(4, 4, "B")},
			ingest.Chunking{},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 2, Heading: "A", Content: "# A\naaaaaaaaaa"},
				{StartLine: 3, EndLine: 4, Heading: "B", Content: "# B\nbbbbbbbbbb"},
			},
		},
		"tiny sections under one heading are packed": {
			"# A\n## B\nb\n## C\nc\n# D\n",
			[]domain.Block{head(1, 1, "A"), head(2, 2, "A > B"), block(3, 3, "A > B"), head(4, 2, "A > C"), block(5, 5, "A > C"), head(6, 1, "D")},
			ingest.Chunking{},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 5, Heading: "A", Content: "# A\n## B\nb\n## C\nc"},
				{StartLine: 6, EndLine: 6, Heading: "D", Content: "# D"},
			},
		},
		"large sections are not": {
			"# A\n## B\n" + strings.Repeat("b", 20) + "\n## C\n" + strings.Repeat("c", 20) + "\n",
			[]domain.Block{head(1, 1, "A"), head(2, 2, "A > B"), block(3, 3, "A > B"), head(4, 2, "A > C"), block(5, 5, "A > C")},
			ingest.Chunking{Max: 100, Tiny: 20},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 3, Heading: "A", Content: "# A\n## B\n" + strings.Repeat("b", 20)},
				{StartLine: 4, EndLine: 5, Heading: "A > C", Content: "## C\n" + strings.Repeat("c", 20)},
			},
		},
		"no heading is left behind": {
			"aaaaaaaaaa\n## B\nbbbbbbbbbb\n",
			[]domain.Block{block(1, 1, "A"), head(2, 2, "A > B"), block(3, 3, "A > B")},
			ingest.Chunking{Max: 20, Tiny: 100},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 1, Heading: "A", Content: "aaaaaaaaaa"},
				{StartLine: 2, EndLine: 3, Heading: "A > B", Content: "## B\nbbbbbbbbbb"},
			},
		},
		"code is not split where it fits": {
			"aaaa\n```\nb\n\nc\n```\n",
			[]domain.Block{block(1, 1, ""), {StartLine: 2, EndLine: 6, Atomic: true}},
			ingest.Chunking{Max: 14},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 1, Content: "aaaa"}, {StartLine: 2, EndLine: 6, Content: "```\nb\n\nc\n```"},
			},
		},
		"a large block is cut at line ends, at a blank line if there is one": {
			"one\ntwo\n\nthree\nfour\n",
			[]domain.Block{block(1, 5, "")},
			ingest.Chunking{Max: 14, Fill: 50},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 2, Content: "one\ntwo"}, {StartLine: 4, EndLine: 5, Content: "three\nfour"},
			},
		},
		"a long line is cut after sentences": {
			"x\nOne is here. Two is here! Three is here? Yes.\n",
			[]domain.Block{block(1, 2, "")},
			ingest.Chunking{Max: 20, Fill: 30},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 2, Content: "x\nOne is here."},
				{StartLine: 2, EndLine: 2, Content: "Two is here!"},
				{StartLine: 2, EndLine: 2, Content: "Three is here? Yes."},
			},
		},
		"a long sentence between words, a long word anywhere": {
			"aaa bbb ccc " + strings.Repeat("ü", 12),
			[]domain.Block{block(1, 1, "")},
			ingest.Chunking{Max: 10},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 1, Content: "aaa bbb"},
				{StartLine: 1, EndLine: 1, Content: "ccc " + strings.Repeat("ü", 6)},
				{StartLine: 1, EndLine: 1, Content: strings.Repeat("ü", 6)},
			},
		},
		"lines that show nothing are left out where they are many": {
			"<p>a\n" + strings.Repeat("x", 30) + "\n<p>b\n",
			[]domain.Block{{StartLine: 1, EndLine: 1, Text: "a"}, {StartLine: 2, EndLine: 2, Text: " "}, {StartLine: 3, EndLine: 3, Text: "b"}},
			ingest.Chunking{Max: 100},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 1, Content: "<p>a", Text: "a"}, {StartLine: 3, EndLine: 3, Content: "<p>b", Text: "b"},
			},
		},
		"and taken along where they are few": {
			"<p>a\n<br>\n<p>b\n<br>\n",
			[]domain.Block{{StartLine: 1, EndLine: 1, Text: "a"}, {StartLine: 2, EndLine: 2, Text: " "}, {StartLine: 3, EndLine: 3, Text: "b"}, {StartLine: 4, EndLine: 4, Text: " "}},
			ingest.Chunking{Max: 100},
			[]domain.Chunk{{StartLine: 1, EndLine: 3, Content: "<p>a\n<br>\n<p>b", Text: "a\nb"}},
		},
		"the text of a large block goes with its pieces": {
			"<p>aaa\nbbb\nccc</p>\n",
			[]domain.Block{{StartLine: 1, EndLine: 3, Text: "aaa bbb ccc"}},
			ingest.Chunking{Max: 11},
			[]domain.Chunk{
				{StartLine: 1, EndLine: 2, Content: "<p>aaa\nbbb", Text: "aaa bbb"}, {StartLine: 3, EndLine: 3, Content: "ccc</p>", Text: " ccc"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := ingest.Chunks(key, []byte(test.text), test.blocks, test.config)
			for i := range got {
				assert.Equal(t, i, got[i].Seq)
				assert.Len(t, got[i].ID, 32)
				got[i].ID, got[i].Seq = "", 0
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestChunkIDsAreStable(t *testing.T) {
	text := "same\n\nother\n\nsame\n"
	blocks := []domain.Block{{StartLine: 1, EndLine: 1}, {StartLine: 3, EndLine: 3}, {StartLine: 5, EndLine: 5}}
	before := ingest.Chunks(key, []byte(text), blocks, ingest.Chunking{Max: 6})
	assert.Equal(t, []string{"same", "other", "same"}, contents(before))
	assert.NotEqual(t, before[0].ID, before[2].ID)
	assert.Equal(t, domain.ChunkID(key, "same", 1), before[2].ID)

	blocks = append([]domain.Block{{StartLine: 1, EndLine: 1}}, domain.Block{StartLine: 2, EndLine: 2}, domain.Block{StartLine: 4, EndLine: 4}, domain.Block{StartLine: 6, EndLine: 6})
	after := ingest.Chunks(key, []byte("before\n"+text), blocks, ingest.Chunking{Max: 6})
	assert.Equal(t, before[0].ID, after[1].ID, "a line added above changes no id")
	assert.Equal(t, before[2].ID, after[3].ID)
}
