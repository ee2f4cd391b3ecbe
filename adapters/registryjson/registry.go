// Package registryjson keeps the registered projects in a JSON file that people
// may read and edit by hand.
//
// A write replaces the file as a whole: a temporary file beside it is written,
// synced and renamed over it, and the folder is synced. Readers take no lock, for
// what they find under the name is always one whole file. Writers, of whatever
// process, take turns by a lock on a second file, which is never removed.
package registryjson

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// FileName is the registry's name within a data directory.
const FileName = "projects.json"

// lockSuffix names the lock file beside the registry.
const lockSuffix = ".lock"

// lockRetry is how often a writer looks whether it is its turn.
const lockRetry = 15 * time.Millisecond

// Config says where the registry is.
type Config struct {
	Path string // of projects.json; its folder must exist when it is first written
}

// Registry is the registry in one file.
type Registry struct {
	path string
	// step is told of each step of a write, for tests that die there.
	step func(name string)

	mu   sync.Mutex
	last *reading
}

// reading is what was read from a file, and what the file looked like.
type reading struct {
	info     os.FileInfo
	at       time.Time
	projects []domain.Project
}

// settled is how old a file must have been when it was read for its time of change
// to tell whether it changed since: a later change within one tick of the clock of
// the file system would have the same.
const settled = time.Second

var _ ports.ProjectRegistry = (*Registry)(nil)

// New returns the registry. It touches nothing: a file that does not exist is an
// empty registry.
func New(c Config) *Registry {
	return &Registry{path: c.Path, step: func(string) {}}
}

// List returns all projects ordered by folded name.
func (r *Registry) List(ctx context.Context) ([]domain.Project, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.read()
}

// Update stores what change makes of the projects. It waits for its turn until ctx
// ends. When nothing changes, the file keeps the form that a hand gave it.
func (r *Registry) Update(ctx context.Context, change func([]domain.Project) ([]domain.Project, error)) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	lock := flock.New(r.path+lockSuffix, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("wait for another change of %s: %w", r.path, err)
		}
		return domain.Unavailable("cannot lock %s", lock.Path()).Because(err).
			WithHint("its folder must exist and be writable")
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()

	before, err := r.read()
	if err != nil {
		return err
	}
	after, err := change(clone(before))
	if err != nil {
		return err
	}
	after = clone(after)
	if err := domain.ValidateProjects(after); err != nil {
		return err
	}
	if reflect.DeepEqual(before, after) {
		return nil
	}
	return r.write(encode(after))
}

// read returns the projects of the file. As long as it looks as it did when it was
// read last, it is not read again: every question asks.
func (r *Registry) read() ([]domain.Project, error) {
	info, err := os.Stat(r.path)
	if err == nil {
		if known := r.known(info); known != nil {
			return clone(known), nil
		}
	}
	began := time.Now()
	projects, readErr := r.readFile()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = nil
	if err == nil && readErr == nil {
		r.last = &reading{info, began, projects}
	}
	return clone(projects), readErr
}

// known returns what was read from the file when it looked the same; nil when it
// must be read.
func (r *Registry) known(info os.FileInfo) []domain.Project {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.last
	if l == nil || !os.SameFile(l.info, info) || l.info.Size() != info.Size() ||
		!l.info.ModTime().Equal(info.ModTime()) || l.at.Sub(info.ModTime()) < settled {
		return nil
	}
	return l.projects
}

func (r *Registry) readFile() ([]domain.Project, error) {
	raw, err := os.ReadFile(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		_, err := r.target() // a link that leads nowhere is not an empty registry
		return nil, err
	}
	if err != nil {
		return nil, domain.Unavailable("cannot read the project registry").Because(err).
			WithHint("it must be a file that this user may read")
	}
	projects, err := decode(filepath.Base(r.path), raw)
	if err != nil {
		return nil, err
	}
	return clone(projects), nil
}

// clone returns a deep copy in order of folded name, with nil for empty lists.
func clone(projects []domain.Project) []domain.Project {
	var out []domain.Project
	for _, p := range projects {
		p.Aliases = append([]string(nil), p.Aliases...)
		p.IngestRoots = append([]domain.IngestRoot(nil), p.IngestRoots...)
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b domain.Project) int {
		x, y := domain.FoldName(a.Name), domain.FoldName(b.Name)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return out
}
