package restore

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

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
