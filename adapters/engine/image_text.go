package engine

import (
	"math"
	"slices"

	"github.com/atocore/atocore/domain"
)

// write adds the inverted index to an image, but for the ids, which the passages
// have.
func (x *text) write(s *sections) {
	v := x.vocabulary
	v.stems.write(s)
	v.words.write(s)
	put(s, v.stemOf)
	putRuns(s, len(x.postings), func(t int) []posting { return x.postings[t] })
	n := len(x.entries)
	groups, kinds := make([]uint32, n), make([]uint8, n)
	for i := range x.entries {
		groups[i] = x.entries[i].group
		if x.entries[i].memory {
			kinds[i] = 1
		}
	}
	put(s, groups)
	put(s, kinds)
	put(s, x.owners)
	put(s, x.lengths)
	put(s, x.seqs)
	put(s, x.sketches)
	putRuns(s, n, func(i int) []uint16 { return x.entries[i].words })

	projects := make([]string, len(x.population))
	for name, p := range x.projects {
		projects[p] = name
	}
	s.strings(len(projects), func(i int) string { return projects[i] })

	keys := make([]string, 0, 3*len(x.members))
	for g := range x.members {
		k := x.keys[uint32(g)]
		keys = append(keys, k.Project, k.Root, k.Path)
	}
	s.strings(len(keys), func(i int) string { return keys[i] })
}

// readText is the counterpart of write. What can be derived is derived: the
// population of projects, the members of documents, the free slots.
func readText(r *reader, passages []*domain.Passage) *text {
	x := newText()
	v := x.vocabulary
	v.stems.read(r)
	v.words.read(r)
	v.stemOf = get[term](r)
	lists := getRuns[posting](r)
	groups := get[uint32](r)
	kinds := get[uint8](r)
	x.owners = get[uint32](r)
	x.lengths = get[uint32](r)
	x.seqs = get[int32](r)
	x.sketches = get[wordSketch](r)
	sequences := getRuns[uint16](r)
	projects := r.strings()
	keys := r.strings()
	n := len(passages)
	if r.err != nil || len(lists) != v.stems.len() || len(v.stemOf) != v.words.len() || len(sequences) != n || len(groups) != n || len(kinds) != n ||
		len(x.owners) != n || len(x.lengths) != n || len(x.seqs) != n || len(x.sketches) != n || len(keys)%3 != 0 {
		r.err = errImage
		return x
	}
	for n, t := range v.stemOf {
		if int(t) >= len(lists) {
			r.err = errImage
			return x
		}
		v.note(uint32(n), v.words.at(uint32(n)))
	}
	x.df = make([]uint32, len(lists))
	for t := range lists {
		x.df[t] = uint32(len(lists[t]))
	}
	x.postings = lists
	for _, name := range projects {
		x.project(name)
	}
	x.members = make([][]slot, max(1, len(keys)/3))
	x.entries = make([]entry, n)
	x.heads = make([]uint64, n)
	x.sides = make([][2]slot, n)
	x.byID = newIDs(n)
	for i, p := range passages {
		x.sides[i] = [2]slot{noSlot, noSlot}
		if p == nil {
			x.free = append(x.free, slot(i))
			continue
		}
		e := entry{id: p.ID, group: groups[i], memory: kinds[i] == 1, words: sequences[i]}
		if int(x.owners[i]) >= len(projects) || int(e.group) >= len(x.members) {
			r.err = errImage
			return x
		}
		x.entries[i] = e
		x.heads[i] = head(e.id)
		x.byID.put(slot(i), x.entries)
		x.population[x.owners[i]]++
		x.volume[x.owners[i]] += uint64(x.lengths[i])
		if e.group != 0 {
			x.members[e.group] = append(x.members[e.group], slot(i))
		}
	}
	for g := 1; g < len(x.members); g++ {
		if len(x.members[g]) == 0 {
			x.freeGroups = append(x.freeGroups, uint32(g))
			continue
		}
		key := domain.DocumentKey{Project: keys[3*g], Root: keys[3*g+1], Path: keys[3*g+2]}
		x.groups[key] = uint32(g)
		x.keys[uint32(g)] = key
		slices.SortFunc(x.members[g], func(a, b slot) int { return int(x.seqs[a]) - int(x.seqs[b]) })
		for i := range len(x.members[g]) + 1 {
			x.tie(x.members[g], i)
		}
	}
	return x
}

