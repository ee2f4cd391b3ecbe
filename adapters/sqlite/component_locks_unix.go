//go:build unix

package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/atocore/atocore/domain"
)

// Where SQLite's locks lie, from its file format and source: pending, reserved
// and shared bytes of the database, and the lock bytes of the -shm with the one
// after them that every user of it holds.
const (
	databaseLockStart, databaseLockLength = 0x40000000, 512
	shmLockStart, shmLockLength           = 120, 9
)

// lockHolders asks the system for locks of other processes on the database. It
// opens the file, so it must not be called while this process has it open.
func lockHolders(path string) ([]domain.Holder, error) {
	var holders []domain.Holder
	for _, probe := range []struct {
		file          string
		start, length int64
	}{
		{path, databaseLockStart, databaseLockLength},
		{path + "-shm", shmLockStart, shmLockLength},
	} {
		pid, held, err := lockHolder(probe.file, probe.start, probe.length)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return holders, fmt.Errorf("look for locks on %s: %w", probe.file, err)
		}
		if held {
			holders = append(holders, domain.Holder{PID: pid, What: path})
		}
	}
	return holders, nil
}

func lockHolder(file string, start, length int64) (pid int, held bool, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = f.Close() }()
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: start, Len: length}
	if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock); err != nil {
		return 0, false, err
	}
	if lock.Type == unix.F_UNLCK {
		return 0, false, nil
	}
	// A process of another container is 0, an open-file lock -1.
	return max(0, int(lock.Pid)), true, nil
}
