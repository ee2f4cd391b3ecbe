package engine

import (
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
	stageLikeness
	stageAgreement
	stages
)

// stageNames are the names of the stages in an explanation.
var stageNames = []string{"bm25", "phrase", "window", "context", "likeness", "agreement"}

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
	s.grow(len(x.entries), x.vocabulary.size())
	defer s.reset()
	ceiling, stats := x.bm25(q, scope, s)
	x.best(s, max(searchDepth, limit))
	x.proximity(q, stats, s, s.candidates)
	f := x.filter(scope)
	x.context(&f, s)
	if share := likenessShare(q); share > 0 {
		x.sort(s, max(searchDepth, limit), 0)
		x.likeness(q, share, s)
	}
	x.sort(s, max(searchDepth, limit), agreementDepth)
	x.agree(s, s.candidates)
	x.sort(s, limit, limit)
	return s.candidates, ceiling
}

// best makes candidates of the n passages with the highest bm25, those that
// proximity looks into first.
func (x *text) best(s *scratch, n int) {
	s.top.start(n, x.before)
	for _, at := range s.touched {
		if score := float64(s.score[at]); score >= s.top.least {
			s.top.offer(at, score)
		}
	}
	best := s.top.best()
	selectFirst(best, proximityDepth, x.before)
	s.candidates = s.candidates[:0]
	for _, found := range best {
		c := candidate{slot: found.at}
		c.add(stageBM25, found.score)
		s.candidates = append(s.candidates, c)
	}
}

// sort keeps the best n candidates, ties by id, and puts the first of them in order,
// best first.
func (x *text) sort(s *scratch, n, first int) {
	s.order = s.order[:0]
	for i := range s.candidates {
		s.order = append(s.order, ranked{s.candidates[i].sum, uint32(i)})
	}
	ties := func(a, b uint32) bool { return x.before(s.candidates[a].slot, s.candidates[b].slot) }
	for _, n := range [2]int{n, first} {
		selectFirst(s.order, n, ties)
	}
	s.order = s.order[:min(n, len(s.order))]
	sortRanked(s.order[:min(first, len(s.order))], ties)
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
	values := make([]float64, len(found)*int(stages))
	for _, c := range found {
		if c.sum <= 0 {
			continue
		}
		// Above the ceiling everything is as strong as can be.
		score := min(1, c.sum/ceiling)
		mine := values[:stages:stages]
		values = values[stages:]
		for s, gain := range c.by {
			mine[s] = gain / c.sum * score
		}
		out = append(out, domain.Candidate{
			ID: e.text.entries[c.slot].id, Score: score, Passage: e.passages[c.slot], Ref: int(c.slot),
			Signals: domain.Signals{Names: stageNames, Values: mine},
		})
	}
	return out
}
