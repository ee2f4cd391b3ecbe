package engine

// The context of a passage: what stands around it in the same document. A turn of
// a dialog needs much of it, a page little, so it is measured in words.
const (
	contextReach  = 250 // words from centre to centre
	contextSteps  = 3
	contextWeight = 0.3 // at distance 0 …
	contextFade   = 400 // … and nothing at this distance
)

// context lets each candidate borrow strength from its neighbours, and brings in
// neighbours of candidates that hold too little of the query to be candidates.
func (x *text) context(f filter, scoped bool, s *scratch) {
	if s.at == nil {
		s.at = map[slot]int{}
	}
	clear(s.at)
	s.own = s.own[:0]
	for i := range s.candidates {
		s.at[s.candidates[i].slot] = i
		s.own = append(s.own, s.candidates[i].sum)
	}
	for i := range s.own {
		self := s.candidates[i].slot
		x.around(self, func(n slot, _ float64) {
			if _, known := s.at[n]; known || !f.holds(&x.entries[n], scoped) {
				return
			}
			s.at[n] = len(s.candidates)
			c := candidate{slot: n}
			c.add(stageBM25, float64(s.score[n]))
			s.candidates = append(s.candidates, c)
		})
	}
	for i := range s.candidates {
		var borrowed float64
		x.around(s.candidates[i].slot, func(n slot, weight float64) {
			switch at, known := s.at[n]; {
			case known && at < len(s.own):
				borrowed += weight * s.own[at]
			case f.holds(&x.entries[n], scoped):
				borrowed += weight * float64(s.score[n])
			}
		})
		if borrowed != 0 {
			s.candidates[i].add(stageContext, borrowed)
		}
	}
}

// around calls f with the neighbours of a passage within reach and what share of
// their strength they lend.
func (x *text) around(self slot, f func(n slot, weight float64)) {
	e := &x.entries[self]
	if e.group == 0 {
		return
	}
	members := x.members[e.group]
	if len(members) < 2 {
		return
	}
	i := x.position(members, e.seq, self)
	for _, step := range [2]int{-1, 1} {
		distance := float64(e.length) / 2
		for n := 1; n <= contextSteps; n++ {
			j := i + n*step
			if j < 0 || j >= len(members) {
				break
			}
			length := float64(x.entries[members[j]].length)
			if distance+length/2 > contextReach {
				break
			}
			f(members[j], contextWeight*(1-(distance+length/2)/contextFade))
			distance += length
		}
	}
}

// position finds a slot among the members of its document, which are ordered by seq.
func (x *text) position(members []slot, seq int32, self slot) int {
	low, high := 0, len(members)
	for low < high {
		mid := (low + high) / 2
		if x.entries[members[mid]].seq < seq {
			low = mid + 1
		} else {
			high = mid
		}
	}
	for low < len(members)-1 && members[low] != self {
		low++
	}
	return low
}
