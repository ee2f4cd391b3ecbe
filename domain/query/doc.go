// Package query is the use case of asking: from a prompt to the passages that bear
// on it, with a score that can be explained to the last factor.
//
// The way of a query: validate → resolve the project, or look for hints of one in
// the prompt → ask the text index and, unless full text alone is wanted, the vector
// index → load the passages →
// see which words full text does not know (unknown.go) → fuse what the two say into
// one strength (fuse.go) → drop what only a doubtful vector speaks for (kin.go) →
// multiply by the ranking weights and order (rank.go). Every step but the asking and
// the loading is a pure function.
//
// Gather goes as far as the weights, and its Candidates can be ranked by any of
// them. whynot.go explains the place of a passage that was expected.
package query
