package engine

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/atocore/atocore/domain"
)

// slot is the number of a passage in the index. Slots of passages that are gone
// are used again.
type slot = uint32

const noSlot slot = math.MaxUint32

// posting is a slot and how often its passage holds the term, saturating: slot × 256
// + count.
type posting uint32

// mostSlots is how many passages an index can hold.
const mostSlots = 1 << 24

func (p posting) slot() slot   { return slot(p >> 8) }
func (p posting) count() uint8 { return uint8(p) }

// entry is what the index knows of a passage, beside its postings and what is kept
// in columns of their own because scoring reads it for every posting.
type entry struct {
	id     string
	words  sequence // the terms in order
	group  uint32   // number of the document; 0 for a passage that stands alone
	memory bool
}

// text is the inverted index.
type text struct {
	vocabulary *vocabulary
	postings   [][]posting // by term, ordered by slot
	df         []uint32    // passages that hold the term: the length of its postings
	changes    int         // counts additions and removals, for what is derived from them

	entries  []entry      // by slot; a free slot has no id
	owners   []uint32     // by slot: number of the project
	lengths  []uint32     // by slot: words
	seqs     []int32      // by slot: position in the document
	heads    []uint64     // by slot: the first bytes of the id, which nearly always tell the order
	sketches []wordSketch // by slot
	sides    [][2]slot    // by slot: the passages before and after it in its document, noSlot for none
	free     []slot
	byID     ids

	projects   map[string]uint32
	population []uint32 // passages, by project
	volume     []uint64 // words, by project

	groups     map[domain.DocumentKey]uint32
	members    [][]slot                      // by group, ordered by seq
	keys       map[uint32]domain.DocumentKey // by group
	freeGroups []uint32

	// What adding a passage works in.
	terms     []term
	seen      []term   // the different ones
	tally     []uint32 // by term, zero between uses
	sketching sketching
}

func newText() *text {
	return &text{
		vocabulary: newVocabulary(),
		byID:       newIDs(0),
		projects:   map[string]uint32{},
		groups:     map[domain.DocumentKey]uint32{},
		keys:       map[uint32]domain.DocumentKey{},
		members:    make([][]slot, 1),
	}
}

// find returns the slot of a passage, and whether it is in the index.
func (x *text) find(id string) (slot, bool) { return x.byID.find(id, x.entries) }

// full tells whether there is no room for another passage.
func (x *text) full() bool { return x.byID.len() >= mostSlots }

// add indexes a passage whose id is not in the index, and returns its slot. The
// index must not be full.
func (x *text) add(p domain.Passage, searched string) slot {
	l := newLexicon()
	return x.take(p, l.read(&p, searched, nil), l)
}

// take is add for a passage that was read before.
func (x *text) take(p domain.Passage, r reading, l *lexicon) slot {
	x.changes++
	at := x.newSlot()
	e := entry{id: p.ID, memory: p.Kind == domain.PassageMemory}
	owner, length := x.project(p.Project), uint32(0)
	x.terms, x.seen = x.terms[:0], x.seen[:0]
	for _, w := range r {
		if w == noWord {
			x.terms = append(x.terms, noTerm)
			continue
		}
		t := l.terms[w]
		if t == noTerm {
			t = x.vocabulary.add(l.words[w])
			l.terms[w] = t
		}
		for int(t) >= len(x.tally) {
			x.tally = append(x.tally, make([]uint32, 1+len(x.tally)/2)...)
		}
		if x.tally[t] == 0 {
			x.seen = append(x.seen, t)
		}
		x.tally[t]++
		length++
		x.terms = append(x.terms, t)
	}
	e.words = encode(x.terms)
	for len(x.postings) < x.vocabulary.size() {
		x.postings = append(x.postings, nil)
		x.df = append(x.df, 0)
	}
	for _, t := range x.seen {
		x.insert(t, posting(at<<8|min(x.tally[t], math.MaxUint8)))
		x.sketching.add(x.vocabulary.stems.at(t), x.tally[t])
		x.tally[t] = 0
	}
	x.owners[at], x.lengths[at], x.seqs[at] = owner, length, int32(p.Seq)
	if !e.memory {
		e.group = x.join(domain.DocumentKey{Project: p.Project, Root: p.Root, Path: p.Path}, at)
	}
	x.population[owner]++
	x.volume[owner] += uint64(length)
	x.entries[at] = e
	x.heads[at] = head(p.ID)
	x.sketches[at] = x.sketching.take()
	x.byID.put(at, x.entries)
	return at
}

// head returns the first bytes of an id as a number that is ordered as they are.
func head(id string) uint64 {
	var b [8]byte
	copy(b[:], id)
	return binary.BigEndian.Uint64(b[:])
}

// before tells whether the id of a comes before that of b.
func (x *text) before(a, b slot) bool {
	if x.heads[a] != x.heads[b] {
		return x.heads[a] < x.heads[b]
	}
	return x.entries[a].id < x.entries[b].id
}

// insert adds a posting to the list of its term. Slots mostly come in order.
func (x *text) insert(t term, p posting) {
	list := x.postings[t]
	if n := len(list); n == 0 || list[n-1].slot() < p.slot() {
		list = append(list, p)
	} else {
		i, _ := slices.BinarySearch(list, p)
		list = slices.Insert(list, i, p)
	}
	x.postings[t] = list
	x.df[t]++
}

