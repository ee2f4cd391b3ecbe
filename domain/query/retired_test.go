package query

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
)

func TestSentences(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"empty":          {"", nil},
		"one":            {"A sentence", []string{"A sentence"}},
		"several":        {"One. Two! Three? Four; five", []string{"One.", "Two!", "Three?", "Four;", "five"}},
		"over lines":     {"One goes\nover lines. Two", []string{"One goes\nover lines.", "Two"}},
		"a number":       {"Go 1.26 builds it. x", []string{"Go 1.26 builds it.", "x"}},
		"paragraphs":     {"One\n\nTwo", []string{"One", "Two"}},
		"headings":       {"# One\nTwo\n## Three\n", []string{"# One", "Two", "## Three"}},
		"items":          {"- one\n- two\n  goes on\n1. three\n12) four", []string{"one", "two\n  goes on", "three", "four"}},
		"a table":        {"| a | b |\n|---|---|\n| c | d |", []string{"| a | b |", "|---|---|", "| c | d |"}},
		"code":           {"Text\n```go\na := 1\nb := 2\n```\nmore", []string{"Text", "```go", "a := 1", "b := 2", "```", "more"}},
		"comments":       {"// one\n// two\nx", []string{"// one", "// two", "x"}},
		"indented lines": {"    a := 1\n    b := 2", []string{"a := 1", "b := 2"}},
		"quotes":         {"He said \"go.\" Then", []string{"He said \"go.", "\" Then"}},
		"crlf":           {"One.\r\nTwo.\r\n", []string{"One.", "Two."}},
	} {
		var got []string
		for _, s := range sentences(test.text) {
			got = append(got, test.text[s.from:s.to])
		}
		assert.Equal(t, test.want, got, name)
	}
}

// Sentences stand in their order, do not overlap, and together hold every word.
func TestSentencesLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab1 .!?;-*#|`~/\n\t\r)(ä数"))).Draw(t, "text")
		at, words := 0, []string{}
		for _, s := range sentences(text) {
			require.GreaterOrEqual(t, s.from, at)
			require.Greater(t, s.to, s.from)
			at = s.to
			words = append(words, domain.Words(text[s.from:s.to])...)
		}
		require.LessOrEqual(t, at, len(text))
		got, want := strings.Join(words, ""), strings.Join(domain.Words(text), "")
		// The number of an item is no part of what it says.
		digits := func(r rune) rune {
			if r == '1' {
				return -1
			}
			return r
		}
		require.Equal(t, strings.Map(digits, want), strings.Map(digits, got))
	})
}

func TestMarksInAnswers(t *testing.T) {
	store := portfake.NewStore()
	store.Model = (&portfake.Embedder{}).Model()
	var recalled []string
	s := New(Config{
		Text: store.Text(), Vectors: store.Vectors(), Passages: store.Passages(), Embedder: &portfake.Embedder{},
		Registry: portfake.NewProjectRegistry(domain.Project{Name: "Atlas"}, domain.Project{Name: "Boreas"}),
		Weights:  domain.DefaultRankingWeights(), Changes: store.Memories(), Recalled: func(ids []string) { recalled = append(recalled, ids...) },
	})
	vector := func(text string) []float32 {
		v, err := (&portfake.Embedder{}).Embed(t.Context(), []string{text})
		require.NoError(t, err)
		return v[0]
	}
	remember := func(id, project, content string, status domain.MemoryStatus) {
		m := domain.Memory{ID: id, Type: domain.MemoryProject, Project: project, Content: content, Status: status, Revision: 1}
		require.NoError(t, store.Memories().Create(t.Context(), m, vector(content)))
	}
	remember("old", "Atlas", "Releases go out on Fridays.", domain.MemorySuperseded)
	remember("elsewhere", "Boreas", "The release manager is Eve.", domain.MemoryRejected)
	remember("nowhere", "", "Every release is signed by two.", domain.MemoryRejected)
	remember("faded", "Atlas", "A release takes an hour.", domain.MemoryExpired)
	text := "Releases go out\non Fridays, at noon. The release manager is Eve.\nEvery release is signed by two. A release takes an hour."
	key := domain.DocumentKey{Project: "Atlas", Root: "docs", Path: "plan.md"}
	require.NoError(t, store.Documents().Replace(t.Context(), domain.Document{DocumentKey: key}.With([]domain.Chunk{{
		ID: "c", StartLine: 7, EndLine: 9, Content: text, Vector: vector(text),
	}})))
	marks := func() map[string][2]int {
		a, err := s.Query(t.Context(), domain.Query{Prompt: "release", Project: "Atlas"})
		require.NoError(t, err)
		out := map[string][2]int{}
		for _, r := range a.Results {
			for _, o := range r.Outdated {
				assert.Equal(t, "c", r.ID)
				out[o.Memory] = [2]int{o.StartLine, o.EndLine}
			}
		}
		return out
	}
	assert.Equal(t, map[string][2]int{"old": {7, 8}, "nowhere": {9, 9}}, marks(),
		"of the project and of none; what only faded was not wrong; more words than the memory are no excuse")
	assert.Empty(t, recalled)

	remember("again", "Atlas", "Every release is signed by two.", domain.MemoryActive)
	assert.Equal(t, map[string][2]int{"old": {7, 8}}, marks(), "an active memory says so again")
	assert.Equal(t, []string{"again"}, recalled)

	require.NoError(t, store.Memories().Delete(t.Context(), "old", (&portfake.Clock{}).Now()))
	assert.Empty(t, marks())
}

// That a passage said nothing of what does not hold is only known until something
// else does not hold, or the passage says something else.
func TestSilenceIsForgotten(t *testing.T) {
	store := portfake.NewStore()
	s := New(Config{
		Text: store.Text(), Vectors: store.Vectors(), Passages: store.Passages(), Embedder: &portfake.Embedder{},
		Registry: portfake.NewProjectRegistry(), Weights: domain.DefaultRankingWeights(), Changes: store.Memories(),
	})
	retire := func(id, content string) {
		m := domain.Memory{ID: id, Type: domain.MemoryKnowledge, Content: content, Status: domain.MemorySuperseded, Revision: 1}
		require.NoError(t, store.Memories().Create(t.Context(), m, nil))
	}
	said := func(content string) []string {
		r, err := s.Retired(t.Context())
		require.NoError(t, err)
		var out []string
		for range 2 { // the second time from what is remembered
			out = nil
			for _, o := range r.In(domain.Passage{ID: "c", Kind: domain.PassageChunk, Content: content, StartLine: 1, EndLine: 1}, nil) {
				out = append(out, o.Memory)
			}
		}
		return out
	}
	retire("other", "The harbour freezes in January.")
	text := "Releases go out on Fridays."
	require.Empty(t, said(text))
	require.Len(t, s.retired.silent, 1)
	require.Equal(t, []string{"other"}, said("The harbour freezes in January."), "the same id with another content")
	require.Empty(t, said(text))
	retire("old", text)
	require.Equal(t, []string{"old"}, said(text))
	require.NoError(t, store.Memories().Delete(t.Context(), "old", (&portfake.Clock{}).Now()))
	require.Empty(t, said(text))
}
