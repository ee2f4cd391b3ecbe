package eval

import (
	"math"
	"math/rand/v2"
)

// Significant is the probability below which a difference counts as one.
const Significant = 0.05

const (
	// exactUpTo is how many questions that differ are few enough to try every way.
	exactUpTo = 14
	// permutations is how many ways are tried otherwise.
	permutations = 20_000
)

// Comparison is one measure under two configurations.
type Comparison struct {
	Measure       string
	Base, Against float64 // means
	// P is the probability that a difference of means at least this large, in
	// either direction, comes about when the configurations are equally good.
	P                    float64
	Better, Same, Poorer int // questions, of the second configuration against the first
}

// Significant tells whether the difference is more than chance would make it.
func (c Comparison) Significant() bool { return c.P < Significant }

// ComparePaired compares the scores that two configurations got for the same
// questions, in the same order, by a paired randomisation test (Fisher 1935; Smucker,
// Allan and Carterette 2007): if the configurations are equally good, which of the
// two got which score of a pair is chance, so the difference of means is held
// against those that arise when pairs are swapped. With few pairs every way to swap
// them is tried, else 20,000 drawn by seed: the same seed gives the same answer.
func ComparePaired(measure string, base, against []float64, seed uint64) Comparison {
	c := Comparison{Measure: measure, P: 1}
	n := min(len(base), len(against))
	if n == 0 {
		return c
	}
	var differences []float64
	var sum float64
	for i := range n {
		c.Base += base[i] / float64(n)
		c.Against += against[i] / float64(n)
		d := against[i] - base[i]
		switch {
		case math.Abs(d) < 1e-12:
			c.Same++
			continue
		case d > 0:
			c.Better++
		default:
			c.Poorer++
		}
		differences = append(differences, d)
		sum += d
	}
	if len(differences) > 0 {
		c.P = randomised(differences, math.Abs(sum)-1e-12, seed)
	}
	return c
}

// randomised returns the share of ways to give the differences signs for which
// their sum is at least as large as observed.
func randomised(differences []float64, observed float64, seed uint64) float64 {
	if len(differences) <= exactUpTo {
		ways, extreme := 1<<len(differences), 0
		for way := range ways {
			var sum float64
			for i, d := range differences {
				if way>>i&1 == 1 {
					d = -d
				}
				sum += d
			}
			if math.Abs(sum) >= observed {
				extreme++
			}
		}
		return float64(extreme) / float64(ways)
	}
	dice := rand.New(rand.NewPCG(seed, 0x61746f636f7265))
	extreme := 0
	for range permutations {
		var sum float64
		var bits uint64
		for i, d := range differences {
			if i%64 == 0 {
				bits = dice.Uint64()
			}
			if bits>>(i%64)&1 == 1 {
				d = -d
			}
			sum += d
		}
		if math.Abs(sum) >= observed {
			extreme++
		}
	}
	// The way that was observed counts as one of them, so that no P is 0.
	return float64(extreme+1) / float64(permutations+1)
}
