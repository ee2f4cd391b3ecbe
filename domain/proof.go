package domain

import "time"

// ProbeOrigin says where a probe query comes from.
type ProbeOrigin string

// The origins of a probe.
const (
	ProbeMemory   ProbeOrigin = "memory"   // made from a memory of the captured state
	ProbeChunk    ProbeOrigin = "chunk"    // made from a chunk of it
	ProbeOperator ProbeOrigin = "operator" // from the configuration
)

// Probe is a question with what the captured state answered.
type Probe struct {
	Origin ProbeOrigin
	Prompt string
	IDs    []string // of the passages found, best first; at most ProbeTopK
}

// ProbeTopK is how many passages an answer to a probe holds at most.
const ProbeTopK = 10

// ProbeSet is what a backup remembers of how its state answered when it was
// captured, so that a restored copy can be held against it.
type ProbeSet struct {
	RecordedAt time.Time
	AppVersion string
	Method     string         // how they were asked; sets of different methods cannot be compared. "" before there was a name for it
	Embedding  EmbeddingModel // that turned the prompts into vectors
	Probes     []Probe
	Crossings  Crossings
}

// Crossings is how the parts of a state refer to each other.
type Crossings struct {
	Projects []ProjectCrossing // in order of name
	Passages SetDigest         // ids of all that can be found
	// Vectors are the ids in the vector index; nil when it is kept elsewhere and
	// was not asked.
	Vectors    *SetDigest
	Unvectored IDSet // passages that the vector index does not have
	Orphaned   IDSet // vectors of passages that do not exist
}

// ProjectCrossing is how much belongs to a project, and whether it is registered.
type ProjectCrossing struct {
	Name       string // "" for what belongs to none, which is never registered
	Registered bool
	Counts     StoreCounts
}

// IDSet identifies a set of ids and shows the first of them.
type IDSet struct {
	SetDigest
	First []string // in order; at most MaxIDsShown
}

// MaxIDsShown bounds how many ids an IDSet shows.
const MaxIDsShown = 20

// Proof is what came of restoring a backup into scratch and asking it.
type Proof struct {
	Stamp       Stamp
	At          time.Time // when it ended
	AppVersion  string    // of the program that proved
	Passed      bool
	Compared    []Comparison
	Differences []Difference // every one; empty when it passed
	Notes       []string     // what an operator should know, though it is no difference
	RestoreTook time.Duration
	Took        time.Duration // the whole proof, the restore included
	// Unkept is why it is not with the backup, which then does not count as proven; ""
	// when it is.
	Unkept string
}

// Comparison is one kind of thing that a proof compared.
type Comparison struct {
	What  string // such as "rows of table memory"
	Count int64  // how many were compared
}

// Difference is one thing in which a restored state differs from what was backed
// up.
type Difference struct {
	Subject  string
	Expected string
	Found    string
}

// String renders the difference on one line.
func (d Difference) String() string {
	return d.Subject + ": expected " + d.Expected + ", found " + d.Found
}
