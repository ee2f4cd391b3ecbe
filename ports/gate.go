package ports

import "context"

// Gate keeps processes on the same data directory out of each other's way. Locks
// end with the process, however it ends.
type Gate interface {
	// Share takes the stores' lock for a process that opens them; many may hold it.
	// KindRefused, naming the holder, while a restore holds it alone.
	Share(ctx context.Context) (release func() error, err error)
	// Exclude takes the stores' lock alone, for a restore. KindRefused, naming the
	// holders with process id and command where the system tells, while any
	// process shares it.
	Exclude(ctx context.Context) (release func() error, err error)
	// Ingestion takes the ingestion gate: refresh, ingest, index rebuild and cold
	// copy exclude each other. KindConflict, naming the holder, while it is taken.
	Ingestion(ctx context.Context) (release func() error, err error)
	// Upkeep takes the lock of unattended work: scheduled backups, proofs, prunings
	// and drills exclude each other. KindConflict, naming the holder, while it is
	// taken.
	Upkeep(ctx context.Context) (release func() error, err error)
}
