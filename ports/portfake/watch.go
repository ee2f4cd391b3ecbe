package portfake

import (
	"context"
	"sync"

	"github.com/atocore/atocore/ports"
)

// FolderWatch notices the changes that a test tells it of. Its zero value works.
type FolderWatch struct {
	// Fail is asked at the start of every call ("watch.watch"); what it returns is
	// returned. It may be nil.
	Fail func(op string) error

	mu    sync.Mutex
	roots map[string]map[*watcher]bool
}

type watcher struct {
	changed func()
	broken  chan error
}

var _ ports.FolderWatch = (*FolderWatch)(nil)

// Watch calls changed now and at every Change of root.
func (w *FolderWatch) Watch(ctx context.Context, root string, changed func()) error {
	if err := begin(ctx, w.Fail, "watch.watch"); err != nil {
		return err
	}
	me := &watcher{changed, make(chan error, 1)}
	w.mu.Lock()
	if w.roots == nil {
		w.roots = map[string]map[*watcher]bool{}
	}
	if w.roots[root] == nil {
		w.roots[root] = map[*watcher]bool{}
	}
	w.roots[root][me] = true
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.roots[root], me)
	}()
	changed()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-me.broken:
		return err
	}
}

// Change tells those who watch root, and returns how many there are.
func (w *FolderWatch) Change(root string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	for me := range w.roots[root] {
		me.changed()
	}
	return len(w.roots[root])
}

// Break ends every watch of root with err.
func (w *FolderWatch) Break(root string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for me := range w.roots[root] {
		me.broken <- err
		delete(w.roots[root], me)
	}
}
