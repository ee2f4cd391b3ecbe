package quality

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports/portfake"
)

// TestHybridFindsWhatWordsMiss asks for each text of a table with a question that
// misspells, inflects, joins or parts its words. The share of questions whose text
// is among the first three must be far above what full text finds alone, whatever
// the phenomenon.
func TestHybridFindsWhatWordsMiss(t *testing.T) {
	content, err := os.ReadFile("../../adapters/embed/testdata/pairs.tsv")
	require.NoError(t, err)
	type pair struct{ phenomenon, question, id string }
	var pairs []pair
	store := openStore(t)
	for line := range strings.Lines(string(content)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(f) != 3 {
			continue
		}
		path := "note-" + strings.Repeat("i", len(pairs)) + ".txt" // says nothing
		pairs = append(pairs, pair{f[0], f[1], addDocument(t, store, "", path, "", f[2])})
	}
	require.GreaterOrEqual(t, len(pairs), 60)

	registry := portfake.NewProjectRegistry()
	hybrid, text := asking(store, registry, true), asking(store, registry, false)
	type tally struct{ asked, hybrid, text float64 }
	var all tally
	each := map[string]*tally{}
	for _, p := range pairs {
		n := each[p.phenomenon]
		if n == nil {
			n = &tally{}
			each[p.phenomenon] = n
		}
		byHybrid, byText := finds(t, hybrid, p.question, p.id), finds(t, text, p.question, p.id)
		if !byHybrid {
			t.Logf("%q does not find its text", p.question)
		}
		for _, x := range []*tally{&all, n} {
			x.asked++
			if byHybrid {
				x.hybrid++
			}
			if byText {
				x.text++
			}
		}
	}
	for phenomenon, n := range each {
		t.Logf("%-16s %3.0f questions: found by %3.0f %% hybrid, %3.0f %% text only",
			phenomenon, n.asked, 100*n.hybrid/n.asked, 100*n.text/n.asked)
		assert.GreaterOrEqual(t, n.hybrid/n.asked, 0.8, phenomenon)
		assert.GreaterOrEqual(t, n.hybrid, n.text, phenomenon)
	}
	t.Logf("all: %.0f %% hybrid, %.0f %% text only", 100*all.hybrid/all.asked, 100*all.text/all.asked)
	assert.GreaterOrEqual(t, all.hybrid/all.asked, 0.9)
	// Full text finds the misspelt words by itself; the rest is what vectors are for.
	assert.GreaterOrEqual(t, all.hybrid, all.text+0.3*all.asked, "the embedding is worth having")
}

// finds tells whether the passage is among the best three results.
func finds(t *testing.T, s *query.Service, prompt, id string) bool {
	t.Helper()
	return slices.ContainsFunc(ask(t, s, "", prompt, 3), func(r domain.Result) bool { return r.ID == id })
}

// TestNothingIsAnAnswer: what no text is about finds nothing, with vectors too.
func TestNothingIsAnAnswer(t *testing.T) {
	content, err := os.ReadFile("../../adapters/embed/testdata/pairs.tsv")
	require.NoError(t, err)
	store := openStore(t)
	for line := range strings.Lines(string(content)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 {
			addDocument(t, store, "", f[1]+".txt", "", f[2])
		}
	}
	s := asking(store, portfake.NewProjectRegistry(), true)
	for _, prompt := range []string{"xqzvw blorptk", "wjfkq", "zzxx qqpl vvbn mmkj", "!?", "🙂"} {
		assert.Empty(t, ask(t, s, "", prompt, 10), "%q", prompt)
	}
	assert.NotEmpty(t, ask(t, s, "", "encrpytion", 10))
}
