package engine

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSelectFirstEqualsSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOf(rapid.IntRange(0, 30)).Draw(t, "values")
		n := rapid.IntRange(0, len(v)).Draw(t, "first")
		want := append([]int{}, slices.Sorted(slices.Values(v))[:n]...)
		selectFirst(v, n, cmp.Compare[int])
		require.Equal(t, want, append([]int{}, slices.Sorted(slices.Values(v[:n]))...))
	})
}

func TestTopSlotsEqualsSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.Float32Range(-1, 3)).Draw(t, "scores")
		limit := rapid.IntRange(1, 12).Draw(t, "limit")
		var top topSlots
		top.start(limit, func(a, b slot) bool { return a > b })
		want := []scored{}
		for i, score := range all {
			score = float32(int(score*4)) / 4 // ties
			if score >= top.least {
				top.offer(slot(i), score)
			}
			if score > 0 {
				want = append(want, scored{slot(i), score})
			}
		}
		slices.SortFunc(want, func(a, b scored) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.slot, a.slot))
		})
		require.Equal(t, want[:min(limit, len(want))], append([]scored{}, top.sorted()...))
	})
}

func TestSequencesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOf(rapid.OneOf(rapid.Uint32(), rapid.SampledFrom([]uint32{0, 0xfffd, 0xfffe, 0xffff, 0x10000, noTerm}))).Draw(t, "terms")
		require.Equal(t, append([]term{}, terms...), encode(terms).decode([]term{}))
	})
}
