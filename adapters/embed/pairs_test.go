package embed_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/embed"
)

type pair struct{ phenomenon, question, text string }

func pairs(t *testing.T) []pair {
	t.Helper()
	b, err := os.ReadFile("testdata/pairs.tsv")
	require.NoError(t, err)
	var out []pair
	for line := range strings.Lines(string(b)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 && !strings.HasPrefix(line, "#") {
			out = append(out, pair{f[0], f[1], f[2]})
		}
	}
	require.GreaterOrEqual(t, len(out), 60)
	return out
}

// TestFindsTheText: of all texts of the table, the one that belongs to a question
// is the nearest, for at least nine of ten questions and most of every phenomenon.
func TestFindsTheText(t *testing.T) {
	all := pairs(t)
	texts := make([]string, len(all))
	questions := make([]string, len(all))
	for i, p := range all {
		texts[i], questions[i] = p.text, p.question
	}
	e := embed.NewLocal()
	tv, err := e.Embed(t.Context(), texts)
	require.NoError(t, err)
	qv, err := e.Embed(t.Context(), questions)
	require.NoError(t, err)
	found, asked := map[string]int{}, map[string]int{}
	var hits int
	for i, p := range all {
		own, nearer := cosine(qv[i], tv[i]), 0
		for j := range tv {
			if j != i && cosine(qv[i], tv[j]) >= own {
				nearer++
			}
		}
		asked[p.phenomenon]++
		if nearer == 0 {
			found[p.phenomenon]++
			hits++
		} else {
			t.Logf("nearer to %[2]q than its own text (%.3[3]f): %[1]d", nearer, p.question, own)
		}
	}
	for phenomenon, n := range asked {
		t.Logf("%-16s %d of %d", phenomenon, found[phenomenon], n)
		assert.GreaterOrEqual(t, float64(found[phenomenon]), 0.7*float64(n), phenomenon)
	}
	assert.GreaterOrEqual(t, float64(hits), 0.9*float64(len(all)))
}

func cosine(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
