package domain

import "time"

// DamageKind is a way in which storage fails, or is made to.
type DamageKind string

// The kinds of damage that a drill does to its own copies.
const (
	DamageFlip     DamageKind = "flip"     // one bit at Offset
	DamageTruncate DamageKind = "truncate" // cut off at Offset
	DamageEmpty    DamageKind = "empty"    // cut off at 0
	DamageGrow     DamageKind = "grow"     // Content at the end
	DamageRemove   DamageKind = "remove"
	DamagePlant    DamageKind = "plant" // a file of Content where none was
)

// Damage is one act of sabotage.
type Damage struct {
	Kind    DamageKind
	Offset  int64 // bytes from the start; negative: from the end
	Content []byte
}

// Drill is the report of one drill.
type Drill struct {
	At         time.Time // when it began
	AppVersion string
	Passed     bool
	Bytes      int64 // of the state that was rehearsed with
	Counts     StoreCounts
	Steps      []DrillStep
	Sabotage   []DrillDamage
	Took       time.Duration
	History    []DrillPoint // this and earlier ones, oldest first
}

// DrillStep is one step of a drill.
type DrillStep struct {
	Name   string
	Passed bool
	Detail string // what was seen, or what went wrong
	Took   time.Duration
}

// DrillDamage is one corruption, and what noticed it.
type DrillDamage struct {
	Name     string
	File     string // relative to the backup or the data directory
	Detected bool
	Found    string // what validation or the restore said; "" when nothing noticed
	Took     time.Duration
}

// DrillPoint is one drill in the trend.
type DrillPoint struct {
	At       time.Time
	Passed   bool
	Took     time.Duration
	Backup   time.Duration // what the backup took
	Restore  time.Duration // what the restore took
	Bytes    int64
	Damages  int
	Detected int
}

// Detected returns how many corruptions were noticed, of how many.
func (d Drill) Detected() (noticed, all int) {
	for _, s := range d.Sabotage {
		if s.Detected {
			noticed++
		}
	}
	return noticed, len(d.Sabotage)
}
