// Package scratchdir gives room on a real disk for copies that nobody needs
// afterwards, and damages them on request. Each folder has a lock file beside it
// that its process holds, so that what a killed process left is told from what is
// in use, and removed.
package scratchdir

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

const (
	prefix     = ".scratch-"
	lockSuffix = ".lock"
)

// Config says where the folders are made.
type Config struct {
	Dir string // absolute; made with its parents when it is first used
}

// Scratch makes folders below one folder.
type Scratch struct {
	dir string

	mu    sync.Mutex
	taken map[string]bool
}

var (
	_ ports.Scratch  = (*Scratch)(nil)
	_ ports.Saboteur = (*Scratch)(nil)
)

// New returns the scratch. It touches nothing.
func New(c Config) *Scratch { return &Scratch{dir: c.Dir, taken: map[string]bool{}} }

// Take implements ports.Scratch.
func (s *Scratch) Take(ctx context.Context) (string, func() error, error) {
	if err := ctx.Err(); err != nil {
		return "", nil, fmt.Errorf("take scratch: %w", err)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", nil, s.unusable(err)
	}
	if err := s.sweep(); err != nil {
		return "", nil, s.unusable(err)
	}
	for {
		dir := filepath.Join(s.dir, prefix+randomName())
		lock, err := tryLock(dir + lockSuffix)
		if err != nil {
			return "", nil, s.unusable(err)
		}
		if lock == nil {
			continue // somebody took it for a leftover before it was locked
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			return "", nil, s.unusable(errors.Join(err, drop(dir, lock)))
		}
		s.mu.Lock()
		s.taken[dir] = true
		s.mu.Unlock()
		return dir, sync.OnceValue(func() error {
			s.mu.Lock()
			delete(s.taken, dir)
			s.mu.Unlock()
			return drop(dir, lock)
		}), nil
	}
}

// drop removes a folder, then its lock file: a folder that is there has one.
func drop(dir string, lock *flock.Flock) error {
	err := os.RemoveAll(dir)
	if err != nil {
		return errors.Join(err, lock.Close()) // swept by the next run
	}
	if err := os.Remove(dir + lockSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		// Windows does not remove what is open.
		return errors.Join(lock.Close(), os.Remove(dir+lockSuffix))
	}
	return lock.Close()
}

// sweep removes what processes that are gone left behind.
func (s *Scratch) sweep() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, prefix) || !strings.HasSuffix(name, lockSuffix) {
			continue
		}
		path := filepath.Join(s.dir, name)
		lock, err := tryLock(path)
		if err != nil {
			return err
		}
		if lock == nil {
			continue // in use
		}
		if err := drop(strings.TrimSuffix(path, lockSuffix), lock); err != nil {
			return err
		}
	}
	return nil
}

// tryLock locks the file at path, making it if need be; nil when another process
// holds it or has removed it meanwhile.
func tryLock(path string) (*flock.Flock, error) {
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, errors.Join(err, l.Close()))
	}
	if !got {
		return nil, l.Close()
	}
	mine, err := l.Stat()
	if err == nil {
		var named fs.FileInfo
		if named, err = os.Lstat(path); err == nil && os.SameFile(mine, named) {
			return l, nil
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, l.Close())
	}
	return nil, l.Close()
}

func (s *Scratch) unusable(err error) error {
	return domain.Unavailable("copies cannot be made in %s", s.dir).Because(err).
		WithHint("make the folder writable, or choose another one with backup.scratch_dir")
}

func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
