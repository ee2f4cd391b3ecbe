package engine

import (
	"cmp"
	"math"
	"slices"

	"github.com/atocore/atocore/domain"
)

// slot is the number of a passage in the index. Slots of passages that are gone
// are used again.
type slot = uint32

const noSlot slot = math.MaxUint32

// titleWeight is how often a word of a title counts.
const titleWeight = 2

// postings lists the passages that hold a term, in no order, with how often.
type postings struct {
	slots  []slot
	counts []uint8 // saturating
}

// entry is what the index knows of a passage beside its postings.
type entry struct {
	id      string
	project uint32 // number of the project
	group   uint32 // number of the document; 0 for a passage that stands alone
	seq     int32  // position in the document
	length  uint32 // words, titles counted titleWeight times
	kind    domain.PassageKind
	words   []term // the terms in order, noTerm between fields
}

// text is the inverted index.
type text struct {
	vocabulary *vocabulary
	postings   []postings // by term
	df         []uint32   // passages that hold the term: the length of its postings
	entries    []entry    // by slot; a free slot has no id
	free       []slot
	byID       map[string]slot

	projects   map[string]uint32
	population []uint32 // passages, by project
	volume     []uint64 // words, by project

	groups     map[domain.DocumentKey]uint32
	members    [][]slot                      // by group, ordered by seq
	keys       map[uint32]domain.DocumentKey // by group
	freeGroups []uint32
}

func newText() *text {
	return &text{
		vocabulary: newVocabulary(),
		byID:       map[string]slot{},
		projects:   map[string]uint32{},
		groups:     map[domain.DocumentKey]uint32{},
		keys:       map[uint32]domain.DocumentKey{},
		members:    make([][]slot, 1),
	}
}

// add indexes a passage whose id is not in the index, and returns its slot.
func (x *text) add(p domain.Passage, searched string) slot {
	at := x.newSlot()
	e := entry{id: p.ID, kind: p.Kind, seq: int32(p.Seq), project: x.project(p.Project)}
	counts := map[term]int{}
	field := func(s string, weight int) {
		if len(e.words) > 0 {
			e.words = append(e.words, noTerm)
		}
		eachWord(s, func(w string) {
			index := func(w string) {
				t := x.vocabulary.add(fold(w))
				counts[t] += weight
				e.length += uint32(weight)
				e.words = append(e.words, t)
			}
			index(w)
			for _, part := range parts(w) {
				index(part)
			}
		})
	}
	field(searched, 1)
	for _, f := range []struct {
		text   string
		weight int
	}{{p.Title, titleWeight}, {p.Heading, 1}, {p.Path, 1}} {
		if f.text != "" {
			field(f.text, f.weight)
		}
	}
	e.words = slices.Clip(e.words)
	for len(x.postings) < len(x.vocabulary.stems) {
		x.postings = append(x.postings, postings{})
		x.df = append(x.df, 0)
	}
	for t, n := range counts {
		list := &x.postings[t]
		list.slots = append(list.slots, at)
		list.counts = append(list.counts, uint8(min(n, math.MaxUint8)))
		x.df[t]++
	}
	if p.Kind == domain.PassageChunk {
		e.group = x.join(domain.DocumentKey{Project: p.Project, Root: p.Root, Path: p.Path}, at, e.seq)
	}
	x.population[e.project]++
	x.volume[e.project] += uint64(e.length)
	x.entries[at] = e
	x.byID[p.ID] = at
	return at
}

func (x *text) newSlot() slot {
	if n := len(x.free); n > 0 {
		at := x.free[n-1]
		x.free = x.free[:n-1]
		return at
	}
	x.entries = append(x.entries, entry{})
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
func (x *text) join(key domain.DocumentKey, at slot, seq int32) uint32 {
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
	i, _ := slices.BinarySearchFunc(x.members[g], seq, func(s slot, seq int32) int {
		return cmp.Compare(x.entries[s].seq, seq)
	})
	x.members[g] = slices.Insert(x.members[g], i, at)
	return g
}

// remove takes a passage out of the index; one that is not there is passed over.
// It returns the slot that it had.
func (x *text) remove(id string) (slot, bool) {
	at, known := x.byID[id]
	if !known {
		return noSlot, false
	}
	e := x.entries[at]
	seen := map[term]bool{}
	for _, t := range e.words {
		if t == noTerm || seen[t] {
			continue
		}
		seen[t] = true
		x.df[t]--
		list := &x.postings[t]
		i := slices.Index(list.slots, at)
		last := len(list.slots) - 1
		list.slots[i], list.counts[i] = list.slots[last], list.counts[last]
		list.slots, list.counts = list.slots[:last], list.counts[:last]
	}
	if e.group != 0 {
		members := x.members[e.group]
		members = slices.Delete(members, slices.Index(members, at), slices.Index(members, at)+1)
		x.members[e.group] = members
		if len(members) == 0 {
			delete(x.groups, x.keys[e.group])
			delete(x.keys, e.group)
			x.freeGroups = append(x.freeGroups, e.group)
		}
	}
	x.population[e.project]--
	x.volume[e.project] -= uint64(e.length)
	x.entries[at] = entry{}
	x.free = append(x.free, at)
	delete(x.byID, id)
	return at, true
}

// filter is a scope in the numbers of the index.
type filter struct {
	all     bool
	project uint32 // the project asked for
	none    uint32 // the number of "no project"
	kinds   []domain.PassageKind
}

const noProject = math.MaxUint32

func (x *text) filter(scope domain.Scope) filter {
	f := filter{all: scope.Project == "" && len(scope.Kinds) == 0, project: noProject, none: noProject, kinds: scope.Kinds}
	if scope.Project == "" {
		return f
	}
	if n, known := x.projects[scope.Project]; known {
		f.project = n
	}
	if n, known := x.projects[""]; known {
		f.none = n
	}
	f.kinds = scope.Kinds
	return f
}

func (f *filter) holds(e *entry, scoped bool) bool {
	if scoped && e.project != f.project && e.project != f.none {
		return false
	}
	return len(f.kinds) == 0 || slices.Contains(f.kinds, e.kind)
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
