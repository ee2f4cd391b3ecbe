// Package system gives the use cases the machine's own clock and identifiers that
// no other machine makes.
package system

import (
	"time"

	"github.com/atocore/atocore/ports"
)

// Clock is the machine's clock.
type Clock struct{}

var _ ports.Clock = Clock{}

// Now returns the present moment in UTC. It is cut to microseconds, so that a
// moment that went through a database or a JSON file equals the one that did not.
func (Clock) Now() ports.Moment { return time.Now().UTC().Truncate(time.Microsecond) }
