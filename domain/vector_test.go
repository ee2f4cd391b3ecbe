package domain_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain"
)

func TestAQuantisedVectorPointsTheSameWay(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		v := make([]float32, 3+dice.IntN(600))
		for i := range v {
			v[i] = float32(dice.NormFloat64() * 40)
		}
		back := domain.Quantise(v).Floats()
		var dot, a, b float64
		for i := range v {
			dot += float64(v[i]) * float64(back[i])
			a += float64(v[i]) * float64(v[i])
			b += float64(back[i]) * float64(back[i])
		}
		assert.InDelta(t, 1, dot/math.Sqrt(a*b), 0.001)
		assert.InDelta(t, 1, math.Sqrt(b), 0.02, "in length 1")
	}
}

func TestAVectorWithoutDirectionHasNoScale(t *testing.T) {
	q := domain.Quantise(make([]float32, 5))
	assert.Zero(t, q.Scale)
	assert.Equal(t, make([]int8, 5), q.Components)
}

func TestWhatWasThereBeforeIsCleared(t *testing.T) {
	room := []int8{9, 9, 9, 9}
	assert.NotZero(t, domain.QuantiseInto([]float32{0, -1}, room))
	assert.Equal(t, []int8{0, -127, 0, 0}, room)
	assert.Zero(t, domain.QuantiseInto(nil, room))
	assert.Equal(t, make([]int8, 4), room)
}
