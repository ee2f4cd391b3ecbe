//go:build !windows

package registryjson

import (
	"errors"
	"os"
)

func replace(from, to string) error { return os.Rename(from, to) }

// syncDir makes the entries of a folder durable.
func syncDir(dir string) error {
	if dir == "" {
		dir = "."
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
