package engine

import (
	"math"
	"slices"

	"github.com/atocore/atocore/domain"
)

// write adds the inverted index to an image.
func (x *text) write(s *sections) {
	v := x.vocabulary
	s.strings(len(v.stems), func(i int) string { return v.stems[i] })
	put(s, v.masks)
	words := make([]string, 0, len(v.words))
	for w := range v.words {
		words = append(words, w)
	}
	terms := make([]term, len(words))
	for i, w := range words {
		terms[i] = v.words[w]
	}
	s.strings(len(words), func(i int) string { return words[i] })
	put(s, terms)

	lengths := make([]uint32, len(x.postings))
	var slots []slot
	var counts []uint8
	for t := range x.postings {
		lengths[t] = uint32(len(x.postings[t].slots))
		slots = append(slots, x.postings[t].slots...)
		counts = append(counts, x.postings[t].counts...)
	}
	put(s, lengths)
	put(s, slots)
	put(s, counts)

	n := len(x.entries)
	numbers := make([]uint32, 0, 4*n)
	kinds := make([]uint8, n)
	for i := range x.entries {
		e := &x.entries[i]
		numbers = append(numbers, e.project, e.group, uint32(e.seq), e.length)
		if e.kind == domain.PassageMemory {
			kinds[i] = 1
		}
	}
	put(s, numbers)
	put(s, kinds)
	s.strings(n, func(i int) string { return x.entries[i].id })
	sizes := make([]uint32, n)
	var sequences []term
	for i := range x.entries {
		sizes[i] = uint32(len(x.entries[i].words))
		sequences = append(sequences, x.entries[i].words...)
	}
	put(s, sizes)
	put(s, sequences)

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
func readText(r *reader) *text {
	x := newText()
	v := x.vocabulary
	v.stems = r.strings()
	v.masks = get[uint64](r)
	words := r.strings()
	terms := get[term](r)
	lengths := get[uint32](r)
	slots := get[slot](r)
	counts := get[uint8](r)
	numbers := get[uint32](r)
	kinds := get[uint8](r)
	ids := r.strings()
	sizes := get[uint32](r)
	sequences := get[term](r)
	projects := r.strings()
	keys := r.strings()
	n := len(ids)
	if r.err != nil || len(v.masks) != len(v.stems) || len(terms) != len(words) || len(lengths) != len(v.stems) ||
		len(slots) != len(counts) || len(numbers) != 4*n || len(kinds) != n || len(sizes) != n || len(keys)%3 != 0 {
		r.err = errImage
		return x
	}
	v.byStem = make(map[string]term, len(v.stems))
	for t, s := range v.stems {
		v.byStem[s] = term(t)
	}
	v.words = make(map[string]term, len(words))
	for i, w := range words {
		v.words[w] = terms[i]
	}
	x.postings = make([]postings, len(lengths))
	x.df = make([]uint32, len(lengths))
	start := 0
	for t, l := range lengths {
		end := start + int(l)
		if end > len(slots) {
			r.err = errImage
			return x
		}
		x.postings[t] = postings{slots[start:end:end], counts[start:end:end]}
		x.df[t] = l
		start = end
	}
	for _, name := range projects {
		x.project(name)
	}
	x.members = make([][]slot, max(1, len(keys)/3))
	x.entries = make([]entry, n)
	x.byID = make(map[string]slot, n)
	start = 0
	for i := range n {
		end := start + int(sizes[i])
		if end > len(sequences) {
			r.err = errImage
			return x
		}
		at := start
		start = end
		if ids[i] == "" {
			x.free = append(x.free, slot(i))
			continue
		}
		e := entry{
			id: ids[i], project: numbers[4*i], group: numbers[4*i+1], seq: int32(numbers[4*i+2]), length: numbers[4*i+3],
			kind: domain.PassageChunk, words: sequences[at:end:end],
		}
		if kinds[i] == 1 {
			e.kind = domain.PassageMemory
		}
		if int(e.project) >= len(projects) || int(e.group) >= len(x.members) {
			r.err = errImage
			return x
		}
		x.entries[i] = e
		x.byID[e.id] = slot(i)
		x.population[e.project]++
		x.volume[e.project] += uint64(e.length)
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
		slices.SortFunc(x.members[g], func(a, b slot) int { return int(x.entries[a].seq) - int(x.entries[b].seq) })
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
