package automation_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/automation"
	"github.com/atocore/atocore/ports/portfake"
)

type world struct {
	registry *portfake.ProjectRegistry
	folders  *portfake.FolderWatch

	mu        sync.Mutex
	refreshed []string
	fail      error
	gate      error
	notes     []string
}

func (w *world) take() []string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.refreshed
	w.refreshed = nil
	return out
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// start runs a watcher over the projects a (two roots) and b within a bubble.
func start(t *testing.T) *world {
	w := &world{registry: &portfake.ProjectRegistry{}, folders: &portfake.FolderWatch{}}
	w.put(t, "a", "/a1", "/a2")
	w.put(t, "b", "/b")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	watcher := automation.New(automation.Config{
		Registry: w.registry, Folders: w.folders, Quiet: 3 * time.Second, Poll: 5 * time.Minute,
		Refresh: func(_ context.Context, project string) (domain.RefreshResult, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.refreshed = append(w.refreshed, project)
			return domain.RefreshResult{}, w.fail
		},
		Allowed: func(context.Context) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.gate
		},
		Note: func(m string) { w.set(func() { w.notes = append(w.notes, m) }) },
	})
	go func() {
		defer close(done)
		watcher.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return w
}

func (w *world) put(t *testing.T, name string, roots ...string) {
	t.Helper()
	p := domain.Project{Name: name}
	for _, r := range roots {
		p.IngestRoots = append(p.IngestRoots, domain.IngestRoot{Path: r, Label: r[1:]})
	}
	require.NoError(t, w.registry.Update(t.Context(), func(list []domain.Project) ([]domain.Project, error) {
		var out []domain.Project
		for _, old := range list {
			if old.Name != name {
				out = append(out, old)
			}
		}
		return append(out, p), nil
	}))
}

func TestAChangeIsRefreshedWhenItIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		assert.Empty(t, w.take())
		time.Sleep(4 * time.Second)
		assert.ElementsMatch(t, []string{"a", "b"}, w.take(), "once at the start, each")
		for range 4 { // as an editor saves
			w.folders.Change("/a2")
			time.Sleep(2 * time.Second)
			assert.Empty(t, w.take())
		}
		time.Sleep(2 * time.Second)
		assert.Equal(t, []string{"a"}, w.take(), "all of it once")
		time.Sleep(time.Hour)
		assert.Empty(t, w.take())
	})
}

func TestRestlessFoldersAreRefreshedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		time.Sleep(4 * time.Second)
		w.take()
		for range 40 {
			w.folders.Change("/b")
			time.Sleep(time.Second)
		}
		assert.Equal(t, []string{"b"}, w.take())
	})
}

func TestAFolderThatCannotBeWatchedIsPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		time.Sleep(4 * time.Second)
		w.take()
		w.folders.Fail = func(string) error { return domain.Unavailable("no watches left") }
		w.folders.Break("/b", domain.Unavailable("no watches left"))
		time.Sleep(16 * time.Minute)
		assert.Equal(t, []string{"b", "b", "b"}, w.take())
		w.set(func() {
			assert.Len(t, w.notes, 1, "said once")
			assert.Contains(t, w.notes[0], "every 5m0s")
		})
	})
}

func TestTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		w.set(func() { w.gate = domain.Refused("no drill") })
		time.Sleep(30 * time.Minute)
		assert.Empty(t, w.take())
		w.set(func() {
			assert.Len(t, w.notes, 1)
			w.gate = nil
		})
		time.Sleep(6 * time.Minute)
		assert.ElementsMatch(t, []string{"a", "b"}, w.take(), "what waited is done")
	})
}

func TestWhatCollidesOrFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		time.Sleep(4 * time.Second)
		w.take()
		w.set(func() { w.fail = domain.Conflict("an ingestion is under way") })
		w.folders.Change("/b")
		time.Sleep(7 * time.Second)
		assert.Equal(t, []string{"b"}, w.take())
		w.set(func() { w.fail = errors.New("disk full") })
		time.Sleep(5 * time.Second)
		assert.Equal(t, []string{"b"}, w.take())
		w.set(func() { w.fail = nil })
		time.Sleep(6 * time.Minute)
		assert.Equal(t, []string{"b"}, w.take())
		time.Sleep(time.Hour)
		assert.Empty(t, w.take())
	})
}

func TestProjectsComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		time.Sleep(4 * time.Second)
		w.take()
		w.put(t, "c", "/c")
		w.put(t, "b", "/moved")
		time.Sleep(2 * time.Minute)
		assert.ElementsMatch(t, []string{"b", "c"}, w.take())
		assert.Equal(t, 1, w.folders.Change("/moved"))
		assert.Zero(t, w.folders.Change("/b"))
		assert.Equal(t, 1, w.folders.Change("/c"))
	})
}
