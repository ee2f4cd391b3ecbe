package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// The kernels must agree to the last bit: they add integers.
func TestKernelsAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, width := range []int{32, 64, 384, 1024} {
		for _, count := range []int{1, 2, 7, 256} {
			query := make([]int16, width)
			data := make([]int8, width*count)
			for i := range query {
				query[i] = int16(random.IntN(255) - 127)
			}
			for i := range data {
				data[i] = int8(random.IntN(255) - 127)
			}
			if count == 2 { // the extremes
				for i := range data {
					data[i] = -127
				}
				for i := range query {
					query[i] = 127
				}
			}
			want, got := make([]int32, count), make([]int32, count)
			dotPortable(query, data, want)
			dotAll(query, data, got)
			require.Equal(t, want, got)
		}
	}
}

func BenchmarkDot(b *testing.B) {
	query, data, out := make([]int16, 384), make([]int8, 384*50_000), make([]int32, 50_000)
	b.Run("kernel", func(b *testing.B) {
		for b.Loop() {
			dotAll(query, data, out)
		}
	})
	b.Run("portable", func(b *testing.B) {
		for b.Loop() {
			dotPortable(query, data, out)
		}
	})
}
