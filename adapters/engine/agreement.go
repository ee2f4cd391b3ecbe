package engine

// Agreement: a candidate is the more credible the more the candidates that are
// most like it were found strong, too (score smoothing over the nearest
// neighbours; Diaz, "Regularizing ad hoc retrieval scores", 2005). Neighbours of
// the same document are left out: they are alike because they are neighbours, and
// context has counted them.
const (
	agreementDepth   = 32
	agreementNearest = 8
	agreementWeight  = 0.5
	agreementClearAt = 10 // the rank that tells whether there is a clear winner
)

// agree moves the score of each of the best candidates towards the mean of the
// scores of those most like it, by agreementWeight times the share that the
// tenth best has of the best: where there is a clear winner, it stays.
// The first agreementDepth candidates are the best of all, best first.
func (x *text) agree(s *scratch, candidates []candidate) {
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
	a.similarities(x, candidates[:depth])
	a.old = a.old[:0]
	for i := range depth {
		a.old = append(a.old, candidates[i].sum)
	}
	for i := range depth {
		weights, mean := a.neighbourhood(i)
		if weights > 0 {
			candidates[i].add(stageAgreement, share*(mean/weights-a.old[i]))
		}
	}
	for i := depth; i < len(candidates); i++ {
		candidates[i].add(stageAgreement, -share*candidates[i].sum)
	}
}

// agreement is what the stage works in.
type agreement struct {
	sketches []wordSketch // by candidate, as what follows
	groups   []uint32
	old      []float64
	cosines  []float32 // a row a candidate
}

// similarities leaves the cosines of the candidates' sketches in a.cosines, 0 for
// those of one document.
func (a *agreement) similarities(x *text, candidates []candidate) {
	a.sketches, a.groups = a.sketches[:0], a.groups[:0]
	for i := range candidates {
		at := candidates[i].slot
		a.sketches = append(a.sketches, x.sketches[at])
		a.groups = append(a.groups, x.entries[at].group)
	}
	n := len(candidates)
	a.cosines = zeros(a.cosines, n*n)
	for i := range n {
		mine, group := &a.sketches[i], a.groups[i]
		if *mine == (wordSketch{}) {
			continue
		}
		for j := range i {
			if group != 0 && group == a.groups[j] || a.sketches[j] == (wordSketch{}) {
				continue
			}
			c := mine.cosine(&a.sketches[j])
			a.cosines[i*n+j], a.cosines[j*n+i] = c, c
		}
	}
}

// neighbourhood returns the sum of the cosines of the candidates that are most like
// the i-th, and that of their former scores weighted with them.
func (a *agreement) neighbourhood(i int) (weights, mean float64) {
	var nearest [agreementNearest]alike
	held, least := 0, float32(0)
	n := len(a.old)
	for j, c := range a.cosines[i*n:][:n] {
		if c <= least {
			continue
		}
		held = min(held+1, len(nearest))
		at := held - 1
		for ; at > 0 && nearest[at-1].cosine < c; at-- {
			nearest[at] = nearest[at-1]
		}
		nearest[at] = alike{j, c}
		if held == len(nearest) {
			least = nearest[held-1].cosine
		}
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
