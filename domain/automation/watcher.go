// Package automation is the use case of keeping documents fresh without being
// asked: it watches the ingest roots of all projects and refreshes a project when
// its folders have been quiet for a moment after a change. A root that cannot be
// watched is looked at now and then instead. All of it waits behind the gate of
// automation: a drill must have passed not long ago.
package automation

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// The times of a watcher whose Config says nothing else.
const (
	DefaultQuiet  = 3 * time.Second
	DefaultPoll   = 5 * time.Minute
	DefaultRelist = time.Minute
)

// Config is what a Watcher is made of. Registry, Folders and Refresh are needed.
type Config struct {
	Registry ports.ProjectRegistry
	Folders  ports.FolderWatch
	// Refresh brings a project up to date. KindConflict while another ingestion is
	// under way: then it is tried again.
	Refresh func(ctx context.Context, project string) (domain.RefreshResult, error)
	// Allowed is the gate of automation, asked before every refresh. nil allows all.
	Allowed func(ctx context.Context) error
	// Done is told how each refresh ended. It may be nil.
	Done func(project string, result domain.RefreshResult, err error)
	// Note is told what an operator should know, such as that a folder cannot be
	// watched. It may be nil.
	Note func(message string)

	Quiet  time.Duration // without changes before a refresh; at most ten times that it waits
	Poll   time.Duration // between looks at a root that cannot be watched
	Relist time.Duration // between looks at the registry
}

// Watcher keeps projects fresh. Make it with New.
type Watcher struct {
	cfg Config

	mu    sync.Mutex
	dirty map[string]time.Time // project → when it first changed
	last  map[string]time.Time // project → when it last changed
	wake  chan struct{}
	said  string // what the gate said last
}

// New returns the watcher.
func New(c Config) *Watcher {
	if c.Quiet <= 0 {
		c.Quiet = DefaultQuiet
	}
	if c.Poll <= 0 {
		c.Poll = DefaultPoll
	}
	if c.Relist <= 0 {
		c.Relist = DefaultRelist
	}
	return &Watcher{cfg: c, dirty: map[string]time.Time{}, last: map[string]time.Time{}, wake: make(chan struct{}, 1)}
}

// root is one folder of one project.
type root struct{ project, path string }

// Run watches until ctx ends, and returns when nothing of it is under way any more.
func (w *Watcher) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { w.refreshing(ctx) })
	watched := map[root]context.CancelFunc{}
	defer func() {
		for _, stop := range watched {
			stop()
		}
	}()
	for {
		projects, err := w.cfg.Registry.List(ctx)
		if err != nil && ctx.Err() == nil {
			w.note("the projects cannot be listed, their folders are watched as before: %v", err)
		}
		if err == nil {
			w.follow(ctx, &group, watched, projects)
		}
		if !sleep(ctx, w.cfg.Relist) {
			return
		}
	}
}

// follow begins to watch what was added to the registry, and lets go of what was
// taken out.
func (w *Watcher) follow(ctx context.Context, group *sync.WaitGroup, watched map[root]context.CancelFunc, projects []domain.Project) {
	wanted := map[root]bool{}
	for _, p := range projects {
		for _, r := range p.IngestRoots {
			wanted[root{p.Name, r.Path}] = true
		}
	}
	for r, stop := range watched {
		if !wanted[r] {
			stop()
			delete(watched, r)
		}
	}
	for r := range wanted {
		if watched[r] == nil {
			own, stop := context.WithCancel(ctx)
			watched[r] = stop
			group.Go(func() { w.watch(own, r) })
		}
	}
}

// watch notices the changes of one root, one way or the other.
func (w *Watcher) watch(ctx context.Context, r root) {
	said := ""
	for {
		err := w.cfg.Folders.Watch(ctx, r.path, func() { w.mark(r.project) })
		if ctx.Err() != nil {
			return
		}
		if err != nil && err.Error() != said {
			said = err.Error()
			w.note("%s of project %s is looked at every %s instead of being watched: %v", r.path, r.project, w.cfg.Poll, err)
		}
		if !sleep(ctx, w.cfg.Poll) {
			return
		}
		// What could not be watched then may be watched now; if not, this is the look.
		w.mark(r.project)
	}
}

func (w *Watcher) mark(project string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.dirty[project].IsZero() {
		w.dirty[project] = now
	}
	w.last[project] = now
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// ripe returns a project whose folders have been quiet long enough, or restless
// too long, and otherwise how long until there is one; 0 for no idea.
func (w *Watcher) ripe() (project string, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, first := range w.dirty {
		left := min(time.Until(w.last[p].Add(w.cfg.Quiet)), time.Until(first.Add(10*w.cfg.Quiet)))
		if left <= 0 {
			delete(w.dirty, p)
			return p, 0
		}
		if wait == 0 || left < wait {
			wait = left
		}
	}
	return "", wait
}

// refreshing refreshes one project after the other.
func (w *Watcher) refreshing(ctx context.Context) {
	for ctx.Err() == nil {
		project, wait := w.ripe()
		if project != "" {
			w.refresh(ctx, project)
			continue
		}
		var alarm <-chan time.Time
		if wait > 0 {
			alarm = time.After(wait)
		}
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-alarm:
		}
	}
}

func (w *Watcher) refresh(ctx context.Context, project string) {
	if w.cfg.Allowed != nil {
		if err := w.cfg.Allowed(ctx); err != nil {
			w.closed(err)
			w.later(ctx, project, w.cfg.Poll)
			return
		}
		w.said = ""
	}
	result, err := w.cfg.Refresh(ctx, project)
	switch {
	case ctx.Err() != nil:
		return
	case domain.KindOf(err) == domain.KindNotFound:
		return // it was removed meanwhile
	case domain.KindOf(err) == domain.KindConflict:
		w.later(ctx, project, w.cfg.Quiet)
		return
	}
	if w.cfg.Done != nil {
		w.cfg.Done(project, result, err)
	}
	if err != nil {
		w.later(ctx, project, w.cfg.Poll)
	}
}

// later marks a project again after a while.
func (w *Watcher) later(ctx context.Context, project string, after time.Duration) {
	time.AfterFunc(after, func() {
		if ctx.Err() == nil {
			w.mark(project)
		}
	})
}

// closed says once why nothing is refreshed.
func (w *Watcher) closed(err error) {
	if text := err.Error(); text != w.said {
		w.said = text
		w.note("nothing is refreshed by itself: %s", text)
	}
}

func (w *Watcher) note(format string, args ...any) {
	if w.cfg.Note != nil {
		w.cfg.Note(fmt.Sprintf(format, args...))
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
