package backupdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.BackupAdopter = (*Store)(nil)

// Adopt gives a backup that was made elsewhere its place among the others. It
// lies in a folder of its own below dir, so that it could be validated there by
// its name before anybody saw it here.
func (s *Store) Adopt(ctx context.Context, dir string, stamp domain.Stamp) error {
	if !s.building(dir) {
		return domain.Invalid("%s is not a backup that is being built here", dir)
	}
	if _, err := domain.ParseStamp(string(stamp)); err != nil {
		return err
	}
	whole, final := filepath.Join(dir, string(stamp)), filepath.Join(s.dir, string(stamp))
	raw, err := s.readManifestFile(whole)
	if err != nil {
		return s.unreadable(stamp, err)
	}
	if _, _, faults := readManifest(raw, stamp); len(faults) > 0 {
		return domain.Corrupt("backup %s cannot be taken in: %s", stamp, faults[0])
	}
	if err := s.syncTree(ctx, whole); err != nil {
		return fmt.Errorf("take in backup %s: %w", stamp, err)
	}
	if err := s.disk.Rename(whole, final); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return s.taken(stamp)
		}
		return fmt.Errorf("take in backup %s: %w", stamp, err)
	}
	if err := errors.Join(s.disk.Sync(s.dir), s.disk.Sync(dir)); err != nil {
		// Whether the name is on the disk is not known: it must not be listed.
		return errors.Join(fmt.Errorf("take in backup %s: %w", stamp, err), s.disk.Rename(final, whole))
	}
	release, err := s.take(dir)
	if err != nil {
		return err
	}
	// The backup is in. What stays of its hidden folder is swept by the next build.
	_ = errors.Join(s.disk.RemoveAll(dir), s.unlock(dir, release))
	return nil
}

func (s *Store) taken(stamp domain.Stamp) error {
	return domain.Conflict("there is a backup %s in %s already", stamp, s.dir).WithField("stamp").
		WithHint("see whether it is sound: atocore backup validate %s", stamp)
}
