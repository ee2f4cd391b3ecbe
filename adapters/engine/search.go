package engine

import (
	"cmp"
	"slices"

	"github.com/atocore/atocore/domain"
)

// searchDepth is how many candidates of bm25 the later stages look at, unless more
// are asked for.
const searchDepth = 200

// stage numbers the stages that add to a score.
type stage int

const (
	stageBM25 stage = iota
	stagePhrase
	stageWindow
	stageContext
	stageAgreement
	stages
)

// stageNames are the names of the stages in an explanation.
var stageNames = [stages]string{"bm25", "phrase", "window", "context", "agreement"}

// candidate is a passage on its way through the stages, with what each added.
type candidate struct {
	slot slot
	by   [stages]float64
	sum  float64
}

func (c *candidate) add(s stage, gain float64) {
	c.by[s] += gain
	c.sum += gain
}

// search returns at most limit candidates, best first, and the ceiling of the
// query. The candidates are valid until s is used again.
func (x *text) search(question string, scope domain.Scope, limit int, s *scratch) ([]candidate, float64) {
	q := x.analyse(question)
	if len(q.terms) == 0 || limit <= 0 {
		return nil, 0
	}
	s.grow(len(x.entries), len(x.vocabulary.stems))
	defer s.reset()
	ceiling, stats := x.bm25(q, scope, s)
	x.best(s, max(searchDepth, limit))
	x.sort(s)
	x.proximity(q, stats, s, s.candidates)
	x.context(x.filter(scope), scope.Project != "", s)
	x.sort(s)
	x.agree(stats, s, s.candidates)
	x.sort(s)
	return s.candidates[:min(limit, len(s.candidates))], ceiling
}

// best makes candidates of the n passages with the highest bm25, in no order.
func (x *text) best(s *scratch, n int) {
	picked := s.picked[:0]
	higher := func(a, b slot) bool {
		if s.score[a] != s.score[b] {
			return s.score[a] > s.score[b]
		}
		return x.entries[a].id < x.entries[b].id
	}
	// A heap with the lowest of the picked on top.
	down := func(i int) {
		for {
			lowest := i
			for _, child := range [2]int{2*i + 1, 2*i + 2} {
				if child < len(picked) && higher(picked[lowest], picked[child]) {
					lowest = child
				}
			}
			if lowest == i {
				return
			}
			picked[i], picked[lowest] = picked[lowest], picked[i]
			i = lowest
		}
	}
	for _, at := range s.touched {
		switch {
		case len(picked) < n:
			picked = append(picked, at)
			for i := len(picked) - 1; i > 0 && higher(picked[(i-1)/2], picked[i]); i = (i - 1) / 2 {
				picked[i], picked[(i-1)/2] = picked[(i-1)/2], picked[i]
			}
		case s.score[at] >= s.score[picked[0]] && higher(at, picked[0]):
			picked[0] = at
			down(0)
		}
	}
	s.picked = picked
	s.candidates = s.candidates[:0]
	for _, at := range picked {
		c := candidate{slot: at}
		c.add(stageBM25, float64(s.score[at]))
		s.candidates = append(s.candidates, c)
	}
}

// ranked is a candidate's place in s.candidates with what it is ranked by: small,
// because sorting moves it about.
type ranked struct {
	sum float64
	at  int32
}

// sort puts the candidates in order, best first, ties by id.
func (x *text) sort(s *scratch) {
	s.order = s.order[:0]
	for i := range s.candidates {
		s.order = append(s.order, ranked{s.candidates[i].sum, int32(i)})
	}
	slices.SortFunc(s.order, func(a, b ranked) int {
		if a.sum != b.sum {
			if a.sum > b.sum {
				return -1
			}
			return 1
		}
		return cmp.Compare(x.entries[s.candidates[a.at].slot].id, x.entries[s.candidates[b.at].slot].id)
	})
	s.sorted = s.sorted[:0]
	for _, r := range s.order {
		s.sorted = append(s.sorted, s.candidates[r.at])
	}
	s.candidates, s.sorted = s.sorted, s.candidates
}

// candidates returns what was found with its score as a share of the ceiling, and
// the stages as the signals that add up to it.
func (e *Engine) candidates(found []candidate, ceiling float64) []domain.Candidate {
	if ceiling <= 0 {
		return nil
	}
	out := make([]domain.Candidate, 0, len(found))
	signals := make([]domain.Contribution, 0, len(found)*int(stages))
	for _, c := range found {
		if c.sum <= 0 {
			continue
		}
		// Above the ceiling everything is as strong as can be.
		score := min(1, c.sum/ceiling)
		first := len(signals)
		for s, gain := range c.by {
			if gain != 0 {
				signals = append(signals, domain.Contribution{Name: stageNames[s], Value: gain / c.sum * score})
			}
		}
		out = append(out, domain.Candidate{
			ID: e.text.entries[c.slot].id, Score: score, Signals: signals[first:len(signals):len(signals)], Passage: e.passages[c.slot],
		})
	}
	return out
}
