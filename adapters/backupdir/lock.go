package backupdir

import (
	"fmt"
	"os"
	"strings"

	"github.com/gofrs/flock"
)

// FileLock takes an exclusive lock on a real file; see Config.Lock. The lock ends
// with the process, however it ends.
func FileLock(path string) (func() error, error) {
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !got {
		return nil, l.Close()
	}
	return l.Close, nil
}

// Busy tells whether a process that lives works on the hidden folder at path, by
// the lock file beside it. It makes none and keeps none.
func Busy(path string) bool {
	lock := strings.TrimSuffix(path, lockSuffix) + lockSuffix
	if _, err := os.Stat(lock); err != nil {
		return false
	}
	l := flock.New(lock, flock.SetFlag(os.O_RDONLY))
	got, err := l.TryRLock()
	if err != nil {
		return true // not to be told: rather say nothing than call in use a leftover
	}
	_ = l.Close()
	return !got
}
