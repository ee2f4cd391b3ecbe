// Package engine is the in-memory retrieval engine: an inverted index over words
// and quantised vectors over meaning, held in step with the store that is the
// truth. It answers ports.TextIndex, the search half of ports.VectorIndex, and
// ports.PassageStore.
//
// A text search is a sequence of stages, each in a file of its own and each a pure
// function of the index and the query:
//
//	analysis     words, folded and stemmed                                         analysis.go, vocabulary.go
//	correction   unknown words become those that may be meant                      slips.go, correct.go
//	bm25         the sum over query words, statistics within the scope             bm25.go
//	phrase       adjacent query words found adjacent                               proximity.go
//	window       how much of the query one short run of words holds                proximity.go, match.go
//	context      strength lent by the neighbours in the same document              context.go
//	likeness     long questions: the cosine of their words with the passage's       likeness.go
//	agreement    strength lent by similar candidates of other documents            agreement.go, sketch.go
//
// A score is what the stages add up to, divided by the ceiling of the query: what
// bm25 could reach at most. It therefore means the same for every query.
package engine
