package engine

import "math"

// Agreement: a candidate is the more credible the more the candidates that are
// most like it were found strong, too (score smoothing over the nearest
// neighbours; Diaz, "Regularizing ad hoc retrieval scores", 2005). Neighbours of
// the same document are left out: they are alike because they are neighbours, and
// context has counted them.
const (
	agreementDepth     = 32
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
	a := &s.agreement
	a.similarities(x, stats, s, candidates[:depth])
	a.old = a.old[:0]
	for i := range depth {
		a.old = append(a.old, candidates[i].sum)
	}
	for i := range depth {
		weights, mean := a.neighbourhood(x, candidates[:depth], i)
		if weights > 0 {
			candidates[i].add(stageAgreement, share*(mean/weights-a.old[i]))
		}
	}
	for i := depth; i < len(candidates); i++ {
		candidates[i].add(stageAgreement, -share*candidates[i].sum)
	}
}

// neighbourhood returns the sum of the cosines of the candidates of other documents
// that are most like the i-th, and that of their former scores weighted with them.
func (a *agreement) neighbourhood(x *text, candidates []candidate, i int) (weights, mean float64) {
	var nearest [agreementNearest]alike
	held := 0
	group := x.entries[candidates[i].slot].group
	for j, c := range a.cosines[i*agreementDepth:][:len(candidates)] {
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
	for _, n := range nearest[:held] {
		weights += float64(n.cosine)
		mean += float64(n.cosine) * a.old[n.other]
	}
	return weights, mean
}

type alike struct {
	other  int
	cosine float32
}

// agreement is what the stage works in.
type agreement struct {
	known   []term   // by local number
	counts  []uint32 // by local number, zero between passages
	spread  []uint32 // by local number: how many candidates hold it
	idf     []float32
	seen    []uint32 // local numbers in the passage that is read
	weights []localWeight
	ends    []int // by candidate, in weights
	from    []uint32
	lent    []lent // by local number, from its from on
	cosines []float32
	old     []float64

	common commonTerms
	idfs   []float64 // by document frequency, for a corpus of idfN
	idfN   int
}

type localWeight struct {
	local  uint32
	weight float32
}

type lent struct {
	candidate uint32
	weight    float32
}

// similarities leaves the cosines of the candidates' TF-IDF vectors in a.cosines, a
// row of agreementDepth each. Terms too common to say anything are left out. What
// only one candidate holds counts for its length alone.
func (a *agreement) similarities(x *text, stats corpus, s *scratch, candidates []candidate) {
	a.read(x, stats, s, candidates)
	a.idf = a.idf[:0]
	for _, t := range a.known {
		a.idf = append(a.idf, float32(a.idfOf(stats.n, x.frequency(t))))
	}
	a.from = zeros(a.from, len(a.known))
	next := uint32(0)
	for l, n := range a.spread {
		if a.from[l] = next; n > 1 {
			next += n
		}
	}
	a.lent = zeros(a.lent, int(next))
	filled := a.counts // zero, and as long
	a.cosines = zeros(a.cosines, agreementDepth*agreementDepth)
	start := 0
	for c, end := range a.ends {
		vector := a.weights[start:end]
		start = end
		var square float32
		for i := range vector {
			w := &vector[i]
			w.weight *= a.idf[w.local]
			square += w.weight * w.weight
		}
		if square == 0 {
			continue
		}
		scale := float32(1 / math.Sqrt(float64(square)))
		row := a.cosines[c*agreementDepth:][:agreementDepth]
		for _, w := range vector {
			if a.spread[w.local] < 2 {
				continue
			}
			weight := w.weight * scale
			at, n := a.from[w.local], filled[w.local]
			for _, o := range a.lent[at : at+n] {
				row[o.candidate] += weight * o.weight
			}
			a.lent[at+n] = lent{uint32(c), weight}
			filled[w.local]++
		}
		for other, cosine := range row[:c] {
			a.cosines[other*agreementDepth+c] = cosine
		}
	}
	clear(filled)
}

// read takes the candidates apart: the terms of each, with the weight of their
// number in it.
func (a *agreement) read(x *text, stats corpus, s *scratch, candidates []candidate) {
	a.common.of(x, int(agreementTooCommon*float64(stats.n))+smallCorpus)
	a.known, a.counts, a.spread = a.known[:0], a.counts[:0], a.spread[:0]
	a.weights, a.ends = a.weights[:0], a.ends[:0]
	for c := range candidates {
		s.words = x.entries[candidates[c].slot].words.decode(s.words[:0])
		a.seen = a.seen[:0]
		for _, t := range s.words {
			if t == noTerm || a.common.holds(t) {
				continue
			}
			local := s.local[t]
			if local == 0 {
				a.known, a.counts, a.spread = append(a.known, t), append(a.counts, 0), append(a.spread, 0)
				local = uint32(len(a.known))
				s.local[t] = local
			}
			if a.counts[local-1]++; a.counts[local-1] == 1 {
				a.seen = append(a.seen, local-1)
			}
		}
		for _, local := range a.seen {
			a.weights = append(a.weights, localWeight{local, tfWeight(a.counts[local])})
			a.counts[local] = 0
			a.spread[local]++
		}
		a.ends = append(a.ends, len(a.weights))
	}
	for _, t := range a.known {
		s.local[t] = 0
	}
}

// commonTerms tells which terms more passages hold than a bound says.
type commonTerms struct {
	text    *text
	changes int
	bound   int
	bits    []uint64
}

// of makes it the terms of x as it is now; it is kept until x changes.
func (c *commonTerms) of(x *text, bound int) {
	if c.text == x && c.changes == x.changes && c.bound == bound {
		return
	}
	c.text, c.changes, c.bound = x, x.changes, bound
	c.bits = zeros(c.bits, (len(x.df)+63)/64)
	for t, n := range x.df {
		if int(n) > bound {
			c.bits[t/64] |= 1 << (t % 64)
		}
	}
}

func (c *commonTerms) holds(t term) bool { return c.bits[t/64]>>(t%64)&1 != 0 }

var logarithms = func() (t [64]float32) {
	for i := range t {
		t[i] = float32(1 + math.Log(float64(max(1, i))))
	}
	return t
}()

// tfWeight is the weight of a term that occurs n times: 1 + ln n.
func tfWeight(n uint32) float32 {
	if n < uint32(len(logarithms)) {
		return logarithms[n]
	}
	return float32(1 + math.Log(float64(n)))
}

// smallCorpus keeps small corpora from calling every word common.
const smallCorpus = 20

// idfTable is how many document frequencies have their weight looked up.
const idfTable = 4096

// idfOf is idf with a table for what is rare, which is most of what there is.
func (a *agreement) idfOf(n, df int) float64 {
	if a.idfN != n || a.idfs == nil {
		a.idfs = a.idfs[:0]
		for d := range idfTable {
			a.idfs = append(a.idfs, idf(n, min(d, n)))
		}
		a.idfN = n
	}
	if df < idfTable {
		return a.idfs[df]
	}
	return idf(n, min(df, n))
}
