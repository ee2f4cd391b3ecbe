package domain

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of an interaction.
const (
	MaxTurnBytes     = 256 << 10 // of the prompt, and of the answer
	MaxUsedItems     = 200
	MaxConfirmations = 16
)

// ItemKind says what was used for an answer.
type ItemKind string

// What can be used for an answer.
const (
	ItemMemory ItemKind = "memory" // its id
	ItemChunk  ItemKind = "chunk"  // its id
	ItemState  ItemKind = "state"  // the key, in the state of the interaction's project
)

// ItemKinds lists every kind of item.
var ItemKinds = []ItemKind{ItemMemory, ItemChunk, ItemState}

// UsedItem names something that an answer was made with.
type UsedItem struct {
	Kind ItemKind `json:"kind"`
	ID   string   `json:"id"`
}

// Confirmation says that somebody found the answer right.
type Confirmation struct {
	By string    `json:"by"`
	At time.Time `json:"at"` // UTC, microseconds
}

// Interaction is one prompt with its answer.
type Interaction struct {
	ID            string
	Project       string // canonical name, "" for none
	Prompt        string
	Answer        string
	Used          []UsedItem
	By            string    // who answered: the agent
	At            time.Time // UTC, microseconds
	Confirmations []Confirmation
	Extraction    Extraction
}

// ExtractionState is how far the extraction of memories has come.
type ExtractionState string

// The states of an extraction.
const (
	ExtractionOff     ExtractionState = "off"     // capture was off when it was recorded
	ExtractionPending ExtractionState = "pending" // it will be done
	ExtractionDone    ExtractionState = "done"
	ExtractionFailed  ExtractionState = "failed" // given up
)

// ExtractionStates lists every state.
var ExtractionStates = []ExtractionState{ExtractionOff, ExtractionPending, ExtractionDone, ExtractionFailed}

// Extraction is what became of looking for memories in an interaction.
type Extraction struct {
	State      ExtractionState
	Candidates []string  // ids of the memories that it made
	Known      int       // found, and said by a memory already
	Attempts   int       // that failed
	Problem    string    // why the last attempt failed, "" for none
	At         time.Time // of the last attempt; zero for never
}

// Validate returns an error of KindInvalid that names the first field at fault.
func (i Interaction) Validate() error {
	for _, f := range []struct{ name, value string }{{"prompt", i.Prompt}, {"answer", i.Answer}} {
		switch {
		case strings.TrimSpace(f.value) == "":
			return Invalid("%s is empty", f.name).WithField(f.name)
		case len(f.value) > MaxTurnBytes:
			return Invalid("%s has %d bytes, the most is %d", f.name, len(f.value), MaxTurnBytes).WithField(f.name)
		case !utf8.ValidString(f.value) || strings.ContainsRune(f.value, 0):
			return Invalid("%s must be valid UTF-8 without NUL characters", f.name).WithField(f.name)
		}
	}
	if len(i.Used) > MaxUsedItems {
		return Invalid("%d used items are too many, the most is %d", len(i.Used), MaxUsedItems).WithField("used")
	}
	seen := map[UsedItem]bool{}
	for _, u := range i.Used {
		if err := u.validate(i.Project); err != nil {
			return err
		}
		if seen[u] {
			return Invalid("used names %s %q twice", u.Kind, u.ID).WithField("used")
		}
		seen[u] = true
	}
	return Act{By: i.By}.Validate()
}

func (u UsedItem) validate(project string) error {
	if _, err := parseName(string(u.Kind), ItemKinds, "used.kind"); err != nil {
		return err
	}
	if u.Kind == ItemState {
		if project == "" {
			return Invalid("used names the key %q, and no project", u.ID).WithField("project").
				WithHint("name the project that the key belongs to")
		}
		return CheckFactKey(u.ID)
	}
	if u.ID == "" || len(u.ID) > 256 || !utf8.ValidString(u.ID) || strings.ContainsRune(u.ID, 0) {
		return Invalid("used names a %s whose id is not usable", u.Kind).WithField("used.id").
			WithHint("give the id that the answer of a query or a context named")
	}
	return nil
}

// ParseExtractionState returns the state called s, or an error of KindInvalid that
// names the nearest one.
func ParseExtractionState(s string) (ExtractionState, error) {
	return parseName(s, ExtractionStates, "extraction")
}

// InteractionFilter selects interactions. The zero value selects all.
type InteractionFilter struct {
	Project    *string         // nil for any; "" for those without a project
	Known      []string        // only those of these projects; nil for all
	Extraction ExtractionState // "" for any
	Limit      int             // 1 to MaxPageSize; 0 means DefaultPageSize
	Cursor     string          // what the page before returned as NextCursor
}

// InteractionPage is one page of a list, newest first.
type InteractionPage struct {
	Interactions []Interaction
	NextCursor   string // "" on the last page
}

// Pruning is one time that interactions were removed.
type Pruning struct {
	At      time.Time
	Removed int
	Oldest  time.Time // of those removed; zero when there were none
	Newest  time.Time
	Reason  string
}

// NoInteraction is the error for an id of no interaction, or of none that exists for
// the caller: nobody can tell which.
func NoInteraction(id string) error {
	return NotFound("there is no interaction %q", id).WithField("id").WithHint("list them with: atocore interaction list; old ones are removed, see interaction.keep_for")
}
