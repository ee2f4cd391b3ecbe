//go:build !unix

package sqlite

import (
	"io/fs"
	"os"
)

// writable returns why this process may not write to path, as far as its read-only
// attribute tells.
func writable(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() && info.Mode().Perm()&0o200 == 0 {
		return &fs.PathError{Op: "write", Path: path, Err: fs.ErrPermission}
	}
	return err
}
