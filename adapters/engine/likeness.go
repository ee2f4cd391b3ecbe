package engine

import "math"

// likenessFrom is how many words a question has at most for bm25 to have the only say.
const likenessFrom = 16

// likenessShare returns what share of the score likeness has: nothing for a question
// of up to likenessFrom known words, three quarters for one of four times as many.
func likenessShare(q query) float64 {
	words := 0.0
	for _, t := range q.terms {
		words += min(1, t.weight)
	}
	if words <= likenessFrom {
		return 0
	}
	return 1 - likenessFrom/words
}

// likeness moves the score of each candidate by the given share towards what the
// cosine of its term vector with the question's makes of the best score. The longer a
// question, the more it is itself a text, most words of which are beside the point:
// the sum that bm25 is rewards holding many of them, the cosine those that are rare
// and a passage that is about little else (the vector space model with logarithms of
// counts, inverse document frequencies and cosines; Salton and Buckley,
// "Term-weighting approaches in automatic text retrieval", 1988). Words new to the
// index are no part of it: they would lower every cosine alike.
func (x *text) likeness(q query, share float64, s *scratch) {
	best, most, all := 0.0, 0.0, math.Log(float64(x.byID.len()+1))
	asked, norm := s.asked[:0], 0.0
	for i, t := range q.terms {
		s.local[t.term] = uint32(i + 1)
		w := damped(t.weight) * (all - logarithm(x.df[t.term]))
		asked = append(asked, w)
		norm += w * w
	}
	s.asked, s.cosines = asked, s.cosines[:0]
	for i := range s.candidates {
		c := x.likeTo(asked, all, s.candidates[i].slot, s) / math.Sqrt(norm)
		s.cosines = append(s.cosines, c)
		most = max(most, c)
		best = max(best, s.candidates[i].sum)
	}
	for _, t := range q.terms {
		s.local[t.term] = 0
	}
	if most == 0 {
		return
	}
	for i := range s.candidates {
		c := &s.candidates[i]
		c.add(stageLikeness, share*(best*s.cosines[i]/most-c.sum))
	}
}

// likeTo returns the product of the weights of the terms that are asked for, which
// s.local numbers from 1, and the unit vector of the passage's terms. Inverse document
// frequencies are those among all passages, of which all tells the number: bm25 counts
// within the scope, which is too much to do for every word of every candidate.
func (x *text) likeTo(asked []float64, all float64, at slot, s *scratch) float64 {
	s.terms = x.entries[at].words.decode(s.terms[:0])
	different := s.terms[:0]
	for _, t := range s.terms {
		if t == noTerm {
			continue
		}
		if s.counts[t]++; s.counts[t] == 1 {
			different = append(different, t)
		}
	}
	var product, norm float64
	for _, t := range different {
		w := damped(float64(s.counts[t])) * (all - logarithm(x.df[t]))
		s.counts[t] = 0
		norm += w * w
		if n := s.local[t]; n != 0 {
			product += asked[n-1] * w
		}
	}
	if product == 0 {
		return 0
	}
	return product / math.Sqrt(norm)
}

// logarithm returns ln(df + 0.5). What idf is among n passages is ln(n + 1) less that.
func logarithm(df uint32) float64 {
	if int(df) < len(logarithms) {
		return logarithms[df]
	}
	return math.Log(float64(df) + 0.5)
}

// logarithms are those of most terms: few are common.
var logarithms = func() (t [1024]float64) {
	for df := range t {
		t[df] = math.Log(float64(df) + 0.5)
	}
	return t
}()

// damped is what counts of how often a term occurs.
func damped(count float64) float64 {
	if count <= 1 {
		return count
	}
	return 1 + math.Log(count)
}
