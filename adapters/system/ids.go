package system

import (
	"github.com/google/uuid"

	"github.com/atocore/atocore/ports"
)

// IDs makes UUIDs of version 7: unique everywhere, and in order of time, which
// keeps the pages of a database index that end with them together.
type IDs struct{}

var _ ports.IDs = IDs{}

// NewID returns a new identifier of 36 characters.
func (IDs) NewID() string {
	// The only error is one of the system's source of randomness, which ends a Go
	// program by itself since Go 1.24.
	return uuid.Must(uuid.NewV7()).String()
}
