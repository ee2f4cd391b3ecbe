package domain

import "math"

// Quantised is a vector as it is kept and compared: one byte a dimension and a scale
// for all of them. A cosine of two is off by less than 0.01, for a quarter of the
// room.
type Quantised struct {
	// Scale times a component is that component of the vector in length 1; 0 for a
	// vector without direction, which is near to nothing.
	Scale      float32
	Components []int8
}

// Quantise returns the vector in one byte a dimension.
func Quantise(v []float32) Quantised {
	q := Quantised{Components: make([]int8, len(v))}
	q.Scale = QuantiseInto(v, q.Components)
	return q
}

// QuantiseInto writes the components of v, of which there is room for at least as
// many, clears those beyond, and returns the scale.
func QuantiseInto(v []float32, components []int8) (scale float32) {
	var square float64
	var most float32
	for _, x := range v {
		square += float64(x) * float64(x)
		most = max(most, float32(math.Abs(float64(x))))
	}
	clear(components[len(v):])
	if square == 0 || most == 0 {
		clear(components)
		return 0
	}
	for i, x := range v {
		components[i] = int8(math.RoundToEven(float64(x / most * 127)))
	}
	return most / 127 / float32(math.Sqrt(square))
}

// Floats returns the vector again, in length 1 but for what rounding took.
func (q Quantised) Floats() []float32 {
	v := make([]float32, len(q.Components))
	for i, c := range q.Components {
		v[i] = float32(c) * q.Scale
	}
	return v
}
