package parse_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestParser(t *testing.T) {
	porttest.TestParser(t, func(*testing.T) ports.Parser { return parse.New() })
}

func TestMarkdown(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		title string
		want  []domain.Block
	}{
		"headings of both forms, with markup": {
			"Intro\n\n# One `two` *three* [four](http://x) &amp; \\#5 #\ntext\n\nTwo\nlines\n---\n\n### Deep\ntext\n# Other\n",
			"One two three four & #5",
			[]domain.Block{
				{StartLine: 1, EndLine: 1},
				{StartLine: 3, EndLine: 3, Heading: "One two three four & #5", Level: 1},
				{StartLine: 4, EndLine: 4, Heading: "One two three four & #5"},
				{StartLine: 6, EndLine: 8, Heading: "One two three four & #5 > Two lines", Level: 2},
				{StartLine: 10, EndLine: 10, Heading: "One two three four & #5 > Two lines > Deep", Level: 3},
				{StartLine: 11, EndLine: 11, Heading: "One two three four & #5 > Two lines > Deep"},
				{StartLine: 12, EndLine: 12, Heading: "Other", Level: 1},
			},
		},
		"code and tables are atomic": {
			"text\n```go\n# no heading\n\nmore\n```\ntext\n\n    indented\n\n    code\n\nbefore\n| a | b |\n|---|---|\n| 1 | 2 |\n\nafter\n~~~\nopen\n",
			"",
			[]domain.Block{
				{StartLine: 1, EndLine: 1},
				{StartLine: 2, EndLine: 6, Atomic: true},
				{StartLine: 7, EndLine: 7},
				{StartLine: 9, EndLine: 11, Atomic: true},
				{StartLine: 13, EndLine: 13},
				{StartLine: 14, EndLine: 16, Atomic: true},
				{StartLine: 18, EndLine: 18},
				{StartLine: 19, EndLine: 20, Atomic: true},
			},
		},
		"items and quoted blocks, one by one": {
			"- a\n  - b\n\n  # no heading of the document\n- c\n\n1. d\n\n> e\n> f\n>\n> - g\n\n<div>\n<b>h</b>\n</div>\n",
			"",
			[]domain.Block{
				{StartLine: 1, EndLine: 4},
				{StartLine: 5, EndLine: 5},
				{StartLine: 7, EndLine: 7},
				{StartLine: 9, EndLine: 11},
				{StartLine: 12, EndLine: 12},
				{StartLine: 14, EndLine: 16},
			},
		},
		"front matter": {
			"---\ntitle: 'The  title'\ntags: [a, b]\n---\n# Heading\ntext\n",
			"The title",
			[]domain.Block{
				{StartLine: 1, EndLine: 4, Atomic: true},
				{StartLine: 5, EndLine: 5, Heading: "Heading", Level: 1},
				{StartLine: 6, EndLine: 6, Heading: "Heading"},
			},
		},
		"dashes that are none": {
			"---\njust text\n---\n",
			"just text",
			[]domain.Block{{StartLine: 1, EndLine: 1}, {StartLine: 2, EndLine: 3, Heading: "just text", Level: 2}},
		},
		"the first heading where there is none of level one": {
			"## Two\n\n### Three\n", "Two",
			[]domain.Block{
				{StartLine: 1, EndLine: 1, Heading: "Two", Level: 2}, {StartLine: 3, EndLine: 3, Heading: "Two > Three", Level: 3},
			},
		},
		"carriage returns and a byte order mark": {
			"\ufeff# One\r\n\r\ntext\r\nmore\r\n\r\n```\r\ncode\r\n```\r\n", "One",
			[]domain.Block{
				{StartLine: 1, EndLine: 1, Heading: "One", Level: 1},
				{StartLine: 3, EndLine: 4, Heading: "One"},
				{StartLine: 6, EndLine: 8, Heading: "One", Atomic: true},
			},
		},
		"only references": {
			"[a]: http://x\n[b]: http://y\n", "", []domain.Block{{StartLine: 1, EndLine: 2}},
		},
		"an empty heading": {
			"#\n\ntext\n", "", []domain.Block{{StartLine: 1, EndLine: 1, Level: 1}, {StartLine: 3, EndLine: 3}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			title, blocks := parse.New().Parse("docs/a.MD", []byte(test.text))
			assert.Equal(t, test.title, title)
			assert.Equal(t, test.want, blocks)
			porttest.RequireCover(t, []byte(test.text), blocks)
		})
	}
}

