package quality

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// span is a run of characters (not bytes) of a text: from Start up to, and not
// including, End.
type span struct{ Start, End int }

// coverage returns the share of the characters of the references that at least one
// of the spans covers.
func coverage(references, spans []span) float64 {
	var total, covered int
	for _, r := range references {
		hit := make([]bool, r.End-r.Start)
		for _, s := range spans {
			for i := max(s.Start, r.Start); i < min(s.End, r.End); i++ {
				hit[i-r.Start] = true
			}
		}
		total += len(hit)
		for _, h := range hit {
			if h {
				covered++
			}
		}
	}
	if total == 0 {
		return 0
	}
	return float64(covered) / float64(total)
}

func TestCoverage(t *testing.T) {
	refs := []span{{0, 10}, {100, 110}}
	for name, test := range map[string]struct {
		spans []span
		want  float64
	}{
		"nothing":            {nil, 0},
		"elsewhere":          {[]span{{10, 100}}, 0},
		"all":                {[]span{{0, 200}}, 1},
		"one of two":         {[]span{{0, 50}}, 0.5},
		"counted once":       {[]span{{0, 5}, {0, 5}}, 0.25},
		"across two of them": {[]span{{0, 5}, {5, 10}}, 0.5},
	} {
		assert.InDelta(t, test.want, coverage(refs, test.spans), 1e-9, name)
	}
}
