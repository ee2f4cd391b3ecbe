package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Generation is one vector index: a collection or a table with vectors of one
// model. There may be several: one in use, one being built beside it, one of a
// former model that is kept so that one can go back.
type Generation struct {
	Name  string // of its collection or table
	Model EmbeddingModel
	Ready bool // it was whole once, and answers queries
}

// IndexTask is a passage as a vector index should hold it and may not yet.
type IndexTask struct {
	Ticket  int64 // tells this state of the passage from a later one
	ID      string
	Gone    bool // the passage is no more: its record is to be removed
	Project string
	Kind    PassageKind
	Text    string    // what is embedded
	Vector  []float32 // of Text, where it is at hand; otherwise nil
}

// Digest identifies what a record was made from: text, project and kind. 32
// hexadecimal digits.
func (t IndexTask) Digest() string {
	h := sha256.New()
	for _, part := range []string{t.Project, string(t.Kind), t.Text} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Record returns the record to store. The vector must be known.
func (t IndexTask) Record() VectorRecord {
	return VectorRecord{ID: t.ID, Project: t.Project, Kind: t.Kind, Vector: t.Vector, Digest: t.Digest()}
}

// IndexStatus describes the vector index without reading all of it.
type IndexStatus struct {
	Driver      string
	Model       EmbeddingModel // configured
	Generations []GenerationStatus
	Passages    int    // that a whole index holds
	Problem     string // why the index does not answer now; "" when it does
}

// GenerationStatus is a generation and how far it is behind.
type GenerationStatus struct {
	Generation
	InUse   bool // it answers the queries of this configuration
	Waiting int  // passages that are still to be indexed or removed
}

// IndexCheck is what comparing the index with the text found. The lists are
// sorted; a whole index has three empty ones.
type IndexCheck struct {
	Generation Generation
	Passages   int      // in the text
	Records    int      // in the index
	Waiting    int      // known to be behind; not counted as faults below
	Missing    []string // passages without a record
	Orphaned   []string // records without a passage
	Stale      []string // records made from another text, project or kind
}

// Sound tells whether nothing is wrong.
func (c IndexCheck) Sound() bool { return len(c.Missing)+len(c.Orphaned)+len(c.Stale) == 0 }

// IndexProgress is told while an index is filled.
type IndexProgress struct {
	Done  int // passages
	Total int // as far as it is known now
}

// IndexResult is what filling an index did.
type IndexResult struct {
	Generation Generation
	Stored     int
	Removed    int
	Former     []Generation // kept, of other models
}

// InlineIndex is what comparing an index that is kept with the text found.
type InlineIndex struct {
	Name     string         // of its table; "" when there is none
	Model    EmbeddingModel // of its vectors
	Passages int            // in the text
	Records  int            // in the index
	Missing  []string       // passages without a vector of the configured model, sorted
	Orphaned []string       // vectors without a text, sorted
}
