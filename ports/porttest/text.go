package porttest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// TestTextIndex checks a ports.TextIndex through the stores that feed it. open
// returns empty ones.
func TestTextIndex(t *testing.T, open func(t *testing.T) Stores) {
	t.Run("an empty index finds nothing", func(t *testing.T) {
		assert.Empty(t, search(t, open(t), "anything"))
	})
	t.Run("finds by words of content, title, heading and path", func(t *testing.T) {
		s := open(t)
		d, chunks := document("p", "recipes/sourdough.md", "flour and water")
		d.Title, chunks[0].Heading = "Baking", "Bread > Starter"
		require.NoError(t, s.Documents.Replace(t.Context(), d.With(chunks)))
		for _, q := range []string{"flour", "baking", "starter", "sourdough", "What about FLOUR, please?", "Bäking"} {
			assert.Equal(t, []string{chunks[0].ID}, search(t, s, q), q)
		}
		assert.Empty(t, search(t, s, "granite"))
	})
	t.Run("memories and chunks are found together", func(t *testing.T) {
		s := open(t)
		create(t, s.Memories, memory("m1", 1, "the walnut tree"))
		c := replace(t, s.Documents, "p", "a.md", "a walnut table")
		assert.ElementsMatch(t, []string{"m1", c[0].ID}, search(t, s, "walnut"))
	})
	t.Run("memories follow their lifecycle", func(t *testing.T) { textLifecycle(t, open) })
	t.Run("scope", func(t *testing.T) { textScope(t, open) })
	t.Run("scores", func(t *testing.T) { textScores(t, open) })
	t.Run("every character is text", func(t *testing.T) { textSyntax(t, open) })
	t.Run("limit and ties", func(t *testing.T) {
		s := open(t)
		for i := range 9 {
			create(t, s.Memories, memory(fmt.Sprint("m", 9-i), 1, "the same hazelnut"))
		}
		found, err := s.Text.Search(t.Context(), "hazelnut", domain.Scope{}, 4)
		require.NoError(t, err)
		assert.Equal(t, []string{"m1", "m2", "m3", "m4"}, ids(found))
		found, err = s.Text.Search(t.Context(), "hazelnut", domain.Scope{}, 0)
		require.NoError(t, err)
		assert.Empty(t, found)
	})
}

func textLifecycle(t *testing.T, open func(t *testing.T) Stores) {
	s := open(t)
	m := memory("m1", 1, "chestnut")
	m.Status = domain.MemoryCandidate
	create(t, s.Memories, m)
	assert.Empty(t, search(t, s, "chestnut"), "candidate")
	change := func(set func(m *domain.Memory)) {
		_, err := s.Memories.Update(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
			set(m)
			return nil, nil
		})
		require.NoError(t, err)
	}
	change(func(m *domain.Memory) { m.Status = domain.MemoryActive })
	assert.Equal(t, []string{"m1"}, search(t, s, "chestnut"), "active")
	assertNearest(t, s, "chestnut", "m1")
	change(func(m *domain.Memory) { m.Project = "p" })
	found, err := s.Text.Search(t.Context(), "chestnut", domain.Scope{Project: "q"}, 9)
	require.NoError(t, err)
	assert.Empty(t, found, "moved into another project")
	if s.Vectors != nil {
		assert.Empty(t, nearest(t, s.Vectors, vectorOf("chestnut"), domain.Scope{Project: "q"}, 9), "its vector moved too")
		assert.Equal(t, []string{"m1"}, ids(nearest(t, s.Vectors, vectorOf("chestnut"), domain.Scope{Project: "p"}, 9)))
	}
	change(func(m *domain.Memory) { m.Status = domain.MemoryExpired })
	assert.Empty(t, search(t, s, "chestnut"), "expired")
	assertVectors(t, s)
	change(func(m *domain.Memory) { m.Status, m.Content = domain.MemoryActive, "acorn" })
	assert.Empty(t, search(t, s, "chestnut"), "another text")
	assert.Equal(t, []string{"m1"}, search(t, s, "acorn"))
	require.NoError(t, s.Memories.Delete(t.Context(), "m1", at(9)))
	assert.Empty(t, search(t, s, "acorn"), "deleted")
}

