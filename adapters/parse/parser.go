// Package parse cuts the text of documents into blocks: Markdown with goldmark,
// HTML with the tokenizer of golang.org/x/net, everything else by its blank lines.
package parse

import (
	"bytes"
	"path"
	"strings"

	"github.com/yuin/goldmark/parser"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Parser chooses how to read a document by the extension of its name. What it does
// not know it takes for plain text.
type Parser struct {
	markdown parser.Parser // blocks only
	inline   parser.Parser // for the text of headings
}

var _ ports.Parser = (*Parser)(nil)

// New returns a parser.
func New() *Parser {
	return &Parser{markdown: blockParser(), inline: inlineParser()}
}

type format int

const (
	plain format = iota
	markdown
	html
	source
)

// formats holds the extensions that are not plain text. Source code of a language
// that is missing here is still found; only its blocks end at every blank line.
var formats = map[string]format{
	"md": markdown, "markdown": markdown, "mdown": markdown, "mkd": markdown, "mkdn": markdown, "mdx": markdown, "qmd": markdown, "rmd": markdown,
	"html": html, "htm": html, "xhtml": html,
	"go": source, "c": source, "h": source, "cc": source, "cpp": source, "cxx": source, "hpp": source, "hh": source, "m": source, "mm": source,
	"cs": source, "java": source, "kt": source, "kts": source, "scala": source, "groovy": source, "gradle": source, "clj": source, "cljs": source,
	"py": source, "pyi": source, "rb": source, "php": source, "pl": source, "pm": source, "lua": source, "r": source, "jl": source,
	"js": source, "mjs": source, "cjs": source, "jsx": source, "ts": source, "tsx": source, "mts": source, "vue": source, "svelte": source,
	"rs": source, "zig": source, "nim": source, "d": source, "swift": source, "dart": source, "v": source, "vhd": source,
	"hs": source, "ml": source, "mli": source, "fs": source, "fsx": source, "elm": source, "ex": source, "exs": source, "erl": source, "lisp": source, "el": source, "scm": source,
	"sh": source, "bash": source, "zsh": source, "fish": source, "ps1": source, "bat": source, "sql": source, "proto": source, "graphql": source,
	"css": source, "scss": source, "sass": source, "less": source, "tf": source, "hcl": source, "nix": source, "cmake": source, "mk": source,
	"yaml": source, "yml": source, "toml": source, "json": source, "jsonc": source, "xml": source, "ini": source, "conf": source, "cfg": source,
}

// Parse returns the document's title and its blocks.
func (p *Parser) Parse(name string, content []byte) (title string, blocks []domain.Block) {
	text := newLines(bytes.TrimPrefix(content, []byte("\ufeff")))
	defer func() {
		// The parsers are libraries that read what strangers wrote. A document that
		// breaks one is still worth finding.
		if recover() != nil {
			title, blocks = "", text.cover(paragraphs(text))
		}
	}()
	switch formats[strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))] {
	case markdown:
		title, marks := p.parseMarkdown(text)
		return title, text.cover(marks)
	case html:
		title, marks := parseHTML(text)
		return title, text.cover(marks)
	case source:
		return "", text.cover(constructs(text))
	default:
		return "", text.cover(paragraphs(text))
	}
}
