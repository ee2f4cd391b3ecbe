package domain_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
)

// TestLikenessOnLabelledPairs holds what docs/memories.md claims. go test -v prints
// the numbers and every pair that is judged otherwise than by people.
func TestLikenessOnLabelledPairs(t *testing.T) {
	for file, want := range map[string]struct {
		least                              int
		repeatPrecision, repeatRecall      float64
		contradictPrecision, contradictRec float64
	}{
		"pairs.tsv":  {300, 0.99, 0.95, 0.98, 0.78},
		"second.tsv": {60, 0.95, 0.9, 0.95, 0.6},
	} {
		t.Run(file, func(t *testing.T) {
			pairs, repeats, contradictions := measure(t, file)
			assert.GreaterOrEqual(t, pairs, want.least)
			assert.GreaterOrEqual(t, repeats.precision, want.repeatPrecision)
			assert.GreaterOrEqual(t, repeats.recall, want.repeatRecall)
			assert.GreaterOrEqual(t, contradictions.precision, want.contradictPrecision)
			assert.GreaterOrEqual(t, contradictions.recall, want.contradictRec)
		})
	}
}

type quality struct{ precision, recall float64 }

func measure(t *testing.T, file string) (pairs int, repeats, contradictions quality) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	hits, said, labelled := map[domain.Likeness]int{}, map[domain.Likeness]int{}, map[domain.Likeness]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		require.Len(t, cells, 3, line)
		want, got := domain.Likeness(cells[0]), domain.Liken(cells[1], cells[2])
		pairs++
		said[got]++
		labelled[want]++
		if got == want {
			hits[got]++
		} else {
			t.Logf("%s, said %s: %s | %s", want, got, cells[1], cells[2])
		}
	}
	of := func(l domain.Likeness) quality {
		q := quality{float64(hits[l]) / float64(said[l]), float64(hits[l]) / float64(labelled[l])}
		t.Logf("%s: precision %.3f (%d of %d), recall %.3f (%d of %d)", l, q.precision, hits[l], said[l], q.recall, hits[l], labelled[l])
		return q
	}
	return pairs, of(domain.Repeats), of(domain.Contradicts)
}

func TestLikenWithItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		require.Equal(t, domain.Repeats, domain.Liken(text, text))
		require.Equal(t, domain.Repeats, domain.Liken(text, " "+strings.ToLower(text)+"!"))
		domain.Liken(text, rapid.String().Draw(t, "other"))
	})
}

// What only differs in a number that names a thing is another thing.
func TestNumberedThingsAreNotAlike(t *testing.T) {
	for _, pair := range [][2]string{
		{"memory 1", "memory 2"},
		{"marker 17 of the test", "marker 18 of the test"},
		{"worker 3 wrote item 5", "worker 3 wrote item 6"},
		{"client 0 says 1", "client 0 says 2"},
		{"process 3 says 4", "process 3 says 5"},
		{"thread writes 9", "thread writes 10"},
		{"load test memory number 12", "load test memory number 13"},
		{"fact 4: the answer is 4", "fact 5: the answer is 5"},
	} {
		assert.Equal(t, domain.Unrelated, domain.Liken(pair[0], pair[1]), pair)
	}
}
