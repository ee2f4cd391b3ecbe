package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// Component is one part of the product's state. What is registered as a component
// is backed up and restored; what is not, does not exist.
type Component interface {
	// Describe returns the component's name, its folder in a backup and whether it
	// is derived; nothing else of the entry is set. It never changes.
	Describe() domain.ComponentEntry
	// Places returns what the component consists of at its live place. It touches
	// nothing.
	Places() []Place
	// Capture writes a consistent copy of the present state into dir, which exists
	// and is empty, while other processes go on writing, and returns what it knows
	// of the copy. The caller syncs the files, and hashes those that are not among
	// the hashed ones. Live files are never changed. report is told the bytes done so far and may be nil. A component
	// that has no state yet is KindUnavailable, and why.
	Capture(ctx context.Context, dir string, report func(done, total int64)) (domain.Captured, error)
	// Verify looks into a captured copy in dir for what hashes cannot show, and
	// returns every fault with File relative to dir; empty when it is sound. It
	// leaves nothing beside the files. The error is for what kept it from looking.
	Verify(ctx context.Context, dir string, want domain.ComponentEntry) ([]domain.Fault, error)
	// Users returns the other processes that have the live state open, whatever
	// they are: another atocore, a database shell. Empty when there are none or no
	// live state.
	Users(ctx context.Context) ([]domain.Holder, error)
	// Losses compares a captured copy in dir with the live state and says in plain
	// sentences what a restore would lose ("412 memories newer than this backup").
	// It changes nothing. A live state that cannot be read is said, not an error.
	Losses(ctx context.Context, dir string) ([]string, error)
}

// Place is a live file or folder of a component.
type Place struct {
	Live     string // absolute path
	Captured string // path within the component's folder of a backup; "" for a
	// sidecar, which is parked with the rest and has no counterpart in a backup
	Folder bool // a whole tree
	Last   bool // makes the state openable: installed after everything else
}
