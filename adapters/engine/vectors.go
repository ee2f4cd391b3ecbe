package engine

import (
	"fmt"
	"slices"

	"github.com/atocore/atocore/domain"
)

// vectors holds one quantised vector a slot: int8 components with a scale of their
// own each. A cosine is off by less than 0.01, and four fifths of the memory and of
// the memory traffic are saved.
type vectors struct {
	dimension int
	width     int       // dimension rounded up to a multiple of lanes
	data      []int8    // width a slot
	scale     []float32 // component × scale = the original; 0 for no vector
}

// lanes is what the widest kernel works on at once.
const lanes = 32

func newVectors(dimension int) *vectors {
	return &vectors{dimension: dimension, width: (dimension + lanes - 1) / lanes * lanes}
}

// set stores the vector of a slot.
func (v *vectors) set(at slot, vector domain.Quantised) error {
	if len(vector.Components) != v.dimension {
		return fmt.Errorf("a vector of %d dimensions among vectors of %d", len(vector.Components), v.dimension)
	}
	v.grow(int(at) + 1)
	copy(v.data[int(at)*v.width:(int(at)+1)*v.width], vector.Components)
	v.scale[at] = vector.Scale
	return nil
}

func (v *vectors) clear(at slot) {
	if int(at) < len(v.scale) {
		v.scale[at] = 0
	}
}

// any tells whether there is a vector at all.
func (v *vectors) any() bool {
	return slices.ContainsFunc(v.scale, func(s float32) bool { return s != 0 })
}

func (v *vectors) grow(slots int) {
	for len(v.scale) < slots {
		v.scale = append(v.scale, 0)
		v.data = append(v.data, make([]int8, v.width)...)
	}
}

// block is how many vectors one call of the kernel compares.
const block = 256

// quantisedQuery is a vector to compare with, its components widened for the kernel.
type quantisedQuery struct {
	wide  []int16
	scale float32
}

// quantised returns the vector ready to compare, and false for one that is nothing.
func (v *vectors) quantised(query []float32) (quantisedQuery, bool) {
	if v.dimension == 0 || len(query) != v.dimension {
		return quantisedQuery{}, false
	}
	q := quantisedQuery{wide: make([]int16, v.width)}
	narrow := make([]int8, v.width)
	q.scale = domain.QuantiseInto(query, narrow)
	for i, x := range narrow {
		q.wide[i] = int16(x)
	}
	return q, q.scale != 0
}

// cosine compares with the vector of one slot; 0 where there is none.
func (v *vectors) cosine(q quantisedQuery, at slot) float32 {
	if int(at) >= len(v.scale) || v.scale[at] == 0 {
		return 0
	}
	var dot [1]int32
	dotAll(q.wide, v.data[int(at)*v.width:(int(at)+1)*v.width], dot[:])
	return float32(dot[0]) * q.scale * v.scale[at]
}

// nearest calls f with the cosine of every slot that has a vector, and that only,
// unless it is nil, admits.
func (v *vectors) nearest(query []float32, only func(slot) bool, f func(at slot, cosine float32)) {
	q, ok := v.quantised(query)
	if !ok {
		return
	}
	var dots [block]int32
	for start := 0; start < len(v.scale); start += block {
		n := min(block, len(v.scale)-start)
		if only != nil {
			for at := start; at < start+n; at++ {
				if v.scale[at] != 0 && only(slot(at)) {
					f(slot(at), v.cosine(q, slot(at)))
				}
			}
			continue
		}
		dotAll(q.wide, v.data[start*v.width:(start+n)*v.width], dots[:n])
		for i := range n {
			if s := v.scale[start+i]; s != 0 {
				f(slot(start+i), float32(dots[i])*q.scale*s)
			}
		}
	}
}

// dotPortable writes into out the dot product of query with each of the len(out)
// vectors in data, which are as wide as query.
func dotPortable(query []int16, data []int8, out []int32) {
	width := len(query)
	for i := range out {
		v := data[i*width : (i+1)*width]
		var a, b, c, d int32
		for j := 0; j+4 <= width; j += 4 {
			a += int32(query[j]) * int32(v[j])
			b += int32(query[j+1]) * int32(v[j+1])
			c += int32(query[j+2]) * int32(v[j+2])
			d += int32(query[j+3]) * int32(v[j+3])
		}
		out[i] = a + b + c + d
	}
}
