package backupdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

const (
	pinPrefix     = ".pin-"     // an empty file beside the backup of that stamp
	removedPrefix = ".removed-" // what is on its way out
	useName       = ".use.lock" // held shared by who uses backups, alone by who removes one
)

var _ ports.BackupKeeper = (*Store)(nil)

// Use keeps every backup from being removed. A folder that is not there, or that
// cannot be written, needs no lock.
func (s *Store) Use(ctx context.Context) (func() error, error) {
	release, err := s.hold(ctx, filepath.Join(s.dir, useName), false)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || isReadOnly(err) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, fmt.Errorf("use backups: %w", err)
	}
	if release == nil {
		return nil, domain.Conflict("a backup in %s is being removed", s.dir).WithHint("try again in a moment")
	}
	// A lock that root made would keep the service out for good. A fake's lock is no file.
	if err := s.inherit(filepath.Join(s.dir, useName), s.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("use backups: %w", err), release())
	}
	return release, nil
}

// Remove takes the name away first: there is never half a backup under a stamp.
// The content goes after the lock, for that may take long.
func (s *Store) Remove(ctx context.Context, stamp domain.Stamp) error {
	hidden, err := s.hide(ctx, stamp)
	if err != nil {
		return err
	}
	// It is gone. What cannot be removed now is swept by the next backup.
	_ = errors.Join(s.disk.RemoveAll(hidden), s.disk.Sync(s.dir))
	return nil
}

func (s *Store) hide(ctx context.Context, stamp domain.Stamp) (hidden string, err error) {
	// Also what is no folder, or broken, may be removed by its name.
	if _, err := domain.ParseStamp(string(stamp)); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("remove backup %s: %w", stamp, err)
	}
	release, err := s.hold(ctx, filepath.Join(s.dir, useName), true)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", s.notFound(ctx, stamp)
	case err != nil:
		return "", s.notRemoved(stamp, err)
	case release == nil:
		return "", domain.Conflict("backup %s cannot be removed: backups are in use", stamp).WithField("stamp").
			WithHint("a restore, a proof or a copy is under way; try again when it has ended")
	}
	defer func() { _ = release() }() // the lock ends with the process in any case
	final := filepath.Join(s.dir, string(stamp))
	if _, err := s.disk.Stat(final); errors.Is(err, fs.ErrNotExist) {
		return "", s.notFound(ctx, stamp)
	} else if err != nil {
		return "", s.notRemoved(stamp, err)
	}
	pinned, err := s.pinned(stamp)
	if err != nil {
		return "", s.notRemoved(stamp, err)
	}
	if pinned {
		return "", domain.Refused("backup %s is pinned", stamp).WithField("stamp").
			WithHint("let go of it first: atocore backup unpin %s", stamp)
	}
	hidden = filepath.Join(s.dir, removedPrefix+string(stamp)+"-"+randomName())
	if err := s.disk.Rename(final, hidden); err != nil {
		return "", s.notRemoved(stamp, err)
	}
	if err := s.disk.Sync(s.dir); err != nil {
		// Whether the name is off the disk is not known: put it back, as it was.
		return "", s.notRemoved(stamp, errors.Join(err, s.disk.Rename(hidden, final)))
	}
	return hidden, nil
}

func (s *Store) notRemoved(stamp domain.Stamp, err error) error {
	return domain.Unavailable("backup %s could not be removed", stamp).Because(err).
		WithHint("make the folder of the backups writable; the backup is as it was")
}

// Pin keeps a backup for ever.
func (s *Store) Pin(ctx context.Context, stamp domain.Stamp, pinned bool) error {
	release, err := s.Use(ctx) // nobody removes it meanwhile
	if err != nil {
		return err
	}
	defer func() { _ = release() }()
	if _, err := s.find(ctx, stamp); err != nil {
		return err
	}
	path := filepath.Join(s.dir, pinPrefix+string(stamp))
	have, err := s.pinned(stamp)
	switch {
	case err != nil || have == pinned:
	case pinned:
		err = s.disk.WriteFile(path, nil, 0o600)
	default:
		err = s.disk.RemoveAll(path)
	}
	// Also when it was so before: that may have been by one who was killed right here.
	if err == nil {
		err = s.disk.Sync(s.dir)
	}
	if err != nil {
		return domain.Unavailable("whether backup %s is pinned could not be noted", stamp).Because(err).
			WithHint("make the folder of the backups writable")
	}
	return nil
}

// pinned tells whether there is a pin. What cannot be told is an error, never no.
func (s *Store) pinned(stamp domain.Stamp) (bool, error) {
	_, err := s.disk.Stat(filepath.Join(s.dir, pinPrefix+string(stamp)))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// sweepRemoved removes what killed removals left. It never stands in anybody's
// way: what cannot be removed now may be another time.
func (s *Store) sweepRemoved(name string) bool {
	if !strings.HasPrefix(name, removedPrefix) {
		return false
	}
	_ = s.disk.RemoveAll(filepath.Join(s.dir, name))
	return true
}
