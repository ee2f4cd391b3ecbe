package query

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
)

// whyNot explains the place of what was expected in the answer to q: of all the
// passages that go by the name, that of the one which came farthest.
func (s *Service) whyNot(ctx context.Context, q domain.Query, c Candidates, w domain.RankingWeights) (*domain.WhyNot, error) {
	place, err := s.Locate(ctx, q.WhyNot)
	if err != nil {
		return nil, err
	}
	why := &domain.WhyNot{Expected: q.WhyNot, Ranked: len(c.matches), Passages: len(place.Passages), Nearest: place.Nearest}
	if len(place.Passages) == 0 {
		why.Verdict, why.Reason = domain.WhyNotMissing, place.Problem
		switch {
		case place.Inactive != "":
			why.Verdict, why.Reason = domain.WhyNotInactive, place.Inactive
		case why.Reason == "":
			why.Reason = fmt.Sprintf("no document, chunk or memory is called %q", q.WhyNot)
		}
		return why, nil
	}
	inScope := slices.DeleteFunc(slices.Clone(place.Passages), func(p domain.Passage) bool { return !c.admits(q, p) })
	if len(inScope) == 0 {
		p := place.Passages[0]
		why.Passage, why.Verdict, why.Reason = &p, domain.WhyNotOutOfScope, c.excluded(q, p)
		return why, nil
	}

	all := []domain.Result{}
	if len(c.matches) > 0 {
		all = c.Rank(w, len(c.matches), true)
	}
	topK := q.TopK
	if topK == 0 {
		topK = domain.DefaultTopK
	}
	results := all[:min(topK, len(all))]
	for len(results) > 0 && results[len(results)-1].Score < q.MinScore {
		results = results[:len(results)-1]
	}
	if len(results) > 0 {
		why.Last = &results[len(results)-1]
	}
	c.place(why, all, inScope)
	why.Holds, why.Lacks = c.words(*why.Passage)
	c.judge(why, len(results), q.MinScore)
	if why.Verdict == domain.WhyNotAnswered {
		why.Last = nil
		if why.Rank > 1 {
			why.Last = &all[why.Rank-2]
		}
	}
	if why.Last != nil {
		mine := domain.Explanation{}
		if why.Explanation != nil {
			mine = *why.Explanation
		}
		why.Behind = mine.Beside(*why.Last.Explanation)
	}
	return why, nil
}

// admits tells whether the question's project and kinds let the passage in.
func (c Candidates) admits(q domain.Query, p domain.Passage) bool {
	return (c.answer.Project == "" || p.Project == "" || p.Project == c.answer.Project) &&
		(len(q.Kinds) == 0 || slices.Contains(q.Kinds, p.Kind))
}

func (c Candidates) excluded(q domain.Query, p domain.Passage) string {
	if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, p.Kind) {
		return fmt.Sprintf("it is a %s, and the question asks for another kind", p.Kind)
	}
	return fmt.Sprintf("it belongs to project %q, and the question is narrowed to %q", p.Project, c.answer.Project)
}

// place picks the passage that came farthest: the best ranked, else the one that
// the indexes said most of, else the one with the most words of the question.
func (c Candidates) place(why *domain.WhyNot, all []domain.Result, expected []domain.Passage) {
	text := func(id string) (best float64) {
		for _, x := range c.proposed.text {
			if x.ID == id {
				best = max(best, unit(x.Score))
			}
		}
		return best
	}
	cosine := func(id string) (best float64) {
		for i, x := range c.proposed.text {
			if x.ID == id && c.proposed.cosines != nil {
				best = unit(c.proposed.cosines[i])
			}
		}
		for _, x := range c.proposed.vector {
			if x.ID == id {
				best = max(best, unit(x.Score))
			}
		}
		return best
	}
	byID := map[string]domain.Passage{}
	for _, p := range expected {
		byID[p.ID] = p
	}
	for i, r := range all {
		if p, ok := byID[r.ID]; ok {
			why.Passage, why.Rank, why.Explanation = &p, i+1, r.Explanation
			why.TextScore, why.Cosine = text(p.ID), cosine(p.ID)
			return
		}
	}
	most := -1.0
	for _, p := range expected {
		text, cosine := text(p.ID), cosine(p.ID)
		holds, _ := c.words(p)
		if weight := 1000*text + 100*cosine + float64(len(holds))/100; weight > most {
			most, why.Passage, why.TextScore, why.Cosine = weight, &p, text, cosine
		}
	}
}

// words parts the question's words into those that the passage holds, in any
// inflection, and those that it lacks.
func (c Candidates) words(p domain.Passage) (held, lacked []string) {
	text := strings.ToLower(strings.Join([]string{p.Content, p.Title, p.Heading, p.Path}, "\n"))
	for _, t := range c.tokens[:min(len(c.tokens), mostAsked)] {
		if holds(text, domain.StemOf(t)) {
			held = append(held, t)
		} else {
			lacked = append(lacked, t)
		}
	}
	return held, lacked
}

// judge says in a word and in a sentence what became of the passage.
func (c Candidates) judge(why *domain.WhyNot, results int, least float64) {
	var vectors string
	if c.answer.Mode == domain.ModeText {
		vectors = "; the question asks for full text alone, without vectors"
	}
	if c.answer.VectorDegraded != "" {
		vectors = "; the vector index took no part: " + c.answer.VectorDegraded
	}
	switch {
	case why.Rank > 0 && why.Rank <= results:
		why.Verdict, why.Reason = domain.WhyNotAnswered, fmt.Sprintf("it is result %d of %d", why.Rank, results)
	case why.Rank > 0 && why.Explanation.Score < least:
		why.Verdict = domain.WhyNotTooWeak
		why.Reason = fmt.Sprintf("it is number %d of %d with %.4f, and min_score leaves out what has less than %.4f",
			why.Rank, why.Ranked, why.Explanation.Score, least)
	case why.Rank > 0:
		why.Verdict = domain.WhyNotOutranked
		why.Reason = fmt.Sprintf("it is number %d of %d with %.4f, and the last of the %d results has %.4f",
			why.Rank, why.Ranked, why.Explanation.Score, results, why.Last.Score)
	case why.TextScore > 0 || why.Cosine > 0:
		why.Verdict = domain.WhyNotTooWeak
		why.Reason = fmt.Sprintf("it was proposed and dropped: a text strength of %.4f and a cosine of %.4f are no match%s",
			why.TextScore, why.Cosine, vectors)
	default:
		why.Verdict = domain.WhyNotNotProposed
		switch {
		case len(why.Holds) == 0:
			why.Reason = "no index proposed it: it holds no word of the question" + vectors
		case c.answer.TextCandidates < textCandidates:
			why.Reason = fmt.Sprintf("no index proposed it, though it seems to hold %s%s", strings.Join(why.Holds, ", "), vectors)
		default:
			why.Reason = fmt.Sprintf("no index proposed it: full text has at least %d passages that are nearer to the question%s",
				c.answer.TextCandidates, vectors)
		}
	}
}
