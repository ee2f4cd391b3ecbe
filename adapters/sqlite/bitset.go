package sqlite

import (
	"maps"
	"math/bits"
	"slices"
)

// bitset is a set of docids. They count up from 1, so that 64 of them share a word;
// those of a damaged file may be anywhere, and cost a word each.
type bitset map[int64]uint64

func (b bitset) add(n int64) { b[n>>6] |= 1 << (n & 63) }

func (b bitset) has(n int64) bool { return b[n>>6]&(1<<(n&63)) != 0 }

// remove takes out a number that is in the set.
func (b bitset) remove(n int64) {
	if b[n>>6] &^= 1 << (n & 63); b[n>>6] == 0 {
		delete(b, n>>6)
	}
}

// all returns the numbers in order; nil for none.
func (b bitset) all() (out []int64) {
	for _, i := range slices.Sorted(maps.Keys(b)) {
		for word := b[i]; word != 0; word &= word - 1 {
			out = append(out, i<<6+int64(bits.TrailingZeros64(word)))
		}
	}
	return out
}
