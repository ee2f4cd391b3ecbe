package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The sums in columns are those of plain numbers, and a sketch does not depend on
// the order of the terms, nor on what was sketched before.
func TestSketchesAreSignsOfSums(t *testing.T) {
	var s sketching
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.MapOf(rapid.StringMatching(`[a-z]{1,9}|東京|the`), rapid.Uint32Range(1, 5000)).Draw(t, "terms")
		var sums [sketchBits]int64
		for stem, count := range counts {
			s.add(stem, count)
			weight := int64(sketchWeight(stem)) * int64(1+math.Floor(math.Log2(float64(count))))
			h := fnv(stem) + sketchSeed
			for i := range sums {
				if i%64 == 0 {
					h += 0x9e3779b97f4a7c15
				}
				if scatter(h)>>(i%64)&1 != 0 {
					sums[i] += weight
				} else {
					sums[i] -= weight
				}
			}
		}
		var want wordSketch
		for i, sum := range sums {
			if sum > 0 {
				want[i/64] |= 1 << (i % 64)
			}
		}
		require.Equal(t, want, s.take())
	})
	assert.Equal(t, wordSketch{}, s.take())
}

func TestSketchesTellLikeness(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var s sketching
	var worst float64
	for range 200 {
		shared := random.IntN(101)
		words := func(own string) wordSketch {
			for i := range 100 {
				if i < shared {
					s.add(fmt.Sprintf("shared%d", i), 1)
				} else {
					s.add(fmt.Sprintf("%s%d", own, random.IntN(1e9)), 1)
				}
			}
			return s.take()
		}
		a, b := words("lefter"), words("righte")
		assert.Equal(t, a.cosine(&b), b.cosine(&a))
		worst = max(worst, math.Abs(float64(a.cosine(&b))-float64(shared)/100))
	}
	assert.Less(t, worst, 0.25, "3.5 times the error of a right angle, which is π/2/√512")
	one := wordSketch{1, 2, 3}
	assert.InDelta(t, 1, one.cosine(&one), 1e-6)
}
