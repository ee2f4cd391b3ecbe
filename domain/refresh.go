package domain

// RefreshStatus sums up a refresh.
type RefreshStatus string

// The outcomes of a refresh.
const (
	RefreshIngested RefreshStatus = "ingested"          // every root was ingested
	RefreshPartial  RefreshStatus = "partial"           // some roots were
	RefreshNothing  RefreshStatus = "nothing_to_ingest" // no root could be
)

// RootStatus is what happened to one ingest root.
type RootStatus string

// The outcomes for one root.
const (
	RootIngested RootStatus = "ingested"
	RootSkipped  RootStatus = "skipped" // could not be read; its documents are kept as they were
)

// SkipReason says why a file was not ingested.
type SkipReason string

// The reasons for skipping a file.
const (
	SkipBinary      SkipReason = "binary"
	SkipTooLarge    SkipReason = "too_large"
	SkipInvalidUTF8 SkipReason = "invalid_utf8"
	SkipUnreadable  SkipReason = "unreadable"
	SkipIgnored     SkipReason = "ignored" // by a rule; a whole folder counts once
	SkipSymlink     SkipReason = "symlink" // leads out of the root, nowhere, or in a circle
	SkipSpecial     SkipReason = "special" // a device, socket or pipe
)

// SkippedFile is a file that was seen and not ingested.
type SkippedFile struct {
	Path   string // relative to the root
	Reason SkipReason
	Detail string // the rule, the size, the system's error; may be empty
}

// MaxSkippedListed bounds how many skipped files one root lists; the counts are
// always complete.
const MaxSkippedListed = 1000

// RootResult is what a refresh did in one root.
type RootResult struct {
	Root      IngestRoot
	Status    RootStatus
	Reason    string // why it was skipped; empty when ingested
	Added     int    // files
	Updated   int    // files
	Unchanged int    // files
	Removed   int    // documents whose file vanished
	Chunks    int    // chunks written
	Skipped   map[SkipReason]int
	Files     []SkippedFile // the first MaxSkippedListed, in path order
}

// RefreshResult is what a refresh did in a project.
type RefreshResult struct {
	Project       string
	Status        RefreshStatus
	RootsIngested int
	RootsSkipped  int
	Roots         []RootResult
	Dropped       int // documents removed because the project no longer has their root
}

// SumUp sets Status, RootsIngested and RootsSkipped from Roots.
func (r *RefreshResult) SumUp() {
	r.RootsIngested, r.RootsSkipped = 0, 0
	for _, root := range r.Roots {
		if root.Status == RootIngested {
			r.RootsIngested++
		} else {
			r.RootsSkipped++
		}
	}
	switch {
	case r.RootsIngested == 0:
		r.Status = RefreshNothing
	case r.RootsSkipped > 0:
		r.Status = RefreshPartial
	default:
		r.Status = RefreshIngested
	}
}

// RefreshProgress is told while a refresh runs.
type RefreshProgress struct {
	Root    string // label
	Files   int    // files looked at so far in this root
	Current string // path of the file looked at last
}
