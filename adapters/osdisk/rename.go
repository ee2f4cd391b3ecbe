package osdisk

import (
	"errors"
	"io/fs"
	"os"
)

// renameChecked is the fallback where the system cannot refuse an existing target
// by itself.
func renameChecked(from, to string) error {
	if _, err := os.Lstat(from); err != nil {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}