func TestHTML(t *testing.T) {
	page := strings.Join([]string{
		`<!doctype html>`, // 1
		`<html><head><title>The &amp; title</title>`,
		`<style>p { color: red }`,
		`</style>`,
		`</head><body>`, // 5
		`<nav><a href="/">Home</a>`,
		`<a href="/x">X</a></nav>`,
		`<h1>One <em>two</em></h1>`,
		`<p>First &lt;paragraph&gt;`,
		`goes <b>o</b>n.</p><p>Second.</p>`, // 10
		`<script>`,
		`if (a < b) { alert("<p>no</p>") }`,
		`</script>`,
		`<h2>Deep</h2>`,
		`<ul><li>item one`, // 15
		`<li>item two</ul>`,
		`<pre>`,
		`code  here`,
		``,
		`  more`, // 20
		`</pre>`,
		`<table><tr><td>a</td><td>b</td></tr></table>`,
		`<img src="x.png" alt="a picture">`,
		`<!-- one`,
		`two -->`, // 25
		`last`,
		`</body></html>`,
	}, "\n")
	title, blocks := parse.New().Parse("a.html", []byte(page))
	assert.Equal(t, "The & title", title)
	porttest.RequireCover(t, []byte(page), blocks)
	type seen struct {
		start, end int
		heading    string
		text       string
	}
	var got []seen
	for _, b := range blocks {
		got = append(got, seen{b.StartLine, b.EndLine, b.Heading, b.Text})
	}
	assert.Equal(t, []seen{
		{1, 1, "", " "},
		{2, 2, "", "The & title"},
		{3, 5, "", " "},
		{6, 7, "", " "},
		{8, 8, "One two", "One two"},
		{9, 9, "One two", "First <paragraph> goes on."},
		{10, 10, "One two", "Second."},
		{11, 13, "One two", " "},
		{14, 14, "One two > Deep", "Deep"},
		{15, 15, "One two > Deep", "item one"},
		{16, 17, "One two > Deep", "item two"},
		{18, 21, "One two > Deep", "code  here\n\n  more"},
		{22, 22, "One two > Deep", "a b"},
		{23, 23, "One two > Deep", "a picture"},
		{24, 25, "One two > Deep", " "},
		{26, 27, "One two > Deep", "last"},
	}, got)
}

func TestHTMLThatIsBroken(t *testing.T) {
	title, blocks := parse.New().Parse("a.htm", []byte("<nav>menu never closed\n<h1>Title</h1>\n<p>text < more</p><script>x"))
	assert.Equal(t, "Title", title)
	var all strings.Builder
	for _, b := range blocks {
		all.WriteString(b.Text + "\n")
	}
	assert.Contains(t, all.String(), "menu never closed")
	assert.Contains(t, all.String(), "text < more")
}

func TestHTMLInOneLine(t *testing.T) {
	_, blocks := parse.New().Parse("a.html", []byte("<h1>One</h1><p>two</p><script>no</script><p>three</p>"))
	assert.Equal(t, []domain.Block{{StartLine: 1, EndLine: 1, Heading: "One", Level: 1, Text: "One\ntwo\nthree"}}, blocks)
}

func TestSourceAndPlainText(t *testing.T) {
	code := "package a\n\nimport \"b\"\n\n// c does.\nfunc c() {\n\tif d {\n\n\t\te()\n\t}\n\n}\n\nfunc f() {}\n"
	_, blocks := parse.New().Parse("a.go", []byte(code))
	assert.Equal(t, []domain.Block{
		{StartLine: 1, EndLine: 1}, {StartLine: 3, EndLine: 3}, {StartLine: 5, EndLine: 12}, {StartLine: 14, EndLine: 14},
	}, blocks)
	_, blocks = parse.New().Parse("a.txt", []byte(code))
	assert.Equal(t, []domain.Block{
		{StartLine: 1, EndLine: 1},
		{StartLine: 3, EndLine: 3},
		{StartLine: 5, EndLine: 7},
		{StartLine: 9, EndLine: 10},
		{StartLine: 12, EndLine: 12},
		{StartLine: 14, EndLine: 14},
	}, blocks)
}
