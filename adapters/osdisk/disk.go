// Package osdisk is the real file system as backup and restore use it.
//
// None of its calls may be given the file of a database that this process has
// open through SQLite: on POSIX systems closing any descriptor of a file drops
// every lock that the process holds on it, SQLite's own included. Stat, Rename
// and RemoveAll open nothing and are safe.
//
// Windows cannot sync a folder: there Sync of a folder only checks that it exists,
// and a rename that was acknowledged can be lost with the power.
package osdisk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Disk is the file system of the machine. The zero value works.
type Disk struct{}

// bufferSize is how much is read at once: large enough that a system call costs
// nothing, small enough that a few of them cost no memory.
const bufferSize = 512 << 10

// Stat describes path without following a link at its end.
func (Disk) Stat(path string) (fs.FileInfo, error) { return os.Lstat(path) }

// ReadDir returns the entries of a folder in order of name.
func (Disk) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

// ReadFile returns the content of a small file.
func (Disk) ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

// Hash returns size and SHA-256 of a regular file. report is told the bytes since
// its last call.
func (Disk) Hash(ctx context.Context, path string, report func(n int64)) (int64, string, error) {
	f, _, err := openRegular(path)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = f.Close() }()
	adviseSequential(f)
	h := sha256.New()
	size, err := pour(ctx, h, f, report)
	if err != nil {
		return 0, "", fmt.Errorf("hash %s: %w", path, err)
	}
	return size, hex.EncodeToString(h.Sum(nil)), nil
}

// pour moves all of r to w in pieces, giving up when ctx ends.
func pour(ctx context.Context, w io.Writer, r io.Reader, report func(n int64)) (int64, error) {
	buf := make([]byte, bufferSize)
	var size int64
	for {
		if err := ctx.Err(); err != nil {
			return size, err
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return size, werr
			}
			size += int64(n)
			if report != nil {
				report(int64(n))
			}
		}
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
}

// openRegular opens a regular file for reading and never follows a link at the
// end of path. Anything else is refused before it is read: opening a pipe must
// not hang.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	f, err := openNoFollow(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Free returns the bytes that can still be written next to path, and an identity
// of its file system.
func (Disk) Free(path string) (int64, string, error) { return free(path) }

// WriteFile creates or replaces a small file and syncs it. It writes in place: a
// caller that must never show half of it writes to another name and renames.
func (d Disk) WriteFile(path string, data []byte, mode fs.FileMode) error {
	f, err := openNoFollow(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return d.writeError(path, int64(len(data)), err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return d.writeError(path, int64(len(data)), err)
}

// Mkdir creates one folder, which must not exist, with mode 0700.
func (d Disk) Mkdir(path string) error { return d.writeError(path, 0, os.Mkdir(path, 0o700)) }

// Rename moves a file or folder to a path that must not exist.
func (d Disk) Rename(from, to string) error { return d.writeError(to, 0, renameNew(from, to)) }

// RemoveAll removes a file or tree; one that does not exist is passed over.
func (Disk) RemoveAll(path string) error { return os.RemoveAll(path) }

// Sync makes a file's content, or a folder's entries, durable.
func (d Disk) Sync(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = syncDir(path)
	} else {
		err = syncFile(path)
	}
	return d.writeError(path, 0, err)
}

// Match gives path, and everything below a folder, the owner of like; a file
// takes its mode too. Where the system keeps no owners only the mode is taken.
func (Disk) Match(path, like string) error {
	model, err := os.Lstat(like)
	if err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		// The owner first: changing it may clear bits of the mode.
		if err := chownLike(path, model); err != nil {
			return err
		}
		if !model.Mode().IsRegular() {
			return nil // what a folder permits is nothing for a file
		}
		return os.Chmod(path, model.Mode().Perm())
	}
	if !info.IsDir() {
		return chownLike(path, model)
	}
	return walk(path, func(p string) error { return chownLike(p, model) })
}

func walk(path string, each func(path string) error) error {
	if err := each(path); err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		below := path + string(os.PathSeparator) + e.Name()
		if e.IsDir() {
			err = walk(below, each)
		} else {
			err = each(below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
