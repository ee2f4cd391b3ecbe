package eval

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// By hand: 1/log2(2) = 1, 1/log2(3) = 0.6309, 1/log2(4) = 0.5, 1/log2(5) = 0.4307.
func TestMeasures(t *testing.T) {
	for name, test := range map[string]struct {
		ids    []string
		judged map[string]float64
		k      int
		ndcg   float64
		mrr    float64
		recall float64
	}{
		"perfect":           {[]string{"a", "b"}, map[string]float64{"a": 1, "b": 1}, 10, 1, 1, 1},
		"second and third":  {[]string{"x", "a", "b"}, map[string]float64{"a": 1, "b": 1}, 10, (0.63093 + 0.5) / (1 + 0.63093), 0.5, 1},
		"one of two":        {[]string{"x", "a"}, map[string]float64{"a": 1, "b": 1}, 10, 0.63093 / 1.63093, 0.5, 0.5},
		"beyond k":          {[]string{"x", "a"}, map[string]float64{"a": 1}, 1, 0, 0, 0},
		"grades":            {[]string{"low", "high"}, map[string]float64{"high": 3, "low": 1}, 10, (1 + 3*0.63093) / (3 + 0.63093), 1, 1},
		"ideal cut at k":    {[]string{"a"}, map[string]float64{"a": 1, "b": 1, "c": 1}, 1, 1, 1, 1.0 / 3},
		"grade 0 is no hit": {[]string{"z", "a"}, map[string]float64{"z": 0, "a": 1}, 10, 0.63093, 0.5, 1},
		"nothing found":     {nil, map[string]float64{"a": 1}, 10, 0, 0, 0},
		"nothing judged":    {[]string{"a"}, nil, 10, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, test.ndcg, NDCG(test.ids, test.judged, test.k), 1e-4)
			assert.InDelta(t, test.mrr, MRR(test.ids, test.judged, test.k), 1e-9)
			assert.InDelta(t, test.recall, Recall(test.ids, test.judged, test.k), 1e-9)
		})
	}
	m := measure([]string{"x", "y", "z", "u", "v", "a"}, map[string]float64{"a": 1})
	assert.Equal(t, Measures{NDCG10: 1 / math.Log2(7), MRR10: 1.0 / 6, Recall5: 0, Recall10: 1, Recall50: 1}, m)
	assert.Equal(t, Measures{Recall5: 0.5}, mean([]Measures{{Recall5: 1}, {}}))
	assert.Equal(t, Measures{}, mean(nil))
}

func TestLatency(t *testing.T) {
	var all []time.Duration
	for i := 20; i >= 1; i-- {
		all = append(all, time.Duration(i))
	}
	assert.Equal(t, Latency{10, 19, 20}, latencyOf(all))
	assert.Equal(t, Latency{7, 7, 7}, latencyOf([]time.Duration{7}))
	assert.Equal(t, Latency{}, latencyOf(nil))
}

func TestComparePaired(t *testing.T) {
	ones := func(n int, v float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = v
		}
		return out
	}
	for name, test := range map[string]struct {
		base, against []float64
		p             float64
		b, s, w       int
	}{
		// All signs alike: of the 2ⁿ ways only the two with equal signs are as extreme.
		"one better":          {[]float64{0}, []float64{1}, 1, 1, 0, 0},
		"five better":         {ones(5, 0), ones(5, 1), 2.0 / 32, 5, 0, 0},
		"six poorer":          {ones(6, 1), ones(6, 0), 2.0 / 64, 0, 0, 6},
		"ties do not matter":  {append(ones(5, 0), ones(50, 0.3)...), append(ones(5, 1), ones(50, 0.3)...), 2.0 / 32, 5, 50, 0},
		"one against one":     {[]float64{0, 1}, []float64{1, 0}, 1, 1, 0, 1},
		"three against one":   {[]float64{0, 0, 0, 1}, []float64{1, 1, 1, 0}, 10.0 / 16, 3, 0, 1}, // |sum| ≥ 2: 1+4+4+1 of 16
		"the same":            {ones(9, 0.5), ones(9, 0.5), 1, 0, 9, 0},
		"nothing":             {nil, nil, 1, 0, 0, 0},
		"sizes count, 3 to 1": {[]float64{0, 0.5}, []float64{0.9, 0.4}, 1, 1, 0, 1}, // |±0.9±0.1| ≥ 0.8 always
	} {
		t.Run(name, func(t *testing.T) {
			c := ComparePaired("m", test.base, test.against, 1)
			assert.InDelta(t, test.p, c.P, 1e-12)
			assert.Equal(t, []int{test.b, test.s, test.w}, []int{c.Better, c.Same, c.Poorer})
			assert.Equal(t, test.p < 0.05, c.Significant())
		})
	}
}

// With many pairs ways are drawn: near the exact answer, and the same for one seed.
func TestComparePairedDraws(t *testing.T) {
	base, against := make([]float64, 100), make([]float64, 100)
	for i := range 60 {
		against[i] = 1 // 60 better, 40 poorer: two-sided sign test, normal 0.057 with continuity
	}
	for i := 60; i < 100; i++ {
		base[i] = 1
	}
	first := ComparePaired("m", base, against, 1)
	assert.InDelta(t, 0.0569, first.P, 0.008)
	assert.Equal(t, first, ComparePaired("m", base, against, 1))
	assert.NotEqual(t, first.P, ComparePaired("m", base, against, 2).P)

	for i := range base {
		base[i], against[i] = 0, 1
	}
	assert.InDelta(t, 1.0/20001, ComparePaired("m", base, against, 1).P, 1e-12, "never 0")
}
