package engine

import (
	"github.com/atocore/atocore/domain"
)

// BM25 as Robertson and Walker gave it (1994), with the usual parameters.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// bm25 scores every passage of the scope that holds a term of the query, and
// returns the ceiling: what no passage can exceed.
func (x *text) bm25(q query, scope domain.Scope, s *scratch) (ceiling float64, stats corpus) {
	stats.n, stats.mean = x.statistics(scope)
	s.idf = s.idf[:0]
	if stats.n == 0 {
		return 0, stats
	}
	f := x.filter(scope)
	norm0 := float32(bm25K1 * (1 - bm25B))
	norm1 := float32(bm25K1 * bm25B / stats.mean)
	for _, t := range q.terms {
		list := x.postings[t.term]
		df := len(list)
		if f.scoped {
			df = 0
			for _, p := range list {
				if owner := x.owners[p.slot()]; owner == f.project || owner == f.none {
					df++
				}
			}
		}
		weight := idf(stats.n, df) * t.weight
		s.idf = append(s.idf, weight)
		ceiling += weight * (bm25K1 + 1)
		gain := float32(weight * (bm25K1 + 1))
		if f.all() {
			s.score, s.touched = score(list, x.lengths, s.score, s.touched, gain, norm0, norm1)
			continue
		}
		for _, p := range list {
			at := p.slot()
			if !f.holds(x, at) {
				continue
			}
			n := float32(p.count())
			if s.score[at] == 0 {
				s.touched = append(s.touched, at)
			}
			s.score[at] += gain * n / (n + norm0 + norm1*float32(x.lengths[at]))
		}
	}
	ceiling += float64(q.unknown) * idf(stats.n, 0) * (bm25K1 + 1)
	return ceiling, stats
}

// score adds what one term is worth to every passage of its list.
func score(list []posting, lengths []uint32, scores []float32, touched []slot, gain, norm0, norm1 float32) ([]float32, []slot) {
	lengths = lengths[:len(lengths):len(lengths)]
	for _, p := range list {
		at := p.slot()
		n := float32(p.count())
		before := scores[at]
		if before == 0 {
			touched = append(touched, at)
		}
		scores[at] = before + gain*n/(n+norm0+norm1*float32(lengths[at]))
	}
	return scores, touched
}

// corpus is what a search knows of the passages in its scope.
type corpus struct {
	n    int     // passages
	mean float64 // words a passage
}
