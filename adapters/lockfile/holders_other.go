//go:build !linux

package lockfile

import "github.com/atocore/atocore/domain"

// holders returns nothing: this system does not tell who holds a lock.
func holders(string) []domain.Holder { return nil }
