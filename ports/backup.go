package ports

import (
	"context"
	"time"

	"github.com/atocore/atocore/domain"
)

// BackupStore keeps backups as plain folders. A backup that it lists is whole.
type BackupStore interface {
	// Begin makes the hidden folder in which a backup is built and returns its
	// absolute path. Leftovers of builds whose process is gone are removed.
	Begin(ctx context.Context) (dir string, err error)
	// Commit chooses the stamp for m.CreatedAt, writes the manifest and its
	// companions (SHA256SUMS, RESTORE.md) into dir, syncs every file and folder,
	// and makes the backup visible under its stamp. The manifest it returns carries
	// the stamp. On an error nothing became visible.
	Commit(ctx context.Context, dir string, m domain.Manifest) (domain.Manifest, error)
	// Discard removes what Begin made, after a failure.
	Discard(ctx context.Context, dir string) error
	// List returns what there is, newest first, broken ones included.
	List(ctx context.Context) ([]domain.BackupSummary, error)
	// Open returns the manifest and the absolute path of the backup's folder.
	// KindNotFound, with the nearest stamps, when there is no such backup;
	// KindCorrupt when its manifest cannot be read or contradicts itself.
	Open(ctx context.Context, stamp domain.Stamp) (m domain.Manifest, dir string, err error)
	// Record notes that the backup reached a standing, and when. A folder that
	// cannot be written is KindUnavailable.
	Record(ctx context.Context, stamp domain.Stamp, s domain.Standing, at time.Time) error
}

// BackupInspector is the optional capability of a BackupStore to tell everything
// that is wrong with a backup's manifest and its companions, not only the first.
type BackupInspector interface {
	// Inspect reads as much of a backup as can be read. KindNotFound, with the
	// nearest stamps, when there is no such backup.
	Inspect(ctx context.Context, stamp domain.Stamp) (Inspection, error)
}

// Inspection is what a BackupStore finds in a backup without looking into the
// files of its components.
type Inspection struct {
	Dir string // absolute path of the backup's folder
	// Manifest is what could be read of it; entries whose path must not be
	// followed, or that are listed twice, are left out.
	Manifest domain.Manifest
	Readable bool // whether there is a manifest to compare the files with
	// Companions are the files, relative to Dir, that belong to the store and not
	// to a component. They have been looked at.
	Companions []string
	Faults     []domain.Fault
}
