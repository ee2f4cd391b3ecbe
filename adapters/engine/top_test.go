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
		v := []ranked{}
		for i, score := range rapid.SliceOf(rapid.IntRange(0, 30)).Draw(t, "scores") {
			v = append(v, ranked{float64(score), uint32(i)})
		}
		n := rapid.IntRange(0, len(v)).Draw(t, "first")
		ties := func(a, b uint32) bool { return a > b }
		want := slices.Clone(v)
		sortRanked(want, ties)
		require.True(t, slices.IsSortedFunc(want, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.at, a.at))
		}))
		selectFirst(v, n, ties)
		sortRanked(v[:n], ties)
		require.Equal(t, want[:n], v[:n])
	})
}

func TestTopSlotsEqualsSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.Float64Range(-1, 3)).Draw(t, "scores")
		limit := rapid.IntRange(1, 12).Draw(t, "limit")
		var top topSlots
		top.start(limit, func(a, b slot) bool { return a > b })
		want := []ranked{}
		for i, score := range all {
			score = float64(int(score*4)) / 4 // ties
			if score >= top.least {
				top.offer(slot(i), score)
			}
			if score > 0 {
				want = append(want, ranked{score, slot(i)})
			}
		}
		slices.SortFunc(want, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.at, a.at))
		})
		require.Equal(t, want[:min(limit, len(want))], append([]ranked{}, top.sorted()...))
	})
}

func TestSequencesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOf(rapid.OneOf(rapid.Uint32(), rapid.SampledFrom([]uint32{0, 0xfffd, 0xfffe, 0xffff, 0x10000, noTerm}))).Draw(t, "terms")
		require.Equal(t, append([]term{}, terms...), encode(terms).decode([]term{}))
	})
}
