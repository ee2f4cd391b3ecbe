package sqlite

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// allocate takes the room for a file of that size, so that a full disk shows at
// once. A file system that cannot is no error.
func allocate(f *os.File, size int64) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return &os.PathError{Op: "allocate", Path: f.Name(), Err: err}
	}
	return nil
}

// writeBack begins to write a part of the file to the disk, when what was begun
// before it is there. It promises nothing: a sync has to follow.
func writeBack(f *os.File, from, length int64) error {
	fd := int(f.Fd())
	if from > 0 {
		before := max(0, from-writtenAhead)
		err := unix.SyncFileRange(fd, before, from-before, unix.SYNC_FILE_RANGE_WAIT_BEFORE|unix.SYNC_FILE_RANGE_WRITE|unix.SYNC_FILE_RANGE_WAIT_AFTER)
		if err != nil {
			return fallBack(f, err)
		}
	}
	return fallBack(f, unix.SyncFileRange(fd, from, length, unix.SYNC_FILE_RANGE_WRITE))
}

func fallBack(f *os.File, err error) error {
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) {
		return f.Sync()
	}
	return err
}
