// Package lockfile keeps processes on the same data directory out of each other's
// way by advisory locks on three files in it. The operating system drops a lock with
// the process that holds it, however that ends, so nothing is ever left locked and
// no lock file is ever removed: a process that waits on a file which another one
// replaces would hold a lock that nobody sees.
package lockfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// The lock files within a data directory.
const (
	StoresFile = "atocore.lock"
	IngestFile = "ingest.lock"
	UpkeepFile = "upkeep.lock"
)

// Config says where the locks are.
type Config struct {
	Dir string // the data directory; it must exist when a lock is taken
}

// Gate is the gate of one data directory.
type Gate struct {
	stores string
	ingest string
	upkeep string
}

var _ ports.Gate = (*Gate)(nil)

// New returns the gate. It touches nothing.
func New(c Config) *Gate {
	return &Gate{stores: filepath.Join(c.Dir, StoresFile), ingest: filepath.Join(c.Dir, IngestFile), upkeep: filepath.Join(c.Dir, UpkeepFile)}
}

// Share takes the stores' lock beside others.
func (g *Gate) Share(ctx context.Context) (func() error, error) {
	release, err := take(ctx, g.stores, (*flock.Flock).TryRLock)
	if !errors.Is(err, errTaken) {
		return release, err
	}
	return nil, domain.Refused("a restore is under way: %s", describe(holders(g.stores), g.stores)).
		WithHint("wait until it has ended")
}

// Exclude takes the stores' lock alone.
func (g *Gate) Exclude(ctx context.Context) (func() error, error) {
	release, err := take(ctx, g.stores, (*flock.Flock).TryLock)
	if !errors.Is(err, errTaken) {
		return release, err
	}
	return nil, domain.Refused("the stores are in use: %s", describe(holders(g.stores), g.stores)).
		WithHint("stop every atocore process on this data directory first")
}

// Ingestion takes the ingestion gate.
func (g *Gate) Ingestion(ctx context.Context) (func() error, error) {
	return alone(ctx, g.ingest, "an ingestion or a cold copy is under way")
}

// Upkeep takes the lock of unattended work.
func (g *Gate) Upkeep(ctx context.Context) (func() error, error) {
	return alone(ctx, g.upkeep, "a scheduled backup, proof, pruning or drill is under way")
}

// alone takes a lock and notes in its file who has it.
func alone(ctx context.Context, path, taken string) (func() error, error) {
	unlock, err := take(ctx, path, (*flock.Flock).TryLock)
	if errors.Is(err, errTaken) {
		who := holders(path)
		if len(who) == 0 {
			who = readNote(path)
		}
		return nil, domain.Conflict("%s: %s", taken, describe(who, path)).
			WithHint("wait until it has ended and try again")
	}
	if err != nil {
		return nil, err
	}
	// The note only names the holder to others; the lock is good without it.
	_ = writeNote(path, ownNote())
	var once sync.Once
	return func() error {
		once.Do(func() { _ = writeNote(path, "") })
		return unlock()
	}, nil
}

var errTaken = errors.New("lock is taken")

// take makes one attempt. Locks of one process on different handles exclude each
// other as those of different processes do, so a handle for each call is all it
// takes to hold within a process too.
func take(ctx context.Context, path string, try func(*flock.Flock) (bool, error)) (func() error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	got, err := try(lock)
	if err != nil {
		return nil, domain.Unavailable("cannot lock %s", path).Because(err).
			WithHint("the data directory must exist, be writable, and be on a file system with locks")
	}
	if !got {
		return nil, errTaken
	}
	return func() error {
		if err := lock.Unlock(); err != nil {
			return fmt.Errorf("unlock %s: %w", path, err)
		}
		return nil
	}, nil
}

func describe(who []domain.Holder, path string) string {
	if len(who) == 0 {
		who = []domain.Holder{{What: path}}
	}
	said := make([]string, len(who))
	for i, h := range who {
		said[i] = h.String()
	}
	return strings.Join(said, ", ")
}
