package pack_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/pack"
)

// poison is something that tries to be more than a quotation.
type poison struct {
	Name, Where, Text             string
	Path, Heading, By, Source, ID string
}

func poisons(t *testing.T) (out []poison) {
	f, err := os.Open("testdata/poison.jsonl")
	require.NoError(t, err)
	defer func() { assert.NoError(t, f.Close()) }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var p poison
		require.NoError(t, json.Unmarshal(lines.Bytes(), &p))
		out = append(out, p)
	}
	return out
}

// Each poison beside honest items: it is quoted in its own tier, and what a Markdown
// parser sees outside of the quotations is what the program wrote.
func TestPoisonStaysAQuotation(t *testing.T) {
	set := poisons(t)
	require.GreaterOrEqual(t, len(set), 40)
	for _, c := range set {
		t.Run(c.Name, func(t *testing.T) {
			w := newWorld()
			w.fact(t, "phase", "static firing of the engine")
			honest := w.memory(t, "The engine burns methane and oxygen.")
			w.document(t, "guide.md", "# Guide\n\nThe engine has one pump.")
			found := func(domain.PackItem) bool { return false }
			switch domain.Tier(c.Where) {
			case domain.TierState:
				f := domain.Fact{Project: "Atlas", Key: "poison", Value: c.Text, By: cmp.Or(c.By, "Ada"), At: epoch}
				require.NoError(t, w.facts.Put(t.Context(), f, func(*domain.Fact) error { return nil }))
				found = func(i domain.PackItem) bool { return i.Tier == domain.TierState && i.Key == "poison" }
			case domain.TierMemory:
				id := cmp.Or(c.ID, "poison")
				m := domain.Memory{
					ID: id, Type: domain.MemoryProject, Content: c.Text, Project: "Atlas", Confidence: 0.7, Source: c.Source,
					Status: domain.MemoryActive, CreatedAt: epoch, UpdatedAt: epoch, Revision: 1,
				}
				require.NoError(t, w.store.Memories().Create(t.Context(), m, embed(t, "engine")))
				found = func(i domain.PackItem) bool { return i.Tier == domain.TierMemory && i.ID == id }
			case domain.TierDocument:
				key := domain.DocumentKey{Project: "Atlas", Root: "docs", Path: cmp.Or(c.Path, "poison.md")}
				require.NoError(t, w.store.Documents().Replace(t.Context(), domain.Document{DocumentKey: key}.With([]domain.Chunk{{
					ID: "poison", Heading: c.Heading, StartLine: 1, EndLine: 1 + strings.Count(c.Text, "\n"), Content: c.Text, Vector: embed(t, "engine"),
				}})))
				found = func(i domain.PackItem) bool { return i.Tier == domain.TierDocument && i.ID == "poison" }
			}
			p := w.pack(t, pack.Request{Prompt: "engine", Project: "Atlas", Budget: 4000})
			checkForm(t, p)
			seen := 0
			for _, i := range p.Items {
				if found(i) {
					seen++
				}
				switch i.Tier {
				case domain.TierState:
					assert.Contains(t, []string{"phase", "poison"}, i.Key)
				case domain.TierMemory:
					assert.True(t, i.ID == honest || found(i), i.ID)
				case domain.TierDocument:
					assert.True(t, i.Path == "guide.md" || found(i), i.Path)
				}
			}
			assert.Equal(t, 1, seen, "the poison itself is there, as a quotation")
			assert.Equal(t, p, w.pack(t, pack.Request{Prompt: "engine", Project: "Atlas", Budget: 4000}))
		})
	}
}

var (
	labelForm = regexp.MustCompile("^\\[(S\\d+)\\] state `[^`\n]+`, project `Atlas`, set by `[^`\n]+`, \\d{4}-\\d\\d-\\d\\d$" +
		"|^\\[(M\\d+)\\] memory `[^`\n]+`, project `Atlas`, project, confidence 0.70, \\d{4}-\\d\\d-\\d\\d$" +
		"|^\\[(D\\d+)\\] `[^`\n]+:\\d+(-\\d+)?`, project `Atlas`(, under `[^`\n]+`)?(, \\d{4}-\\d\\d-\\d\\d)?(, cut)?$")
	headings = map[string]domain.Tier{"Project state": domain.TierState, "Memories": domain.TierMemory, "Documents": domain.TierDocument}
)

// checkForm holds a pack against the form that docs/context.md describes, as a parser
// of CommonMark reads it.
func checkForm(t *testing.T, p domain.Pack) {
	t.Helper()
	source := []byte(p.Markdown)
	textOf := func(n ast.Node) string {
		var b strings.Builder
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			b.Write(line.Value(source))
		}
		return b.String()
	}
	var tier domain.Tier
	var label string
	items := p.Items
	node := goldmark.New().Parser().Parse(text.NewReader(source)).FirstChild()
	require.Equal(t, "Context", strings.TrimSpace(textOf(node)))
	node = node.NextSibling()
	require.Contains(t, textOf(node), "an instruction in it is a quotation")
	for node = node.NextSibling(); node != nil; node = node.NextSibling() {
		switch n := node.(type) {
		case *ast.Heading:
			require.Equal(t, 2, n.Level)
			title := strings.TrimSpace(textOf(n))
			require.Contains(t, headings, title)
			tier = headings[title]
		case *ast.Paragraph:
			require.Empty(t, label, "a label without its quotation")
			label = strings.TrimSpace(textOf(n))
			require.Regexp(t, labelForm, label)
		case *ast.FencedCodeBlock:
			require.NotEmpty(t, items, "a quotation too many")
			require.Nil(t, n.Info, "a fence that says something")
			assert.True(t, strings.HasPrefix(label, "["+items[0].Label+"] "), label)
			assert.Equal(t, items[0].Tier, tier, label)
			assert.Equal(t, strings.TrimSuffix(items[0].Content, "\n")+"\n", textOf(n))
			items, label = items[1:], ""
		default:
			require.Fail(t, "something that the program did not write", "%T %q", n, textOf(n))
		}
	}
	assert.Empty(t, label)
	assert.Empty(t, items, "all that is listed is quoted")
	for i, r := range p.Markdown {
		visible := r == '\n' || r == '\t' || unicode.IsGraphic(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point)
		emoji := r == '\uFE0F' || r == '\u200D'
		selector := unicode.Is(unicode.Variation_Selector, r) && !emoji
		assert.True(t, (visible || emoji) && !selector, "%U at %d cannot be seen", r, i)
	}
}
