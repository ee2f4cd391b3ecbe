package restore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// errLost says that what was to be installed is neither staged nor installed.
var errLost = errors.New("what was to be installed is gone")

// at is where the contents of an item are.
type at struct{ live, staged, parked bool }

func (r *run) look(it item) (at, error) {
	var a at
	var err error
	if a.live, err = r.s.exists(it.Live); err != nil {
		return a, err
	}
	if a.parked, err = r.s.exists(it.Parked); err != nil {
		return a, err
	}
	if it.Staged != "" {
		a.staged, err = r.s.exists(it.Staged)
	}
	return a, err
}

// untouched: what was live at the commit point still is.
func (a at) untouched(it item) bool { return it.Present && a.live && !a.parked }

// installed: the new content has taken its place.
func (a at) installed(it item) bool {
	return it.Staged != "" && a.live && !a.staged && (a.parked || !it.Present)
}

// mains returns the items that make a component openable.
func (r *run) mains(component string) []item {
	return slices.DeleteFunc(slices.Clone(r.j.Items), func(it item) bool {
		return it.Component != component || !it.Last
	})
}

// all reports whether every main item of the component is as said.
func (r *run) all(component string, is func(at, item) bool) (bool, error) {
	mains := r.mains(component)
	for _, it := range mains {
		a, err := r.look(it)
		if err != nil || !is(a, it) {
			return false, err
		}
	}
	return len(mains) > 0, nil
}

