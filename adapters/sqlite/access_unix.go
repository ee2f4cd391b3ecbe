//go:build unix

package sqlite

import "golang.org/x/sys/unix"

// writable returns why this process may not write to path, without opening it: to
// close a database as a plain file would drop the locks that SQLite has on it.
func writable(path string) error { return unix.Access(path, unix.W_OK) }
