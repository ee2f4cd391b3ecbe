package domain

import (
	"fmt"
	"regexp"
	"time"
)

// BackupKind says why a backup was made.
type BackupKind string

// The kinds of backup.
const (
	BackupManual     BackupKind = "manual"
	BackupScheduled  BackupKind = "scheduled"
	BackupPreRestore BackupKind = "pre-restore" // the safety backup of a restore
)

// BackupFormat is the newest backup format that this program writes and reads.
// Older ones stay readable for ever.
//
// Format 2 (after 1) adds the probes: what the captured state answered.
const BackupFormat = 2

// Stamp names a backup: its UTC second as 20060102T150405Z, and -2, -3, … for
// further ones in the same second.
type Stamp string

var stampForm = regexp.MustCompile(`^\d{8}T\d{6}Z(-[2-9]|-[1-9]\d{1,3})?$`)

const stampLayout = "20060102T150405Z"

// ParseStamp returns the stamp s, or an error of KindInvalid. Nothing that it
// accepts can name a place outside of the backup folder.
func ParseStamp(s string) (Stamp, error) {
	if !stampForm.MatchString(s) {
		return "", Invalid("%q is not a backup stamp", s).WithField("stamp").
			WithHint("a stamp looks like 20260409T060000Z; list them with: atocore backup list")
	}
	if _, err := time.Parse(stampLayout, s[:len(stampLayout)]); err != nil {
		return "", Invalid("%q is not a moment in time", s).WithField("stamp").
			WithHint("list the backups with: atocore backup list")
	}
	return Stamp(s), nil
}

// NewStamp returns the n-th stamp, from 1, of the second that holds t.
func NewStamp(t time.Time, n int) Stamp {
	s := t.UTC().Format(stampLayout)
	if n > 1 {
		s = fmt.Sprintf("%s-%d", s, n)
	}
	return Stamp(s)
}

// Time returns the second that the stamp names.
func (s Stamp) Time() time.Time {
	t, _ := time.Parse(stampLayout, string(s)[:len(stampLayout)])
	return t
}

// Manifest describes a backup; it is written last.
type Manifest struct {
	Format        int
	Stamp         Stamp
	Kind          BackupKind
	CreatedAt     time.Time
	AppVersion    string
	SchemaVersion int64
	Embedding     EmbeddingModel
	Components    []ComponentEntry
	// Probes is the file that holds the ProbeSet; nil when there is none, and then
	// NoProbes says why, from format 2 on.
	Probes   *FileEntry
	NoProbes string
}

// Bytes returns the size of all files of all components.
func (m Manifest) Bytes() int64 {
	var n int64
	for _, c := range m.Components {
		n += c.Bytes()
	}
	return n
}

// Component returns the entry of that name, and whether there is one.
func (m Manifest) Component(name string) (ComponentEntry, bool) {
	for _, c := range m.Components {
		if c.Name == name {
			return c, true
		}
	}
	return ComponentEntry{}, false
}

// ComponentEntry is what a manifest says of one component of the state.
type ComponentEntry struct {
	Name     string // sqlite, registry, chroma
	Dir      string // its folder in the backup: db, registry, chroma
	Derived  bool   // can be rebuilt from the others
	Included bool
	Reason   string // why not, when it is not included
	Files    []FileEntry
	Facts    ComponentFacts
}

// Bytes returns the size of all files.
func (c ComponentEntry) Bytes() int64 {
	var n int64
	for _, f := range c.Files {
		n += f.Size
	}
	return n
}

// FileEntry is one file of a component.
type FileEntry struct {
	Path   string // relative to the backup, with forward slashes: db/atocore.db
	Mode   uint32 // permission bits
	Size   int64
	SHA256 string // hexadecimal
}

// Captured is what a component says of a copy that it made.
type Captured struct {
	Facts ComponentFacts
	// Hashed are the files of the copy whose hash is known already, because it was
	// taken while they were written. Their paths are relative to the copy.
	Hashed []FileEntry
}