// park moves everything that is live out of the way: what makes the state openable
// first, so that nobody can open the rest half gone. It finds out what is done
// already, and syncs all the same: an earlier process may have died before it did.
func (r *run) park(context.Context) error {
	for _, it := range r.j.Items {
		if err := r.assertNotLost(it); err != nil {
			return err
		}
	}
	for _, last := range []bool{true, false} {
		for _, it := range r.j.Items {
			if it.Last != last {
				continue
			}
			if err := r.parkItem(it); err != nil {
				return fmt.Errorf("park %s: %w", it.Live, err)
			}
		}
		if err := r.sync(parked, live); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) assertNotLost(it item) error {
	if it.Staged == "" {
		return nil
	}
	a, err := r.look(it)
	if err != nil || a.staged || a.installed(it) {
		return err
	}
	if !it.Last {
		// A sidecar put back by an undo is gone once someone opened the database.
		if open, err := r.all(it.Component, at.installed); err != nil || open {
			return err
		}
	}
	return fmt.Errorf("%w: %s", errLost, it.Staged)
}

func (r *run) parkItem(it item) error {
	a, err := r.look(it)
	if err != nil || !a.live || a.installed(it) {
		return err
	}
	if it.Staged == "" && it.Sidecar {
		// Beside an installed database it is that one's own.
		if installed, err := r.all(it.Component, at.installed); err != nil || installed {
			return err
		}
	}
	if a.parked {
		return r.aside(it)
	}
	return r.s.cfg.Disk.Rename(it.Live, it.Parked)
}

// aside moves what is live, and belongs to neither state, where nobody loses it.
func (r *run) aside(it item) error {
	for n := 1; ; n++ {
		p := fmt.Sprintf("%s.aside-%d", it.Parked, n)
		there, err := r.s.exists(p)
		if err != nil {
			return err
		}
		if !there {
			return r.s.cfg.Disk.Rename(it.Live, p)
		}
	}
}

// install moves what is staged to its live place, what makes it openable last.
func (r *run) install(context.Context) error {
	for _, last := range r.s.broken.order(false, true) {
		for _, it := range r.j.Items {
			if it.Last != last || it.Staged == "" {
				continue
			}
			a, err := r.look(it)
			if err != nil {
				return err
			}
			if !a.staged {
				continue
			}
			if err := r.s.cfg.Disk.Rename(it.Staged, it.Live); err != nil {
				return fmt.Errorf("install %s: %w", it.Live, err)
			}
		}
		if err := r.sync(live, staged); err != nil {
			return err
		}
	}
	return nil
}

// uninstall moves what was installed back to where it was staged.
func (r *run) uninstall(ctx context.Context) error {
	untouched := map[string]bool{}
	for _, it := range r.j.Items {
		is, err := r.all(it.Component, at.untouched)
		if err != nil {
			return err
		}
		untouched[it.Component] = is
	}
	for _, last := range []bool{true, false} {
		for _, it := range r.j.Items {
			if it.Last != last {
				continue
			}
			if err := r.uninstallItem(ctx, it, untouched[it.Component]); err != nil {
				return fmt.Errorf("take back %s: %w", it.Live, err)
			}
		}
		if err := r.syncDirs(r.folders(parked)...); err != nil { // what was put aside
			return err
		}
		if err := r.sync(staged, live); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) uninstallItem(ctx context.Context, it item, untouched bool) error {
	a, err := r.look(it)
	switch {
	case err != nil || !a.live || a.untouched(it):
		return err
	case it.Staged == "" && it.Sidecar && untouched:
		return nil // it belongs to the database beside it, which was never parked
	case it.Staged == "" && !it.Sidecar && !a.parked:
		return nil // it was not there, nothing of ours is: somebody made it since
	case it.Staged == "" || a.staged:
		return r.aside(it)
	}
	own, err := r.matches(ctx, it)
	if err != nil {
		return err
	}
	if !own {
		return r.aside(it)
	}
	return r.s.cfg.Disk.Rename(it.Live, it.Staged)
}

// matches reports whether the live content is what this restore installed. Only
// files are looked at; a tree is derived.
func (r *run) matches(ctx context.Context, it item) (bool, error) {
	for _, e := range r.j.Entries {
		for _, f := range e.Files {
			if it.Component != e.Name || it.Folder || !strings.HasSuffix(filepath.ToSlash(it.Staged), "/"+f.Path) {
				continue
			}
			size, sum, err := r.s.cfg.Disk.Hash(ctx, it.Live, nil)
			return size == f.Size && sum == f.SHA256, err
		}
	}
	return true, nil
}

// unpark puts back what was live, what makes it openable last.
func (r *run) unpark(context.Context) error {
	for _, last := range []bool{false, true} {
		for _, it := range r.j.Items {
			if it.Last != last {
				continue
			}
			a, err := r.look(it)
			if err != nil {
				return err
			}
			if !a.parked || a.live {
				continue
			}
			if err := r.s.cfg.Disk.Rename(it.Parked, it.Live); err != nil {
				return fmt.Errorf("put back %s: %w", it.Live, err)
			}
		}
		if err := r.sync(live, parked); err != nil {
			return err
		}
	}
	return nil
}

// sync makes renames last: the folders where files went before those where they
// came from, or a power loss between the two loses a file.
func (r *run) sync(to, from func(item) string) error {
	return r.syncDirs(append(r.folders(to), r.folders(from)...)...)
}

func live(it item) string   { return it.Live }
func staged(it item) string { return it.Staged }
func parked(it item) string { return it.Parked }

func (r *run) folders(of func(item) string) []string {
	var out []string
	for _, it := range r.j.Items {
		if p := of(it); p != "" && !slices.Contains(out, filepath.Dir(p)) {
			out = append(out, filepath.Dir(p))
		}
	}
	return out
}

func (r *run) syncDirs(dirs ...string) error {
	for i, dir := range dirs {
		if slices.Contains(dirs[:i], dir) || r.s.broken.skipsSync(dir) {
			continue
		}
		there, err := r.s.exists(dir)
		if err != nil {
			return err
		}
		if !there {
			continue // a staging folder that somebody removed
		}
		if err := r.s.cfg.Disk.Sync(dir); err != nil {
			return fmt.Errorf("sync %s: %w", dir, err)
		}
	}
	return nil
}