func (x *text) newSlot() slot {
	if n := len(x.free); n > 0 {
		at := x.free[n-1]
		x.free = x.free[:n-1]
		return at
	}
	x.entries = append(x.entries, entry{})
	x.owners = append(x.owners, 0)
	x.lengths = append(x.lengths, 0)
	x.seqs = append(x.seqs, 0)
	x.heads = append(x.heads, 0)
	x.sketches = append(x.sketches, wordSketch{})
	x.sides = append(x.sides, [2]slot{noSlot, noSlot})
	return slot(len(x.entries) - 1)
}

func (x *text) project(name string) uint32 {
	n, known := x.projects[name]
	if !known {
		n = uint32(len(x.population))
		x.projects[name] = n
		x.population = append(x.population, 0)
		x.volume = append(x.volume, 0)
	}
	return n
}

// join puts a slot among the chunks of its document.
func (x *text) join(key domain.DocumentKey, at slot) uint32 {
	g, known := x.groups[key]
	if !known {
		if n := len(x.freeGroups); n > 0 {
			g = x.freeGroups[n-1]
			x.freeGroups = x.freeGroups[:n-1]
		} else {
			g = uint32(len(x.members))
			x.members = append(x.members, nil)
		}
		x.groups[key] = g
		x.keys[g] = key
	}
	i, _ := slices.BinarySearchFunc(x.members[g], x.seqs[at], func(s slot, seq int32) int {
		return cmp.Compare(x.seqs[s], seq)
	})
	x.members[g] = slices.Insert(x.members[g], i, at)
	x.tie(x.members[g], i)
	x.tie(x.members[g], i+1)
	return g
}

// tie notes that the i-th member of a document follows the one before it. Either may
// be missing.
func (x *text) tie(members []slot, i int) {
	before, after := noSlot, noSlot
	if i > 0 {
		before = members[i-1]
	}
	if i < len(members) {
		after = members[i]
	}
	if before != noSlot {
		x.sides[before][1] = after
	}
	if after != noSlot {
		x.sides[after][0] = before
	}
}

// remove takes a passage out of the index; one that is not there is passed over.
// It returns the slot that it had.
func (x *text) remove(id string) (slot, bool) {
	at, known := x.find(id)
	if !known {
		return noSlot, false
	}
	x.changes++
	e := x.entries[at]
	x.terms = e.words.decode(x.terms[:0])
	slices.Sort(x.terms)
	for _, t := range slices.Compact(x.terms) {
		if t == noTerm {
			continue
		}
		x.df[t]--
		list := x.postings[t]
		i, _ := slices.BinarySearch(list, posting(at<<8))
		x.postings[t] = slices.Delete(list, i, i+1)
	}
	if e.group != 0 {
		members := x.members[e.group]
		i := slices.Index(members, at)
		members = slices.Delete(members, i, i+1)
		x.members[e.group] = members
		x.tie(members, i)
		x.sides[at] = [2]slot{noSlot, noSlot}
		if len(members) == 0 {
			delete(x.groups, x.keys[e.group])
			delete(x.keys, e.group)
			x.freeGroups = append(x.freeGroups, e.group)
		}
	}
	x.population[x.owners[at]]--
	x.volume[x.owners[at]] -= uint64(x.lengths[at])
	x.byID.remove(id, x.entries)
	x.entries[at] = entry{}
	x.free = append(x.free, at)
	return at, true
}

// filter is a scope in the numbers of the index.
type filter struct {
	scoped   bool   // to one project and to none
	project  uint32 // the project asked for
	none     uint32 // the number of "no project"
	memories bool   // whether memories belong to it
	chunks   bool   // whether chunks do
}

const noProject = math.MaxUint32

func (x *text) filter(scope domain.Scope) filter {
	f := filter{
		scoped: scope.Project != "", project: noProject, none: noProject,
		memories: len(scope.Kinds) == 0 || slices.Contains(scope.Kinds, domain.PassageMemory),
		chunks:   len(scope.Kinds) == 0 || slices.Contains(scope.Kinds, domain.PassageChunk),
	}
	if n, known := x.projects[scope.Project]; known {
		f.project = n
	}
	if n, known := x.projects[""]; known {
		f.none = n
	}
	return f
}

func (f *filter) all() bool { return !f.scoped && f.memories && f.chunks }

// holds tells whether the passage belongs to the scope.
func (f *filter) holds(x *text, at slot) bool {
	if f.scoped && x.owners[at] != f.project && x.owners[at] != f.none {
		return false
	}
	if f.memories == f.chunks {
		return f.memories
	}
	return x.entries[at].memory == f.memories
}

// statistics returns how many passages the projects of the scope hold and how
// long they are on average.
func (x *text) statistics(scope domain.Scope) (n int, meanLength float64) {
	var population, volume uint64
	for name, p := range x.projects {
		if scope.Project == "" || name == scope.Project || name == "" {
			population += uint64(x.population[p])
			volume += x.volume[p]
		}
	}
	if population == 0 {
		return 0, 1
	}
	return int(population), max(1, float64(volume)/float64(population))
}