func textScope(t *testing.T, open func(t *testing.T) Stores) {
	s := open(t)
	loose, mine, other := memory("loose", 1, "oak"), memory("mine", 1, "oak"), memory("other", 1, "oak")
	mine.Project, other.Project = "p", "q"
	create(t, s.Memories, loose, mine, other)
	p, q := replace(t, s.Documents, "p", "a.md", "oak")[0].ID, replace(t, s.Documents, "q", "a.md", "oak")[0].ID
	for name, tc := range map[string]struct {
		scope domain.Scope
		want  []string
	}{
		"everything":             {domain.Scope{}, []string{"loose", "mine", "other", p, q}},
		"a project and no one's": {domain.Scope{Project: "p"}, []string{"loose", "mine", p}},
		"an unknown project":     {domain.Scope{Project: "x"}, []string{"loose"}},
		"memories":               {domain.Scope{Kinds: []domain.PassageKind{domain.PassageMemory}}, []string{"loose", "mine", "other"}},
		"chunks":                 {domain.Scope{Kinds: []domain.PassageKind{domain.PassageChunk}}, []string{p, q}},
		"both kinds": {
			domain.Scope{Project: "q", Kinds: []domain.PassageKind{domain.PassageChunk, domain.PassageMemory}},
			[]string{"loose", "other", q},
		},
		"a kind said twice": {domain.Scope{Project: "q", Kinds: []domain.PassageKind{
			domain.PassageChunk,
			domain.PassageMemory, domain.PassageChunk,
		}}, []string{"loose", "other", q}},
		"an unknown kind":     {domain.Scope{Kinds: []domain.PassageKind{"x"}}, []string{}},
		"chunks of a project": {domain.Scope{Project: "q", Kinds: []domain.PassageKind{domain.PassageChunk}}, []string{q}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := s.Text.Search(t.Context(), "oak", tc.scope, 10)
			require.NoError(t, err)
			assert.ElementsMatch(t, tc.want, ids(found))
		})
	}
}

func textScores(t *testing.T, open func(t *testing.T) Stores) {
	s := open(t)
	for i, text := range []string{
		"apple apple apple", "apple banana", "banana cherry", "a long story in which an apple is mentioned once by somebody",
		"date", "elder", "fig", "grape",
	} {
		create(t, s.Memories, memory(fmt.Sprint("m", i), 1, text))
	}
	score := func(question, id string) float64 {
		found, err := s.Text.Search(t.Context(), question, domain.Scope{}, 10)
		require.NoError(t, err)
		for i, c := range found {
			assert.Greater(t, c.Score, 0.0)
			assert.LessOrEqual(t, c.Score, 1.0)
			if i > 0 {
				assert.GreaterOrEqual(t, found[i-1].Score, c.Score, "best first")
			}
		}
		for _, c := range found {
			if c.ID == id {
				return c.Score
			}
		}
		return 0
	}
	assert.Greater(t, score("apple banana", "m1"), score("apple banana", "m2"), "both words beat one")
	assert.InDelta(t, score("fig", "m6"), score("grape", "m7"), 1e-9, "equal matches of equal questions score the same")
	assert.Less(t, score("fig zeppelin", "m6"), score("fig", "m6")*0.7, "a word that is nowhere keeps the score low")
	assert.InDelta(t, score("fig", "m6"), score("the fig of the and", "m6"), 1e-9, "words that say nothing do not count")
	assert.Greater(t, score("fig grape grape grape", "m7"), score("fig grape grape grape", "m6"), "a repeated word counts more")
	assert.Positive(t, score("in which", "m3"), "words that say nothing do count where there are no others")
}

func textSyntax(t *testing.T, open func(t *testing.T) Stores) {
	s := open(t)
	create(t, s.Memories, memory("m1", 1, "needle near not or title rowid"), memory("m2", 2, "C++ O'Brien 50% naïve 東京 foo_bar"))
	for _, q := range []string{
		`needle"`, `"needle`, `needle*`, `needle AND`, `NEAR(needle, 5)`, `needle NOT x`, `title:needle`, `^needle`,
		`{needle}`, `(needle`, `needle) OR (`, `- needle`, `+needle`, `needle;DROP TABLE memory;--`, "needle\x00", `'needle'`,
		`needle 🐈`, `\needle\`, "needle\n\t", `rowid:1 needle`, strings.Repeat("x", 5000) + " needle",
	} {
		assert.Contains(t, search(t, s, q), "m1", q)
	}
	for _, q := range []string{"c++", "o'brien", "50%", "NAIVE", "東京", "foo_bar", "foo"} {
		assert.Equal(t, []string{"m2"}, search(t, s, q), q)
	}
	for _, q := range []string{"", " ", `"`, `""`, "***", "\x00", "🐈", "()", "...!?"} {
		assert.Empty(t, search(t, s, q), q)
	}
	var long strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&long, "w%d ", i)
	}
	assert.Contains(t, search(t, s, long.String()+strings.Repeat("needle ", 100)), "m1", "a very long question")
}