// ComponentFacts is what a component knows of its captured content beyond the
// bytes, so that a copy can be compared by meaning.
type ComponentFacts struct {
	Schema    int64           // schema version, 0 for none
	Embedding *EmbeddingModel // of the vectors captured, nil for none
	Tables    []TableDigest   // truth tables
	Vectors   *SetDigest      // the ids in the vector index, nil for none
}

// TableDigest identifies the content of a table whatever the order of its rows.
type TableDigest struct {
	Name   string
	Rows   int64
	Digest string // hexadecimal; the scheme is documented in docs/backup-format.md
}

// SetDigest identifies a set of ids.
type SetDigest struct {
	Count  int64
	Digest string
}

// FaultKind says what is wrong with a file of a backup.
type FaultKind string

// The faults that validation finds.
const (
	FaultMissing   FaultKind = "missing"   // listed, not there
	FaultExtra     FaultKind = "extra"     // there, not listed
	FaultSize      FaultKind = "size"      // truncated or grown
	FaultHash      FaultKind = "hash"      // same size, other content
	FaultType      FaultKind = "type"      // a link or device where a file should be
	FaultMode      FaultKind = "mode"      // other permissions
	FaultManifest  FaultKind = "manifest"  // the manifest is missing, unreadable or contradicts itself
	FaultPath      FaultKind = "path"      // a path that leads out of the backup
	FaultDuplicate FaultKind = "duplicate" // listed twice
	FaultFormat    FaultKind = "format"    // a format or schema newer than the program
	FaultIntegrity FaultKind = "integrity" // the database fails its own check
	FaultContent   FaultKind = "content"   // counts or digests differ
	FaultIO        FaultKind = "io"        // could not be read
)

// Fault is one thing wrong with a backup.
type Fault struct {
	Kind     FaultKind
	File     string // relative to the backup; "" for the backup as a whole
	Expected string
	Found    string
}

// String renders the fault on one line.
func (f Fault) String() string {
	file := f.File
	if file == "" {
		file = "backup"
	}
	return fmt.Sprintf("%s: %s: expected %s, found %s", file, f.Kind, f.Expected, f.Found)
}

// Standing says how far a backup is known to be good.
type Standing string

// The standings, each implying the ones before it. Broken stands apart: a backup
// folder whose manifest cannot be read.
const (
	StandingWritten   Standing = "written"
	StandingValidated Standing = "validated"
	StandingProven    Standing = "proven"
	StandingBroken    Standing = "broken"
)

// BackupSummary is one line of the list of backups.
type BackupSummary struct {
	Stamp     Stamp
	Kind      BackupKind
	CreatedAt time.Time
	Bytes     int64
	Included  []string // component names
	Standing  Standing
	Since     time.Time // when the standing was reached
	Problem   string    // why it is broken
	// RestoreTook is what the restore of its last proof took; 0 when it has none.
	RestoreTook time.Duration
	// Disproved is when its last proof failed; zero when it did not.
	Disproved time.Time
	Pinned    bool // retention never removes it
}

// Holder is a process that has a store open.
type Holder struct {
	PID     int    // 0 when the system does not tell
	Command string // "" when the system does not tell
	What    string // the file or service held
}

// String renders the holder for a refusal.
func (h Holder) String() string {
	switch {
	case h.PID == 0:
		return fmt.Sprintf("another process has %s open", h.What)
	case h.Command == "":
		return fmt.Sprintf("process %d has %s open", h.PID, h.What)
	}
	return fmt.Sprintf("process %d (%s) has %s open", h.PID, h.Command, h.What)
}

// CopyProgress is told while bytes are copied or hashed.
type CopyProgress struct {
	Stage string // what is being done, such as "capture sqlite"
	Done  int64  // bytes
	Total int64  // bytes; 0 when it is not known
}
