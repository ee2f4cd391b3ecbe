package ports

import (
	"context"
	"io/fs"
)

// Disk is the file system as backup and restore use it: every call that changes
// something, and every call that makes a change durable, is one method, so that a
// fake can fail at each and lose what was not synced. Paths are absolute. A path
// that does not exist is fs.ErrNotExist, one that does where it must not is
// fs.ErrExist, in the chain. A full disk is KindUnavailable and says so.
type Disk interface {
	DiskReader
	DiskWriter
}

// DiskReader is the half of a Disk that changes nothing.
type DiskReader interface {
	// Stat describes path without following a link at its end.
	Stat(path string) (fs.FileInfo, error)
	// ReadDir returns the entries of a folder in order of name.
	ReadDir(path string) ([]fs.DirEntry, error)
	// ReadFile returns the content of a small file.
	ReadFile(path string) ([]byte, error)
	// Hash returns size and SHA-256 (hexadecimal) of a regular file, reading it in
	// pieces. A link is not followed: it is an error.
	Hash(ctx context.Context, path string, report func(n int64)) (size int64, sum string, err error)
	// Same tells whether two regular files have the same content, reading both in
	// pieces. A link is not followed: it is an error.
	Same(ctx context.Context, a, b string, report func(n int64)) (bool, error)
	// Free returns the bytes that can still be written on the file system of path,
	// and an opaque identity of that file system.
	Free(path string) (bytes int64, fileSystem string, err error)
}

// DiskWriter is the half of a Disk that changes it.
type DiskWriter interface {
	// WriteFile creates or replaces a small file and syncs it. Its name in the
	// folder is durable only after Sync of that folder.
	WriteFile(path string, data []byte, mode fs.FileMode) error
	// CopyFile copies a regular file to a path that must not exist, with the given
	// mode, syncs it, and returns size and SHA-256 of the copy as it is read back.
	// Sparse, cloned or plain: the copy shares no later change with its source.
	CopyFile(ctx context.Context, from, to string, mode fs.FileMode, report func(n int64)) (size int64, sum string, err error)
	// Mkdir creates one folder, which must not exist, with mode 0700.
	Mkdir(path string) error
	// Rename moves a file or folder within one file system to a path that must not
	// exist. It is durable after Sync of both folders.
	Rename(from, to string) error
	// RemoveAll removes a file or tree; one that does not exist is passed over.
	RemoveAll(path string) error
	// Sync makes a file's content, or a folder's entries, durable.
	Sync(path string) error
}

// Owner is the optional capability of a Disk to keep who owns a file.
type Owner interface {
	// Match gives path (and, for a folder, everything below it) the owner of like,
	// and a file the mode as well where like is a file.
	Match(path, like string) error
}
