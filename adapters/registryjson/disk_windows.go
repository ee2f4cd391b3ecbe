package registryjson

import (
	"os"
	"time"
)

// replace tries again for a second: a reader that has the file open at that moment
// keeps it from being replaced.
func replace(from, to string) error {
	var err error
	for range 40 {
		if err = os.Rename(from, to); err == nil {
			return nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	return err
}

// syncDir does nothing: this system syncs no folders.
func syncDir(string) error { return nil }
