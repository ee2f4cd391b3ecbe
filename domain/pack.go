package domain

import "time"

// Tier is how far something is trusted: project state over memories over documents.
// It is decided by where a thing is kept, never by what it says.
type Tier string

// The tiers, the most trusted first.
const (
	TierState    Tier = "state"    // keyed facts of a project that a person set
	TierMemory   Tier = "memory"   // active memories
	TierDocument Tier = "document" // what files say
)

// Tiers lists the tiers, the most trusted first.
var Tiers = []Tier{TierState, TierMemory, TierDocument}

// Tier returns the tier of what a query finds.
func (p Passage) Tier() Tier {
	if p.Kind == PassageMemory {
		return TierMemory
	}
	return TierDocument
}

// Bounds of a context pack, in tokens.
const (
	DefaultBudget = 2000
	MinBudget     = 100
	MaxBudget     = 100_000
)

// Pack is what an agent is given to work with: quotations from the store, each with
// its tier and where it comes from, within a budget of tokens.
type Pack struct {
	Project   string    // canonical name, "" for none
	Hinted    []string  // projects that the prompt names, when none was asked for
	AsOf      time.Time // the moment it is of; zero for now
	Budget    int       // tokens
	Tokens    int       // of Markdown; never more than Budget
	Tokenizer string    // which tokens are counted
	Items     []PackItem
	LeftOut   []LeftOut // what bore on the prompt and is not in the pack
	Notes     []string  // what the reader should know of the pack as a whole
	Markdown  string    // the pack as it goes into a prompt
}

// PackItem is one quotation. Which of the fields are set depends on the tier.
type PackItem struct {
	Label      string // what the Markdown calls it: S1, M1, D1 …
	Tier       Tier
	ID         string // of the memory or chunk; "" for state
	Project    string // "" for none
	Key        string // state
	By         string // state: who set it
	Type       MemoryType
	Confidence float64 // memories
	Source     string  // memories: who or what said so
	Root       string  // documents
	Path       string
	Heading    string
	StartLine  int // of what is quoted, from 1
	EndLine    int
	At         time.Time // state: since when; memories: last said; documents: the file's time
	Score      float64   // memories and documents: as in a query
	Tokens     int       // what it costs, label and fences included
	Content    string    // what is quoted
	Altered    bool      // Content is not to the letter: characters that deceive are shown by their numbers
	Cut        bool      // Content is a part
	Outdated   []Outdated
}

// Why something is not in a pack.
const (
	LeftForBudget   = "budget"     // it did not fit
	LeftAsDuplicate = "duplicate"  // it says nothing that Of does not
	LeftAsWeak      = "weak"       // it bears on the prompt far less than the best of its tier
	LeftAsOutdated  = "superseded" // nothing of it holds any more
)

// LeftOut is something that bore on the prompt and is not in the pack.
type LeftOut struct {
	Tier   Tier
	ID     string // of the memory or chunk; the key for state
	Place  string // path:lines, for documents
	Reason string
	Of     string // id, or key, of what it repeats
	Score  float64
}

// Outdated is a part of a document that says what a memory said which does not hold
// any more.
type Outdated struct {
	StartLine    int // of the document
	EndLine      int
	Start, End   int          // bytes of the passage's content
	Memory       string       // id of the memory that said so
	Status       MemoryStatus // superseded or rejected
	SupersededBy string       // id of the memory that took its place, "" for none
}

// Origin is where something that can be found comes from.
type Origin struct {
	At     time.Time // memories: when last said; chunks: the file's modification time
	Source string    // memories: who or what said so
}
