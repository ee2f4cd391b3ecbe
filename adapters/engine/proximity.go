package engine

// Weights of the proximity stages, as shares of what bm25 counts.
const (
	phraseWeight = 0.1
	windowWeight = 0.2
	windowWords  = 20
	// proximityDepth is how many of the best candidates are looked into.
	proximityDepth = 100
)

// hit is a word of the query found in a passage.
type hit struct {
	at   int // position among the passage's words
	term int // position among the query's terms
}

// pairCount is how often two words of the query, asked for side by side, are found
// side by side.
type pairCount struct {
	candidate int
	pair      int
	count     int
}

// proximity looks into the words of the best candidates, which come first, and
// adds two things: a bm25 of the pairs of adjacent query words that are adjacent
// there, too, with their frequency among these candidates; and the share of the
// query's weight that a run of windowWords words holds at best, as a share of the
// best candidate's score.
func (x *text) proximity(q query, stats corpus, s *scratch, candidates []candidate) {
	if len(q.terms) < 2 || len(candidates) == 0 {
		return
	}
	candidates = candidates[:min(proximityDepth, len(candidates))]
	var total float64
	for i, t := range q.terms {
		s.local[t.term] = uint32(i + 1)
		total += s.idf[i]
	}
	best := 0.0
	for i := range candidates {
		best = max(best, candidates[i].sum)
	}
	s.matcher.start(q.terms)
	s.pairs = s.pairs[:0]
	s.frequency, s.held = zeros(s.frequency, len(q.pairs)), zeros(s.held, len(q.terms))
	frequency, held := s.frequency, s.held
	s.fetch(x, candidates)
	for c := range candidates {
		s.hits = s.hits[:0]
		s.matcher.find(s.texts[c], func(at int, t term) {
			s.hits = append(s.hits, hit{at, int(s.local[t] - 1)})
		})
		if most := heaviest(s.hits, s.idf, held); total > 0 {
			candidates[c].add(stageWindow, windowWeight*best*most/total)
		}
		first := len(s.pairs)
		for i := 1; i < len(s.hits); i++ {
			if s.hits[i].at != s.hits[i-1].at+1 {
				continue
			}
			for p, asked := range q.pairs {
				if asked.first == s.hits[i-1].term && asked.second == s.hits[i].term {
					at := first
					for at < len(s.pairs) && s.pairs[at].pair != p {
						at++
					}
					if at == len(s.pairs) {
						s.pairs = append(s.pairs, pairCount{candidate: c, pair: p})
						frequency[p]++
					}
					s.pairs[at].count++
				}
			}
		}
	}
	for _, t := range q.terms {
		s.local[t.term] = 0
	}
	for _, found := range s.pairs {
		c := &candidates[found.candidate]
		n := float64(found.count)
		length := float64(x.lengths[c.slot])
		gain := idf(stats.n, frequency[found.pair]) * (bm25K1 + 1) * n / (n + bm25K1*(1-bm25B+bm25B*length/stats.mean))
		c.add(stagePhrase, phraseWeight*q.pairs[found.pair].weight*gain)
	}
}

// heaviest returns the most weight of distinct query terms that lies within
// windowWords words. held is working space, zero before and after.
func heaviest(hits []hit, weight []float64, held []int) float64 {
	var mass, most float64
	oldest := 0
	for _, h := range hits {
		for hits[oldest].at <= h.at-windowWords {
			out := hits[oldest].term
			if held[out]--; held[out] == 0 {
				mass -= weight[out]
			}
			oldest++
		}
		if held[h.term]++; held[h.term] == 1 {
			mass += weight[h.term]
			most = max(most, mass)
		}
	}
	clear(held)
	return most
}

// fetch leaves the words of the candidates in s.texts, having touched all of them:
// reading one cache line after another without anything to do in between, the
// processor waits for many at once instead of for each.
func (s *scratch) fetch(x *text, candidates []candidate) {
	s.texts = s.texts[:0]
	for i := range candidates {
		s.texts = append(s.texts, x.entries[candidates[i].slot].words)
	}
	for _, words := range s.texts {
		for i := 0; i < len(words); i += cacheLine / 2 {
			s.touch += words[i]
		}
	}
}

// cacheLine is how many bytes memory is read by.
const cacheLine = 64
