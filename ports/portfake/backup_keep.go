package portfake

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/atocore/atocore/domain"
)

const (
	pinPrefix     = ".pin-"
	removedPrefix = ".removed-"
)

// Use keeps backups from being removed through this store.
func (b *BackupStore) Use(ctx context.Context) (func() error, error) {
	if err := begin(ctx, b.Fail, "backups.use"); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.users++
	var once sync.Once
	return func() error {
		once.Do(func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.users--
		})
		return nil
	}, nil
}

// Remove renames, syncs, removes.
func (b *BackupStore) Remove(ctx context.Context, stamp domain.Stamp) error {
	if err := begin(ctx, b.Fail, "backups.remove"); err != nil {
		return err
	}
	if _, err := domain.ParseStamp(string(stamp)); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := b.disk.Stat(b.folder(stamp))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return b.unknown(stamp)
	case err != nil:
		return err
	case b.users > 0:
		return domain.Conflict("backups are in use")
	case b.pinned(stamp):
		return domain.Refused("backup %s is pinned", stamp)
	}
	hidden := filepath.Join(b.home, removedPrefix+string(stamp))
	if err := b.disk.RemoveAll(hidden); err != nil {
		return err
	}
	if err := b.disk.Rename(b.folder(stamp), hidden); err != nil {
		return err
	}
	if err := b.disk.Sync(b.home); err != nil {
		return errors.Join(err, b.disk.Rename(hidden, b.folder(stamp)))
	}
	_ = b.disk.RemoveAll(hidden) // it is gone already; the rest is only room
	return nil
}

// Pin notes a pin beside the backup.
func (b *BackupStore) Pin(ctx context.Context, stamp domain.Stamp, pinned bool) error {
	if err := begin(ctx, b.Fail, "backups.pin"); err != nil {
		return err
	}
	if _, err := domain.ParseStamp(string(stamp)); err != nil {
		return err
	}
	if _, err := b.disk.Stat(b.folder(stamp)); errors.Is(err, fs.ErrNotExist) {
		return b.unknown(stamp)
	}
	at := filepath.Join(b.home, pinPrefix+string(stamp))
	var err error
	if pinned {
		err = b.disk.WriteFile(at, nil, 0o600)
	} else {
		err = b.disk.RemoveAll(at)
	}
	return errors.Join(err, b.disk.Sync(b.home))
}

func (b *BackupStore) pinned(stamp domain.Stamp) bool {
	_, err := b.disk.Stat(filepath.Join(b.home, pinPrefix+string(stamp)))
	return err == nil
}
