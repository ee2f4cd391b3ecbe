package engine

import (
	"github.com/atocore/atocore/domain"
)

// BM25 as Robertson and Walker gave it (1994), with the usual parameters.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// scratch is what one search works in. It is reset by what it touched, so that a
// search costs what it finds and not what there is.
type scratch struct {
	score   []float32 // by slot
	touched []slot
	idf     []float64 // by query term, within the scope
	local   []uint32  // by term, zero between uses: a short number for a term
	hits    []hit
	pairs   []pairCount

	picked     []slot
	candidates []candidate
	sorted     []candidate
	order      []ranked
	at         map[slot]int
	own        []float64

	known    []term
	counts   []uint32
	seen     []term
	weights  []localWeight
	ends     []int
	vectors  [][]localWeight
	inverted [][]lent
	old      []float64
	cosines  []float32
	idfs     []float64 // by document frequency, for a corpus of idfN
	idfN     int
}

func (s *scratch) reset() {
	for _, at := range s.touched {
		s.score[at] = 0
	}
	s.touched = s.touched[:0]
}

func (s *scratch) grow(slots, terms int) {
	if len(s.score) < slots {
		s.score = make([]float32, slots+slots/8)
	}
	if len(s.local) < terms {
		s.local = make([]uint32, terms+terms/8)
	}
}

// bm25 scores every passage of the scope that holds a term of the query, and
// returns the ceiling: what no passage can exceed.
func (x *text) bm25(q query, scope domain.Scope, s *scratch) (ceiling float64, stats corpus) {
	stats.n, stats.mean = x.statistics(scope)
	s.idf = s.idf[:0]
	if stats.n == 0 {
		return 0, stats
	}
	f := x.filter(scope)
	scoped := scope.Project != ""
	norm0 := float32(bm25K1 * (1 - bm25B))
	norm1 := float32(bm25K1 * bm25B / stats.mean)
	for _, t := range q.terms {
		list := &x.postings[t.term]
		df := len(list.slots)
		if scoped {
			df = 0
			for _, at := range list.slots {
				if p := x.entries[at].project; p == f.project || p == f.none {
					df++
				}
			}
		}
		weight := idf(stats.n, df) * t.weight
		s.idf = append(s.idf, weight)
		ceiling += weight * (bm25K1 + 1)
		gain := float32(weight * (bm25K1 + 1))
		for i, at := range list.slots {
			e := &x.entries[at]
			if !f.all && !f.holds(e, scoped) {
				continue
			}
			n := float32(list.counts[i])
			if s.score[at] == 0 {
				s.touched = append(s.touched, at)
			}
			s.score[at] += gain * n / (n + norm0 + norm1*float32(e.length))
		}
	}
	ceiling += float64(q.unknown) * idf(stats.n, 0) * (bm25K1 + 1)
	return ceiling, stats
}

// corpus is what a search knows of the passages in its scope.
type corpus struct {
	n    int     // passages
	mean float64 // words a passage
}
