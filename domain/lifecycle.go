package domain

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Act is who changed a memory, and why. The zero value is a change of which nothing
// more is known than what it left.
type Act struct {
	Kind   ChangeKind // "" for a plain creation or update
	By     string     // person, key or program; may be empty
	Reason string     // may be empty
}

// Bounds of an act, in bytes.
const (
	MaxActorBytes  = 256
	MaxReasonBytes = 4 << 10
)

// Validate returns an error of KindInvalid that names the first field at fault.
func (a Act) Validate() error {
	for _, f := range []struct {
		name, value string
		limit       int
	}{{"by", a.By, MaxActorBytes}, {"reason", a.Reason, MaxReasonBytes}} {
		if len(f.value) > f.limit || !utf8.ValidString(f.value) || strings.ContainsRune(f.value, 0) {
			return Invalid("%s must be valid UTF-8 of at most %d bytes", f.name, f.limit).WithField(f.name)
		}
	}
	return nil
}

// MemoryAny asks a list for memories of every status.
const MemoryAny MemoryStatus = "any"

// transitions is the lifecycle: from each status, where it may go and what that
// change is called.
var transitions = map[MemoryStatus]map[MemoryStatus]ChangeKind{
	MemoryCandidate: {
		MemoryActive: ChangePromoted, MemoryRejected: ChangeRejected,
		MemorySuperseded: ChangeSuperseded, MemoryExpired: ChangeExpired,
	},
	MemoryActive: {
		MemoryRejected: ChangeRejected, MemorySuperseded: ChangeSuperseded, MemoryExpired: ChangeExpired,
	},
	MemorySuperseded: {MemoryActive: ChangeRestored, MemoryCandidate: ChangeRestored},
	MemoryRejected:   {MemoryActive: ChangeRestored, MemoryCandidate: ChangeRestored},
	MemoryExpired:    {MemoryActive: ChangeRestored, MemoryCandidate: ChangeRestored},
}

// Transition returns what the step from one status to another is called;
// KindConflict when the lifecycle has no such step.
func Transition(from, to MemoryStatus) (ChangeKind, error) {
	if kind, ok := transitions[from][to]; ok {
		return kind, nil
	}
	err := Conflict("a memory that is %s cannot become %s", from, to).WithField("status")
	switch {
	case from == to:
		err.Message = "the memory is " + string(from) + " already"
	case from.Retired():
		return "", err.WithHint("restore it first")
	case from == MemoryActive && to == MemoryCandidate:
		return "", err.WithHint("reject it, or lower its confidence")
	}
	return "", err
}

// Retired tells whether the status is one of those that end a memory's life in
// answers: superseded, rejected, expired.
func (s MemoryStatus) Retired() bool {
	return slices.Contains([]MemoryStatus{MemorySuperseded, MemoryRejected, MemoryExpired}, s)
}

// What reinforcement does to confidence: each new source takes it a share of the
// way to the ceiling. Nothing said however often becomes certain, and what the
// same source says again counts once.
const (
	ReinforcedCeiling = 0.95
	ReinforcedShare   = 0.25
)

// Reinforce returns the confidence after a source that had not said so before said
// it, too. It never lowers a confidence.
func Reinforce(confidence float64) float64 {
	if confidence >= ReinforcedCeiling {
		return confidence
	}
	return min(ReinforcedCeiling, confidence+ReinforcedShare*(ReinforcedCeiling-confidence))
}

// ExpiryStrength is the strength below which a memory expires.
const ExpiryStrength = 0.1

const day = 24 * time.Hour

// HalfLife returns the time in which a memory of the type loses half of its
// strength while nobody says it again; 0 for a type that does not fade.
func (t MemoryType) HalfLife() time.Duration {
	switch t {
	case MemoryProject:
		return 365 * day
	case MemoryEpisodic:
		return 90 * day
	case MemoryKnowledge:
		return 730 * day
	case MemoryAdaptation:
		return 180 * day
	case MemoryIdentity, MemoryPreference:
	}
	return 0
}

// CandidateHalfLife holds for candidates of every type: what nobody promotes goes.
const CandidateHalfLife = 30 * day

// Affirmed returns when the memory was last said.
func (m Memory) Affirmed() time.Time {
	if m.AffirmedAt.After(m.CreatedAt) {
		return m.AffirmedAt
	}
	return m.CreatedAt
}

// Strength is what is left of the confidence at the moment: halved with each
// half-life since the memory was last affirmed.
func (m Memory) Strength(now time.Time) float64 {
	half := m.Type.HalfLife()
	if m.Status == MemoryCandidate {
		half = CandidateHalfLife
	}
	age := now.Sub(m.Affirmed())
	if half == 0 || age <= 0 {
		return m.Confidence
	}
	return m.Confidence * math.Exp2(-age.Hours()/half.Hours())
}

// Faded tells whether the memory is due to expire: it can, its type or status
// fades, time has passed, and its strength is below ExpiryStrength. A memory that
// was written with less confidence than that expires after one half-life.
func (m Memory) Faded(now time.Time) bool {
	if _, err := Transition(m.Status, MemoryExpired); err != nil {
		return false
	}
	fresh := m
	fresh.Confidence = 1
	left := fresh.Strength(now) // the share of the confidence that is left
	return left <= 0.5 && m.Confidence*left < ExpiryStrength
}

// Recall is how often a memory was in an answer or a context pack. It is counted on
// the side: a process that dies takes the last few seconds of it along.
type Recall struct {
	Times int64
	Last  time.Time
}
