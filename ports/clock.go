package ports

import "time"

// Moment is a point in time in UTC, cut to microseconds.
type Moment = time.Time

// Clock tells the time.
type Clock interface {
	// Now returns the present moment in UTC, cut to microseconds.
	Now() Moment
}

// IDs makes identifiers.
type IDs interface {
	// NewID returns an identifier that was never returned before, by any process.
	// Identifiers made later sort after those made earlier by the same process.
	NewID() string
}
