package portfake

import (
	"sync"
	"time"

	"github.com/atocore/atocore/ports"
)

// Clock is a clock that stands still until it is moved. Its zero value stands at
// the first second of 2026.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

var _ ports.Clock = (*Clock)(nil)

// Now returns the moment at which the clock stands.
func (c *Clock) Now() ports.Moment {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start()
	return c.now
}

// Set puts the clock to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t.UTC().Truncate(time.Microsecond)
}

// Advance moves the clock on by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start()
	c.now = c.now.Add(d).Truncate(time.Microsecond)
}

func (c *Clock) start() {
	if c.now.IsZero() {
		c.now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
}
