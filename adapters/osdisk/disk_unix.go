//go:build unix

package osdisk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func openNoFollow(path string, flag int, mode fs.FileMode) (*os.File, error) {
	// Not blocking: a pipe put in the file's place after the check must not hang.
	return os.OpenFile(path, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK, mode)
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func free(path string) (int64, string, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, "", &fs.PathError{Op: "statfs", Path: path, Err: err}
	}
	var node unix.Stat_t
	if err := unix.Stat(path, &node); err != nil {
		return 0, "", &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return int64(uint64(st.Bavail) * uint64(st.Bsize)), fmt.Sprintf("dev-%d%s", node.Dev, mountOf(path)), nil //nolint:unconvert // types differ by system
}

func syncFile(path string) error {
	f, err := openNoFollow(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return f.Sync()
}

func syncDir(path string) error { return syncFile(path) }

func chownLike(path string, model fs.FileInfo) error {
	want, ok := model.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if have, ok := info.Sys().(*syscall.Stat_t); ok && have.Uid == want.Uid && have.Gid == want.Gid {
		return nil // what is right already needs no privilege
	}
	return os.Lchown(path, int(want.Uid), int(want.Gid))
}
