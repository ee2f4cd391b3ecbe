package engine

import "slices"

// scored is a slot with its score.
type scored struct {
	slot  slot
	score float32
}

// topSlots keeps the limit slots with the highest scores above 0. It is a heap with
// the weakest on top.
type topSlots struct {
	limit  int
	before func(a, b slot) bool // the order of those with one score
	least  float32              // what scores less is of no use any more
	heap   []scored
}

// start empties it for another use.
func (t *topSlots) start(limit int, before func(a, b slot) bool) {
	t.limit, t.before, t.least, t.heap = limit, before, 0, t.heap[:0]
}

// weaker tells whether a goes before b does.
func (t *topSlots) weaker(a, b scored) bool {
	if a.score != b.score {
		return a.score < b.score
	}
	return t.before(b.slot, a.slot)
}

// offer takes the slot in if it is among the best so far.
func (t *topSlots) offer(at slot, score float32) {
	if score <= 0 {
		return
	}
	next := scored{at, score}
	if len(t.heap) < t.limit {
		t.heap = append(t.heap, next)
		for i := len(t.heap) - 1; i > 0 && t.weaker(t.heap[i], t.heap[(i-1)/2]); i = (i - 1) / 2 {
			t.heap[i], t.heap[(i-1)/2] = t.heap[(i-1)/2], t.heap[i]
		}
	} else {
		if !t.weaker(t.heap[0], next) {
			return
		}
		t.heap[0] = next
		for i := 0; ; {
			weakest := i
			for _, child := range [2]int{2*i + 1, 2*i + 2} {
				if child < len(t.heap) && t.weaker(t.heap[child], t.heap[weakest]) {
					weakest = child
				}
			}
			if weakest == i {
				break
			}
			t.heap[i], t.heap[weakest] = t.heap[weakest], t.heap[i]
			i = weakest
		}
	}
	if len(t.heap) == t.limit {
		t.least = t.heap[0].score
	}
}

// sorted returns what was kept, best first; it ends the use.
func (t *topSlots) sorted() []scored {
	slices.SortFunc(t.heap, func(a, b scored) int {
		switch {
		case t.weaker(b, a):
			return -1
		case t.weaker(a, b):
			return 1
		}
		return 0
	})
	return t.heap
}

// selectFirst moves the first n elements in the order of compare to the front, in
// no order (quickselect; Hoare, 1961).
func selectFirst[T any](v []T, n int, compare func(a, b T) int) {
	for len(v) > n && n > 0 {
		// The median of three as the pivot.
		mid, last := len(v)/2, len(v)-1
		if compare(v[mid], v[0]) < 0 {
			v[mid], v[0] = v[0], v[mid]
		}
		if compare(v[last], v[0]) < 0 {
			v[last], v[0] = v[0], v[last]
		}
		if compare(v[last], v[mid]) < 0 {
			v[last], v[mid] = v[mid], v[last]
		}
		pivot := v[mid]
		i, j := 0, last
		for i <= j {
			for compare(v[i], pivot) < 0 {
				i++
			}
			for compare(v[j], pivot) > 0 {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch { // v[:j+1] ≤ pivot ≤ v[i:]
		case n <= j:
			v = v[:j+1]
		case n >= i:
			v, n = v[i:], n-i
		default:
			return
		}
	}
}
