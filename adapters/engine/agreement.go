package engine

import "math"

// Agreement: a candidate is the more credible the more the candidates that are
// most like it were found strong, too (score smoothing over the nearest
// neighbours; Diaz, "Regularizing ad hoc retrieval scores", 2005). Neighbours of
// the same document are left out: they are alike because they are neighbours, and
// context has counted them.
const (
	agreementDepth     = 50
	agreementNearest   = 8
	agreementWeight    = 0.5
	agreementClearAt   = 10   // the rank that tells whether there is a clear winner
	agreementTooCommon = 0.25 // terms in more of the corpus than this say nothing about likeness
)

// agree moves the score of each of the best candidates towards the mean of the
// scores of those most like it, by agreementWeight times the share that the
// tenth best has of the best: where there is a clear winner, it stays.
// The candidates are ordered best first.
func (x *text) agree(stats corpus, s *scratch, candidates []candidate) {
	depth := min(agreementDepth, len(candidates))
	if depth < 3 {
		return
	}
	best := candidates[0].sum
	if best <= 0 {
		return
	}
	share := agreementWeight * candidates[min(agreementClearAt, len(candidates))-1].sum / best
	x.termVectors(stats, s, candidates[:depth])
	s.old = s.old[:0]
	for i := range depth {
		s.old = append(s.old, candidates[i].sum)
	}
	if len(s.cosines) < agreementDepth {
		s.cosines = make([]float32, agreementDepth)
	}
	cosines := s.cosines[:depth]
	for i := range depth {
		clear(cosines)
		for _, w := range s.vectors[i] {
			for _, o := range s.inverted[w.local] {
				cosines[o.candidate] += w.weight * o.weight
			}
		}
		var nearest [agreementNearest]alike
		held := 0
		group := x.entries[candidates[i].slot].group
		for j, c := range cosines {
			if j == i || c <= 0 || held == len(nearest) && c <= nearest[held-1].cosine ||
				group != 0 && group == x.entries[candidates[j].slot].group {
				continue
			}
			held = min(held+1, len(nearest))
			at := held - 1
			for ; at > 0 && nearest[at-1].cosine < c; at-- {
				nearest[at] = nearest[at-1]
			}
			nearest[at] = alike{j, c}
		}
		var weights, mean float64
		for _, n := range nearest[:held] {
			weights += float64(n.cosine)
			mean += float64(n.cosine) * s.old[n.other]
		}
		if weights > 0 {
			candidates[i].add(stageAgreement, share*(mean/weights-s.old[i]))
		}
	}
	for i := depth; i < len(candidates); i++ {
		candidates[i].add(stageAgreement, -share*candidates[i].sum)
	}
}

type alike struct {
	other  int
	cosine float32
}

type localWeight struct {
	local  uint32
	weight float32
}

type lent struct {
	candidate uint32
	weight    float32
}

// termVectors leaves the candidates as TF-IDF vectors of length 1 in s.vectors,
// and the same by term in s.inverted. Terms too common to say anything are left out.
func (x *text) termVectors(stats corpus, s *scratch, candidates []candidate) {
	tooCommon := int(agreementTooCommon*float64(stats.n)) + smallCorpus
	s.known, s.counts, s.weights, s.vectors = s.known[:0], s.counts[:0], s.weights[:0], s.vectors[:0]
	s.ends = s.ends[:0]
	for c := range candidates {
		start := len(s.weights)
		s.seen = s.seen[:0]
		for _, t := range x.entries[candidates[c].slot].words {
			if t == noTerm {
				continue
			}
			local := s.local[t]
			if local == 0 {
				s.known = append(s.known, t)
				s.counts = append(s.counts, 0)
				local = uint32(len(s.known))
				s.local[t] = local
			}
			if s.counts[local-1]++; s.counts[local-1] == 1 {
				s.seen = append(s.seen, t)
			}
		}
		var square float64
		for _, t := range s.seen {
			local := s.local[t] - 1
			n := s.counts[local]
			s.counts[local] = 0
			df := x.frequency(t)
			if df > tooCommon {
				continue
			}
			w := tfWeight(n) * s.idfOf(stats.n, df)
			square += w * w
			s.weights = append(s.weights, localWeight{local, float32(w)})
		}
		if square > 0 {
			scale := float32(1 / math.Sqrt(square))
			for i := start; i < len(s.weights); i++ {
				s.weights[i].weight *= scale
			}
		}
		s.ends = append(s.ends, len(s.weights))
	}
	for len(s.inverted) < len(s.known) {
		s.inverted = append(s.inverted, nil)
	}
	for i := range s.known {
		s.inverted[i] = s.inverted[i][:0]
	}
	start := 0
	for _, end := range s.ends { // s.weights no longer grows, and so no longer moves
		s.vectors = append(s.vectors, s.weights[start:end])
		start = end
	}
	for c, v := range s.vectors {
		for _, w := range v {
			s.inverted[w.local] = append(s.inverted[w.local], lent{uint32(c), w.weight})
		}
	}
	for _, t := range s.known {
		s.local[t] = 0
	}
}

var logarithms = func() (t [64]float64) {
	for i := range t {
		t[i] = 1 + math.Log(float64(max(1, i)))
	}
	return t
}()

// tfWeight is the weight of a term that occurs n times: 1 + ln n.
func tfWeight(n uint32) float64 {
	if n < uint32(len(logarithms)) {
		return logarithms[n]
	}
	return 1 + math.Log(float64(n))
}

// smallCorpus keeps small corpora from calling every word common.
const smallCorpus = 20

// idfTable is how many document frequencies have their weight looked up.
const idfTable = 4096

// idfOf is idf with a table for what is rare, which is most of what there is.
func (s *scratch) idfOf(n, df int) float64 {
	if s.idfN != n || s.idfs == nil {
		s.idfs = s.idfs[:0]
		for d := range idfTable {
			s.idfs = append(s.idfs, idf(n, min(d, n)))
		}
		s.idfN = n
	}
	if df < idfTable {
		return s.idfs[df]
	}
	return idf(n, min(df, n))
}
