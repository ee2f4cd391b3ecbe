package engine

// scratch is what one search works in. It is reset by what it touched, so that a
// search costs what it finds and not what there is.
type scratch struct {
	score   []float32 // by slot, zero between uses
	touched []slot
	idf     []float64 // by query term, within the scope
	top     topSlots

	candidates []candidate
	sorted     []candidate
	order      []ranked

	// of proximity
	local     []uint32   // by term, zero between uses: a short number for a term
	texts     []sequence // of the candidates
	touch     uint16     // of no meaning: it has what was read be read
	matcher   matcher
	hits      []hit
	pairs     []pairCount
	frequency []int
	held      []int

	// of likeness
	terms   []term
	counts  []uint32  // by term, zero between uses
	asked   []float64 // by query term
	cosines []float64 // by candidate

	// of context
	place  []int32 // by slot, zero between uses: 1 + the place among the candidates
	own    []float64
	around []neighbour
	ends   []int

	agreement agreement
}

func (s *scratch) reset() {
	for _, at := range s.touched {
		s.score[at] = 0
	}
	s.touched = s.touched[:0]
}

func (s *scratch) grow(slots, terms int) {
	if len(s.score) < slots {
		s.score = make([]float32, slots+slots/8)
		s.place = make([]int32, len(s.score))
	}
	if len(s.local) < terms {
		s.local = make([]uint32, terms+terms/8)
		s.counts = make([]uint32, len(s.local))
	}
}

// zeros returns n zeros in the room of v.
func zeros[T any](v []T, n int) []T {
	if cap(v) < n {
		return make([]T, n, n+n/2)
	}
	v = v[:n]
	clear(v)
	return v
}
