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