// writePassages adds what is answered to an image.
func writePassages(s *sections, present []*domain.Passage) {
	passages := make([]domain.Passage, len(present))
	for i, p := range present {
		if p != nil {
			passages[i] = *p
		}
	}
	texts := func(field func(*domain.Passage) string) {
		s.strings(len(passages), func(i int) string { return field(&passages[i]) })
	}
	texts(func(p *domain.Passage) string { return p.ID })
	texts(func(p *domain.Passage) string { return string(p.Kind) })
	texts(func(p *domain.Passage) string { return p.Project })
	texts(func(p *domain.Passage) string { return p.Root })
	texts(func(p *domain.Passage) string { return p.Path })
	texts(func(p *domain.Passage) string { return p.Title })
	texts(func(p *domain.Passage) string { return p.Heading })
	texts(func(p *domain.Passage) string { return string(p.Type) })
	texts(func(p *domain.Passage) string { return p.Content })
	lines := make([]int32, 0, 3*len(passages))
	confidences := make([]uint64, len(passages))
	for i := range passages {
		p := &passages[i]
		lines = append(lines, int32(p.Seq), int32(p.StartLine), int32(p.EndLine))
		confidences[i] = math.Float64bits(p.Confidence)
	}
	put(s, lines)
	put(s, confidences)
}

func readPassages(r *reader) []*domain.Passage {
	var columns [9][]string
	for i := range columns {
		columns[i] = r.strings()
	}
	lines := get[int32](r)
	confidences := get[uint64](r)
	n := len(columns[0])
	for _, c := range columns {
		if len(c) != n {
			r.err = errImage
		}
	}
	if r.err != nil || len(lines) != 3*n || len(confidences) != n {
		r.err = errImage
		return nil
	}
	all := make([]domain.Passage, n)
	out := make([]*domain.Passage, n)
	for i := range out {
		if columns[0][i] == "" {
			continue // a free slot
		}
		out[i] = &all[i]
		all[i] = domain.Passage{
			ID: columns[0][i], Kind: domain.PassageKind(columns[1][i]), Project: columns[2][i], Root: columns[3][i],
			Path: columns[4][i], Title: columns[5][i], Heading: columns[6][i], Type: domain.MemoryType(columns[7][i]),
			Content: columns[8][i], Seq: int(lines[3*i]), StartLine: int(lines[3*i+1]), EndLine: int(lines[3*i+2]),
			Confidence: math.Float64frombits(confidences[i]),
		}
	}
	return out
}

func (set *stringSet) write(s *sections) {
	put(s, set.text)
	put(s, set.ends)
	put(s, set.tags)
	put(s, set.table)
}

func (set *stringSet) read(r *reader) {
	set.text, set.ends, set.tags, set.table = get[uint8](r), get[uint32](r), get[uint8](r), get[uint32](r)
	before := uint32(0)
	for _, end := range set.ends {
		if end < before {
			r.err = errImage
		}
		before = end
	}
	taken := 0
	for i, n := range set.table {
		if int(n) >= max(1, len(set.ends)) {
			r.err = errImage
		}
		if i < len(set.tags) && set.tags[i] != 0 {
			taken++
		}
	}
	// Places that are all taken would be searched for ever.
	if int(before) != len(set.text) || len(set.tags) != len(set.table) || len(set.tags)&(len(set.tags)-1) != 0 ||
		taken != len(set.ends) || taken > 0 && taken == len(set.tags) {
		r.err = errImage
	}
}
