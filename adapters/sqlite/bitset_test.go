package sqlite

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBitset(t *testing.T) {
	b := bitset{}
	numbers := []int64{math.MinInt64, -65, -1, 0, 1, 63, 64, 65, 9999, nearest - 2, nearest, nearest + 1, 1 << 39, math.MaxInt64}
	for _, n := range numbers {
		assert.False(t, b.has(n), n)
		b.add(n)
		b.add(n)
	}
	assert.Equal(t, numbers, b.all())
	for _, n := range numbers {
		assert.True(t, b.has(n), n)
		assert.False(t, b.has(n^4), n)
		b.remove(n)
		assert.False(t, b.has(n), n)
	}
	assert.Empty(t, b.far, "no word is left")
	assert.Nil(t, b.all())
}
