//go:build !unix

package sqlite

// syncDir does nothing: a folder cannot be synced here, and the file system's own
// journal has to do.
func syncDir(string) error { return nil }
