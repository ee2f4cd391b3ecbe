package domain

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// MemoryType says what a memory is about.
type MemoryType string

// The six memory types.
const (
	MemoryIdentity   MemoryType = "identity"   // who the user is
	MemoryPreference MemoryType = "preference" // how the user wants things done
	MemoryProject    MemoryType = "project"    // facts and decisions of a project
	MemoryEpisodic   MemoryType = "episodic"   // what happened, and when
	MemoryKnowledge  MemoryType = "knowledge"  // facts about the world
	MemoryAdaptation MemoryType = "adaptation" // what an agent learned about working here
)

// MemoryTypes lists every memory type in the order in which they are documented.
var MemoryTypes = []MemoryType{
	MemoryIdentity, MemoryPreference, MemoryProject, MemoryEpisodic, MemoryKnowledge, MemoryAdaptation,
}

// MemoryStatus is where a memory stands in its lifecycle.
type MemoryStatus string

// The statuses of the lifecycle candidate → active → superseded | rejected | expired.
// Only active memories take part in answers.
const (
	MemoryCandidate  MemoryStatus = "candidate"
	MemoryActive     MemoryStatus = "active"
	MemorySuperseded MemoryStatus = "superseded"
	MemoryRejected   MemoryStatus = "rejected"
	MemoryExpired    MemoryStatus = "expired"
)

// MemoryStatuses lists every status.
var MemoryStatuses = []MemoryStatus{
	MemoryCandidate, MemoryActive, MemorySuperseded, MemoryRejected, MemoryExpired,
}

const (
	// DefaultConfidence is what a memory gets whose writer states none: what was
	// said, and neither confirmed nor doubted.
	DefaultConfidence = 0.7
	// MaxMemoryBytes bounds the content of one memory. Longer text is a document.
	MaxMemoryBytes = 64 << 10
	// MaxSourceBytes bounds the source of one memory.
	MaxSourceBytes = 1 << 10
)

// Memory is one thing remembered.
type Memory struct {
	ID         string
	Type       MemoryType
	Content    string
	Project    string  // canonical project name, "" for none
	Confidence float64 // in [0, 1]
	Source     string  // who or what said so; free text, may be empty
	Status     MemoryStatus
	CreatedAt  time.Time // UTC, microseconds
	UpdatedAt  time.Time // UTC, microseconds
	Revision   int64     // 1 at creation, one more with each change

	SupersededBy string    // id of the memory that took its place, "" for none
	Contradicts  string    // id of the memory that it probably contradicts, "" for none
	Reinforced   int64     // how often it was said again
	AffirmedAt   time.Time // when it was last said again, promoted or reworded; zero: not since CreatedAt
	Last         Act       // what made it what it is
}

// Validate returns an error of KindInvalid that names the first field at fault.
func (m Memory) Validate() error {
	if _, err := ParseMemoryType(string(m.Type)); err != nil {
		return err
	}
	if _, err := ParseMemoryStatus(string(m.Status)); err != nil {
		return err
	}
	if strings.TrimSpace(m.Content) == "" {
		return Invalid("content is empty").WithField("content").WithHint("say what is to be remembered")
	}
	if len(m.Content) > MaxMemoryBytes {
		return Invalid("content has %d bytes, the most is %d", len(m.Content), MaxMemoryBytes).
			WithField("content").WithHint("put long text into a file of a project and refresh it")
	}
	if !utf8.ValidString(m.Content) {
		return Invalid("content is not valid UTF-8").WithField("content")
	}
	if strings.ContainsRune(m.Content, 0) {
		return Invalid("content holds a NUL character").WithField("content")
	}
	if len(m.Source) > MaxSourceBytes || !utf8.ValidString(m.Source) || strings.ContainsRune(m.Source, 0) {
		return Invalid("source must be valid UTF-8 of at most %d bytes", MaxSourceBytes).WithField("source")
	}
	if math.IsNaN(m.Confidence) || m.Confidence < 0 || m.Confidence > 1 {
		return Invalid("confidence %v is out of range", m.Confidence).
			WithField("confidence").WithHint("give a number from 0 to 1")
	}
	return nil
}

// ParseMemoryType returns the type called s, or an error of KindInvalid that
// names the nearest one.
func ParseMemoryType(s string) (MemoryType, error) {
	return parseName(s, MemoryTypes, "memory_type")
}

// ParseMemoryStatus returns the status called s, or an error of KindInvalid that
// names the nearest one.
func ParseMemoryStatus(s string) (MemoryStatus, error) {
	return parseName(s, MemoryStatuses, "status")
}

func parseName[T ~string](s string, known []T, field string) (T, error) {
	names := make([]string, len(known))
	for i, k := range known {
		if string(k) == s {
			return k, nil
		}
		names[i] = string(k)
	}
	err := Invalid("unknown %s %q", field, s).WithField(field)
	err.Nearest = Nearest(s, names)
	hint := DidYouMean(err.Nearest)
	if hint == "" {
		hint = "one of " + strings.Join(names, ", ")
	}
	return "", err.WithHint("%s", hint)
}

// MemoryFilter selects memories. The zero value selects all, newest first.
type MemoryFilter struct {
	Project *string // nil for any; "" for memories without a project
	Type    MemoryType
	Status  MemoryStatus // "" for any; use cases read "" as active, and MemoryAny as any
	Among   []string     // only memories of these projects, "" for those of none; nil for any
	Limit   int          // 1 to MaxPageSize; 0 means DefaultPageSize
	Cursor  string       // what the page before returned as NextCursor
}

// Page sizes of lists.
const (
	DefaultPageSize = 50
	MaxPageSize     = 500
)

// MemoryPage is one page of a list, newest first.
type MemoryPage struct {
	Memories   []Memory
	NextCursor string // "" on the last page
}

// ChangeKind says what a history entry records.
type ChangeKind string

// The changes that a history holds.
const (
	ChangeCreated ChangeKind = "created"
	ChangeUpdated ChangeKind = "updated"
	ChangeDeleted ChangeKind = "deleted"

	ChangePromoted   ChangeKind = "promoted"
	ChangeRejected   ChangeKind = "rejected"
	ChangeSuperseded ChangeKind = "superseded"
	ChangeExpired    ChangeKind = "expired"
	ChangeReinforced ChangeKind = "reinforced"
	ChangeRestored   ChangeKind = "restored"
	ChangeUndone     ChangeKind = "undone"
)

// ChangeKinds lists every kind of change.
var ChangeKinds = []ChangeKind{
	ChangeCreated, ChangeUpdated, ChangeDeleted, ChangePromoted, ChangeRejected, ChangeSuperseded,
	ChangeExpired, ChangeReinforced, ChangeRestored, ChangeUndone,
}

// MemoryChange is one entry of a memory's history: the memory as it stood right
// after the change (right before it, for a deletion). Memory.Last says who made the
// change and why.
type MemoryChange struct {
	Kind   ChangeKind
	At     time.Time
	Memory Memory
}

// NoMemory is the error for an id of no memory, or of none that exists for the
// caller: nobody can tell which.
func NoMemory(id string) error {
	return NotFound("there is no memory %q", id).WithField("id").WithHint("list them with: atocore memory list")
}

// NoMemoryThen is NoMemory for a moment in the past.
func NoMemoryThen(id string) error {
	return NotFound("there was no memory %q then", id).WithField("id")
}
