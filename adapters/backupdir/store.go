// Package backupdir keeps backups as plain folders that an operator can read with
// ls, sqlite3, jq and sha256sum. docs/backup-format.md describes them.
//
// A backup is built in a hidden folder beside the others and renamed when every
// file and folder of it is on the disk, so that one that is listed is whole.
package backupdir

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

const (
	buildingPrefix = ".building-"
	notePrefix     = ".note-"
	lockSuffix     = ".lock"
)

// Config says where the backups are.
type Config struct {
	Disk ports.Disk
	Dir  string // absolute; made with its parents when the first backup is built
	// DataDir is where the live state is. It is only named, in the commands that a
	// backup carries.
	DataDir string
	// Lock takes an exclusive lock on the file at path, making it if need be, and
	// returns nil without an error when another process holds it. FileLock does so
	// on a real disk; nil means that there are no other processes.
	Lock func(path string) (release func() error, err error)
}

// Store keeps backups in one folder.
type Store struct {
	disk    ports.Disk
	dir     string
	dataDir string
	lock    func(path string) (func() error, error)

	mu   sync.Mutex
	live map[string]func() error // folders being built here → what releases their lock
}

var (
	_ ports.BackupStore     = (*Store)(nil)
	_ ports.BackupInspector = (*Store)(nil)
)

// New returns the store. It touches nothing.
func New(c Config) *Store {
	lock := c.Lock
	if lock == nil {
		lock = func(string) (func() error, error) { return func() error { return nil }, nil }
	}
	return &Store{disk: c.Disk, dir: c.Dir, dataDir: c.DataDir, lock: lock, live: map[string]func() error{}}
}

// Begin makes the hidden folder in which a backup is built.
func (s *Store) Begin(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("begin a backup: %w", err)
	}
	if err := s.ensureDir(s.dir); err != nil {
		return "", s.unusable(err)
	}
	if err := s.sweep(); err != nil {
		return "", s.unusable(err)
	}
	for {
		dir := filepath.Join(s.dir, buildingPrefix+randomName())
		if err := s.disk.Mkdir(dir); err != nil {
			return "", s.unusable(err)
		}
		release, err := s.lock(dir + lockSuffix)
		if err != nil {
			return "", s.unusable(errors.Join(err, s.disk.RemoveAll(dir)))
		}
		if release == nil {
			continue // somebody is sweeping it, because it was not locked yet
		}
		// Who sweeps removes the folder before the lock file, so while the folder is
		// there, this lock is the one that others look at.
		if _, err := s.disk.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			if err := s.unlock(dir, release); err != nil {
				return "", s.unusable(err)
			}
			continue
		} else if err != nil {
			return "", s.unusable(errors.Join(err, s.unlock(dir, release)))
		}
		s.mu.Lock()
		s.live[dir] = release
		s.mu.Unlock()
		return dir, nil
	}
}

// Discard removes what Begin made, even when ctx has ended: that may be why.
func (s *Store) Discard(_ context.Context, dir string) error {
	release, err := s.take(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(s.disk.RemoveAll(dir), s.unlock(dir, release)); err != nil {
		return fmt.Errorf("remove unfinished backup: %w", err)
	}
	return nil
}

// take ends this store's hold on a folder that it is building.
func (s *Store) take(dir string) (func() error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	release, ok := s.live[dir]
	if !ok {
		return nil, domain.Invalid("%s is not a backup that is being built here", dir)
	}
	delete(s.live, dir)
	return release, nil
}

func (s *Store) building(dir string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.live[dir]
	return ok
}

// unlock removes the lock file while it is still locked, so that nobody can have
// locked it in between.
func (s *Store) unlock(dir string, release func() error) error {
	return errors.Join(s.disk.RemoveAll(dir+lockSuffix), release())
}

// sweep removes what killed builds left behind. What a live process builds is
// locked, and stays.
func (s *Store) sweep() error {
	entries, err := s.disk.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(s.dir, e.Name())
		if strings.HasPrefix(e.Name(), notePrefix) {
			if err := s.disk.RemoveAll(path); err != nil {
				return err
			}
			continue
		}
		if !strings.HasPrefix(e.Name(), buildingPrefix) {
			continue
		}
		dir := strings.TrimSuffix(path, lockSuffix)
		if s.building(dir) {
			continue
		}
		release, err := s.lock(dir + lockSuffix)
		if err != nil {
			return err
		}
		if release == nil {
			continue
		}
		if err := errors.Join(s.disk.RemoveAll(dir), s.unlock(dir, release)); err != nil {
			return err
		}
	}
	return nil
}

// ensureDir makes a folder and the parents that it lacks.
func (s *Store) ensureDir(dir string) error {
	info, err := s.disk.Stat(dir)
	if err == nil && info.IsDir() {
		return nil
	}
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		_, err := s.disk.ReadDir(dir) // a link to a folder elsewhere is fine
		return err
	}
	if err == nil {
		return fmt.Errorf("%s is not a folder", dir)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if parent == dir {
		return err
	}
	if err := s.ensureDir(parent); err != nil {
		return err
	}
	err = s.disk.Mkdir(dir)
	if err == nil {
		err = s.inherit(dir, parent)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.disk.Sync(parent)
}

func (s *Store) unusable(err error) error {
	var known *domain.Error
	if errors.As(err, &known) {
		return err
	}
	return domain.Unavailable("backups cannot be written to %s", s.dir).Because(err).
		WithHint("make the folder writable, or choose another one with backup.dir")
}

func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
