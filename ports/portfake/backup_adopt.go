package portfake

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.BackupAdopter = (*BackupStore)(nil)

// Adopt takes in a backup that was made elsewhere.
func (b *BackupStore) Adopt(ctx context.Context, dir string, stamp domain.Stamp) error {
	if err := begin(ctx, b.Fail, "backups.adopt"); err != nil {
		return err
	}
	if _, err := domain.ParseStamp(string(stamp)); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	whole := filepath.Join(dir, string(stamp))
	if _, err := b.disk.ReadFile(filepath.Join(whole, manifestName)); err != nil {
		return domain.Corrupt("the manifest of backup %s cannot be read", stamp).Because(err)
	}
	if err := b.syncTree(whole); err != nil {
		return err
	}
	if err := b.disk.Rename(whole, b.folder(stamp)); errors.Is(err, fs.ErrExist) {
		return domain.Conflict("there is a backup %s already", stamp)
	} else if err != nil {
		return err
	}
	if err := errors.Join(b.disk.Sync(b.home), b.disk.Sync(dir)); err != nil {
		return errors.Join(err, b.disk.Rename(b.folder(stamp), whole))
	}
	_ = b.disk.RemoveAll(dir) // else swept by the next build
	return nil
}
