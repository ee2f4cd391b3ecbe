package engine

import "hash/maphash"

// ids finds the slot of an id. It keeps slots alone: the ids are those of the
// entries, which it is given, so that it takes a fifth of the memory of a map.
type ids struct {
	seed  maphash.Seed
	table []uint32 // slot + 1 at or after the place that the hash tells, 0 where nothing is
	n     int
}

func newIDs(room int) ids {
	places := 64
	for 3*places < 4*room {
		places *= 2
	}
	return ids{seed: maphash.MakeSeed(), table: make([]uint32, places)}
}

func (t *ids) len() int { return t.n }

func (t *ids) home(id string) uint32 {
	return uint32(maphash.String(t.seed, id)) & uint32(len(t.table)-1)
}

// place returns where the id is, or where it would be put.
func (t *ids) place(id string, of []entry) uint32 {
	i := t.home(id)
	for t.table[i] != 0 && of[t.table[i]-1].id != id {
		i = (i + 1) & uint32(len(t.table)-1)
	}
	return i
}

// find returns the slot of an id, and whether it has one.
func (t *ids) find(id string, of []entry) (slot, bool) {
	if n := t.table[t.place(id, of)]; n != 0 {
		return n - 1, true
	}
	return noSlot, false
}

// put adds the slot of an id, which the entry of that slot has already, and no other.
func (t *ids) put(at slot, of []entry) {
	if 4*(t.n+1) > 3*len(t.table) {
		before := t.table
		t.table = make([]uint32, 2*len(before))
		for _, n := range before {
			if n != 0 {
				t.table[t.place(of[n-1].id, of)] = n
			}
		}
	}
	t.table[t.place(of[at].id, of)] = at + 1
	t.n++
}

// remove takes out an id that is there, and that its entry has still. What stands
// behind it moves up, so that no search ends at a gap.
func (t *ids) remove(id string, of []entry) {
	mask := uint32(len(t.table) - 1)
	gap := t.place(id, of)
	for i := (gap + 1) & mask; t.table[i] != 0; i = (i + 1) & mask {
		if home := t.home(of[t.table[i]-1].id); (i-home)&mask >= (i-gap)&mask {
			t.table[gap] = t.table[i]
			gap = i
		}
	}
	t.table[gap] = 0
	t.n--
}
