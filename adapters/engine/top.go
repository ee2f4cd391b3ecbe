package engine

import "slices"

// ranked is a number of something, with its score.
type ranked struct {
	score float64
	at    uint32
}

// before tells whether r comes before o: by the score, the highest first, and of one
// score as ties says.
func (r ranked) before(o ranked, ties func(a, b uint32) bool) bool {
	return r.score > o.score || r.score == o.score && ties(r.at, o.at)
}

// sortRanked puts v in order.
func sortRanked(v []ranked, ties func(a, b uint32) bool) {
	slices.SortFunc(v, func(a, b ranked) int {
		if a.before(b, ties) {
			return -1
		}
		return 1 // no two are equal
	})
}

// selectFirst moves the first n of v to its front, in no order (quickselect; Hoare,
// 1961).
func selectFirst(v []ranked, n int, ties func(a, b uint32) bool) {
	for len(v) > n && n > 0 {
		// The median of three as the pivot.
		mid, last := len(v)/2, len(v)-1
		if v[mid].before(v[0], ties) {
			v[mid], v[0] = v[0], v[mid]
		}
		if v[last].before(v[0], ties) {
			v[last], v[0] = v[0], v[last]
		}
		if v[last].before(v[mid], ties) {
			v[last], v[mid] = v[mid], v[last]
		}
		pivot := v[mid]
		i, j := 0, last
		for i <= j {
			for v[i].before(pivot, ties) {
				i++
			}
			for pivot.before(v[j], ties) {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch { // v[:j+1] come before the pivot or are it, v[i:] after it
		case n <= j:
			v = v[:j+1]
		case n >= i:
			v, n = v[i:], n-i
		default:
			return
		}
	}
}

// topSlots keeps the limit slots with the highest scores above 0. Those that may be
// among them are gathered, and the others sorted out when many have come together.
type topSlots struct {
	limit int
	ties  func(a, b slot) bool // the order of those with one score
	least float64              // what scores less is of no use any more
	held  []ranked
}

// roomFor is how many times the limit are gathered.
const roomFor = 4

// start empties it for another use.
func (t *topSlots) start(limit int, ties func(a, b slot) bool) {
	t.limit, t.ties, t.least, t.held = limit, ties, 0, t.held[:0]
}

// offer takes the slot in if it is among the best so far.
func (t *topSlots) offer(at slot, score float64) {
	if score <= 0 || score < t.least {
		return
	}
	t.held = append(t.held, ranked{score, at})
	if len(t.held) < roomFor*t.limit {
		return
	}
	t.least = t.held[0].score
	for _, r := range t.best() {
		t.least = min(t.least, r.score)
	}
}

// best returns what is kept, in no order, until something is offered again.
func (t *topSlots) best() []ranked {
	if len(t.held) > t.limit {
		selectFirst(t.held, t.limit, t.ties)
		t.held = t.held[:t.limit]
	}
	return t.held
}

// sorted returns what is kept, best first.
func (t *topSlots) sorted() []ranked {
	best := t.best()
	sortRanked(best, t.ties)
	return best
}
