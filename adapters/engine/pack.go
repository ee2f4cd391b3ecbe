package engine

// pack moves what grew piece by piece, the postings and the words of passages, to
// where nothing is between it, as reading an image leaves it: what growing wasted is a
// tenth of a large index. Searches go on meanwhile; changes wait.
func (e *Engine) pack() {
	e.follow.Lock() // who changes the index holds it
	defer e.follow.Unlock()
	x := e.text
	postings := packed(len(x.postings), func(i int) []posting { return x.postings[i] })
	words := packed(len(x.entries), func(i int) sequence { return x.entries[i].words })
	e.mu.Lock()
	defer e.mu.Unlock()
	x.postings = postings
	for i := range x.entries {
		x.entries[i].words = words[i]
	}
}

// packed returns copies of n runs that stand one behind the other.
func packed[S ~[]T, T any](n int, at func(int) S) []S {
	total := 0
	for i := range n {
		total += len(at(i))
	}
	joined, out := make(S, 0, total), make([]S, n)
	for i := range n {
		from := len(joined)
		joined = append(joined, at(i)...)
		out[i] = joined[from:len(joined):len(joined)]
	}
	return out
}
