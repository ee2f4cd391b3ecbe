package domain

// PassageKind says what a passage is.
type PassageKind string

// What can be found.
const (
	PassageMemory PassageKind = "memory"
	PassageChunk  PassageKind = "chunk"
)

// Passage is what queries find: a chunk of a document or a memory, with all that
// is needed to rank and to cite it.
type Passage struct {
	ID         string // of the chunk or the memory
	Kind       PassageKind
	Project    string     // "" for none
	Root       string     // chunks: label of the ingest root
	Path       string     // chunks: relative to the root
	Title      string     // chunks: the document's
	Heading    string     // chunks: path of headings
	Seq        int        // chunks: position in the document
	StartLine  int        // chunks: from 1
	EndLine    int        // chunks: inclusive
	Type       MemoryType // memories
	Confidence float64    // memories
	Content    string     // verbatim
}

// Scope narrows a search.
type Scope struct {
	Project string        // when set: only this project's passages and those of no project
	Kinds   []PassageKind // empty for all
}

// Candidate is what an index proposes. A score lies in [0, 1] and means the same
// across queries: 0 is no relation at all, 1 the strongest match that the query
// admits.
type Candidate struct {
	ID    string
	Score float64
	// Signals are what the score is the sum of, for an explanation; none where the
	// index has nothing to tell apart.
	Signals Signals
	// Passage is what ID stands for, where the index has it at hand. It is never
	// changed, by nobody.
	Passage *Passage
	Ref     int // where the index keeps it, for its own use; it may be out of date
}

// Signals are numbers with names, a value to a name. A value of 0 says nothing.
type Signals struct {
	Names  []string
	Values []float64
}

// Contributions returns what is not 0.
func (s Signals) Contributions() []Contribution {
	var out []Contribution
	for i, v := range s.Values {
		if v != 0 {
			out = append(out, Contribution{Name: s.Names[i], Value: v})
		}
	}
	return out
}

// VectorRecord is what a vector index holds of a passage.
type VectorRecord struct {
	ID      string
	Project string
	Kind    PassageKind
	Vector  []float32
	Digest  string // of the text that the vector was made from; "" when it is not known
}

// EmbeddingModel names a vector space. Vectors of different models never meet.
type EmbeddingModel struct {
	Name      string // provider and model with its version, such as "local/subword-1"
	Dimension int
}
