package engine

// The context of a passage: what stands around it in the same document. A turn of
// a dialog needs much of it, a page little, so it is measured in words.
const (
	contextReach  = 250 // words from centre to centre
	contextSteps  = 3
	contextWeight = 0.3 // at distance 0 …
	contextFade   = 400 // … and nothing at this distance
)

// neighbour is a passage and what share of its strength it lends.
type neighbour struct {
	slot   slot
	weight float64
}

// context lets each candidate borrow strength from its neighbours, and brings in
// neighbours of candidates that hold too little of the query to be candidates.
func (x *text) context(f *filter, s *scratch) {
	s.own, s.around, s.ends = s.own[:0], s.around[:0], s.ends[:0]
	for i := range s.candidates {
		s.place[s.candidates[i].slot] = int32(i + 1)
		s.own = append(s.own, s.candidates[i].sum)
	}
	for i := range s.own {
		start := len(s.around)
		s.around = x.neighbours(s.candidates[i].slot, s.around)
		for _, n := range s.around[start:] {
			if s.place[n.slot] != 0 || !f.holds(x, n.slot) {
				continue
			}
			c := candidate{slot: n.slot}
			c.add(stageBM25, float64(s.score[n.slot]))
			s.candidates = append(s.candidates, c)
			s.place[n.slot] = int32(len(s.candidates))
		}
		s.ends = append(s.ends, len(s.around))
	}
	for i := len(s.own); i < len(s.candidates); i++ {
		s.around = x.neighbours(s.candidates[i].slot, s.around)
		s.ends = append(s.ends, len(s.around))
	}
	start := 0
	for i, end := range s.ends {
		var borrowed float64
		for _, n := range s.around[start:end] {
			switch place := int(s.place[n.slot]); {
			case place != 0 && place <= len(s.own):
				borrowed += n.weight * s.own[place-1]
			case f.holds(x, n.slot):
				borrowed += n.weight * float64(s.score[n.slot])
			}
		}
		if borrowed != 0 {
			s.candidates[i].add(stageContext, borrowed)
		}
		start = end
	}
	for i := range s.candidates {
		s.place[s.candidates[i].slot] = 0
	}
}

// neighbours appends the neighbours of a passage within reach, those before it
// first, each side by distance.
func (x *text) neighbours(self slot, out []neighbour) []neighbour {
	for side := range x.sides[self] {
		distance := float64(x.lengths[self]) / 2
		at := x.sides[self][side]
		for n := 0; n < contextSteps && at != noSlot; n++ {
			length := float64(x.lengths[at])
			if distance+length/2 > contextReach {
				break
			}
			out = append(out, neighbour{at, contextWeight * (1 - (distance+length/2)/contextFade)})
			distance += length
			at = x.sides[at][side]
		}
	}
	return out
}
