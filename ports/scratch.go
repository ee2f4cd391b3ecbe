package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// Scratch gives room for copies that nobody needs afterwards.
type Scratch interface {
	// Take makes an empty folder of mode 0700 that no other process uses, and
	// returns its absolute path. What processes that are gone left behind is removed
	// first. release removes the folder and all that is in it; it may be called more
	// than once. A place that cannot be written is KindUnavailable.
	Take(ctx context.Context) (dir string, release func() error, err error)
}

// Saboteur damages copies in scratch, to see whether it is noticed.
type Saboteur interface {
	// Damage does d to the file at path and returns what repairs it. Only what lies
	// in a folder that this process took from scratch is ever touched: anything else
	// is KindRefused, links on the way included. What cannot be done to the file (an
	// offset outside of it, a plant where something is) is KindInvalid and does
	// nothing.
	Damage(ctx context.Context, path string, d domain.Damage) (repair func() error, err error)
}
