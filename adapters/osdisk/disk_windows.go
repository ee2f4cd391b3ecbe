package osdisk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// openNoFollow refuses a link by looking first: Windows has no flag for it that
// os.OpenFile passes on, and links need a privilege there.
func openNoFollow(path string, flag int, mode fs.FileMode) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("is a link")}
	}
	return os.OpenFile(path, flag, mode)
}

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func free(path string) (int64, string, error) {
	if _, err := os.Stat(path); err != nil {
		return 0, "", err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, "", &fs.PathError{Op: "free", Path: path, Err: err}
	}
	var room uint64
	if err := windows.GetDiskFreeSpaceEx(name, &room, nil, nil); err != nil {
		return 0, "", &fs.PathError{Op: "free", Path: path, Err: err}
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return 0, "", err
	}
	return int64(room), fmt.Sprintf("volume-%s", filepath.VolumeName(abs)), nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return f.Sync()
}

// syncDir does nothing: Windows has no call that makes a folder's entries durable.
func syncDir(string) error { return nil }

func chownLike(string, fs.FileInfo) error { return nil }
