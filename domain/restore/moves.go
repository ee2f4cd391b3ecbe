package restore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
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
