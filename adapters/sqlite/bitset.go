package sqlite

import (
	"maps"
	"math/bits"
	"slices"
)

// bitset is a set of docids. They count up from 1, so that 64 of them share a word;
// those of a damaged file may be anywhere, and cost an entry of a map each. The zero
// value is the empty set.
type bitset struct {
	near []uint64 // of the numbers from 0 to nearest
	far  map[int64]uint64
}

// nearest is the largest number that is looked up without a map: 4 MB for all of them.
const nearest = 1<<25 - 1

func (b *bitset) add(n int64) {
	if n < 0 || n > nearest {
		if b.far == nil {
			b.far = map[int64]uint64{}
		}
		b.far[n>>6] |= 1 << (n & 63)
		return
	}
	if word := int(n >> 6); word >= len(b.near) {
		b.near = append(b.near, make([]uint64, max(word+1, 2*len(b.near))-len(b.near))...)
	}
	b.near[n>>6] |= 1 << (n & 63)
}

func (b *bitset) has(n int64) bool { return b.word(n)&(1<<(n&63)) != 0 }

func (b *bitset) word(n int64) uint64 {
	if word := n >> 6; word >= 0 && word < int64(len(b.near)) {
		return b.near[word]
	}
	return b.far[n>>6]
}

// remove takes out a number that is in the set.
func (b *bitset) remove(n int64) {
	if word := n >> 6; word >= 0 && word < int64(len(b.near)) {
		b.near[word] &^= 1 << (n & 63)
		return
	}
	if b.far[n>>6] &^= 1 << (n & 63); b.far[n>>6] == 0 {
		delete(b.far, n>>6)
	}
}

// all returns the numbers in order; nil for none.
func (b *bitset) all() (out []int64) {
	far := slices.Sorted(maps.Keys(b.far))
	unpack := func(i int64, word uint64) {
		for ; word != 0; word &= word - 1 {
			out = append(out, i<<6+int64(bits.TrailingZeros64(word)))
		}
	}
	for len(far) > 0 && far[0] < 0 {
		unpack(far[0], b.far[far[0]])
		far = far[1:]
	}
	for i, word := range b.near {
		unpack(int64(i), word)
	}
	for _, i := range far {
		unpack(i, b.far[i])
	}
	return out
}
