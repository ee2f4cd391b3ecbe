package restore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// spare is left free on each file system beyond the copies.
const spare = 1 << 20

// check takes the lock, finishes what an earlier restore left, and refuses with
// everything that stands against this one.
func (r *run) check(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	obstacles, err := r.lock(ctx)
	if err != nil {
		return err
	}
	more, _, err := r.examine(ctx)
	if err != nil {
		return err
	}
	return r.lookOver(ctx, append(obstacles, more...))
}

// lookOver refuses a backup whose faults show without its content being read, which
// is looked into where it is copied to. Whatever stands against the restore, all of it
// is said: then the content is read for that.
func (r *run) lookOver(ctx context.Context, obstacles []string) error {
	faults, err := r.s.cfg.Look(ctx, r.manifest.Stamp)
	if err != nil || len(obstacles)+len(faults) == 0 {
		return err
	}
	if faults, err = r.s.cfg.Validate(ctx, r.manifest.Stamp, r.report); err != nil {
		return err
	}
	return refusal(r.what(), obstacles, faults)
}

// faulty is the error for a backup that could not be copied, or whose copy is not what
// the manifest says: with every fault of the backup, or cause when it has none.
func (r *run) faulty(ctx context.Context, cause error) error {
	faults, err := r.s.cfg.Validate(ctx, r.manifest.Stamp, r.report)
	if err != nil {
		return cause
	}
	return cmp.Or(refusal(r.what(), nil, faults), cause)
}

// what names the restore in a refusal.
func (r *run) what() string {
	if r.req.Target != "" {
		return fmt.Sprintf("restore of %s into %s", r.manifest.Stamp, r.req.Target)
	}
	return "restore of " + string(r.manifest.Stamp)
}

// refusal returns one error with all obstacles and faults, nil for none.
func refusal(what string, obstacles []string, faults []domain.Fault) error {
	all := slices.Clone(obstacles)
	for _, f := range faults {
		all = append(all, f.String())
	}
	switch {
	case len(obstacles) > 0:
		return domain.Refused("%s refused, nothing was changed: %s", what, strings.Join(all, "; ")).
			WithHint("see to each of these and try again; --dry-run shows the plan without them")
	case len(faults) > 0:
		return domain.Corrupt("%s refused, nothing was changed: the backup is faulty: %s", what, strings.Join(all, "; ")).
			WithHint("choose another backup; list them with: atocore backup list")
	}
	return nil
}

// open finds the backup and decides what happens to each component.
func (r *run) open(ctx context.Context) error {
	var stamp domain.Stamp
	var err error
	if r.req.Name == Latest {
		list, lerr := r.s.cfg.Store.List(ctx)
		if lerr != nil {
			return fmt.Errorf("list backups: %w", lerr)
		}
		stamp, err = domain.LatestBackup(list)
	} else {
		stamp, err = domain.ParseStamp(r.req.Name)
	}
	if err != nil {
		return err
	}
	if r.manifest, r.backupDir, err = r.s.cfg.Store.Open(ctx, stamp); err != nil {
		return err
	}
	return r.divide(r.s.cfg.DataDir)
}

// divide makes the parts from the components of a data directory.
func (r *run) divide(dataDir string) error {
	r.parts = nil
	for _, c := range r.s.cfg.Components(dataDir) {
		p := part{component: c, places: c.Places(), entry: c.Describe()}
		in, listed := r.manifest.Component(p.entry.Name)
		wanted := !p.entry.Derived || r.req.IncludeIndex == nil || *r.req.IncludeIndex
		switch {
		case p.entry.Derived && len(p.places) == 0: // it is out of reach
			r.notes = append(r.notes, p.entry.Name+" is not restored: it is rebuilt from the text")
			continue
		case listed && in.Included && wanted:
			p.action, p.entry = domain.RestoreReplace, in
		case p.entry.Derived:
			p.action = domain.RestoreRebuild
		default:
			p.action = domain.RestoreClear
		}
		if err := p.assertLayout(); err != nil {
			return err
		}
		r.parts = append(r.parts, p)
	}
	if r.req.IncludeIndex != nil && *r.req.IncludeIndex && !slices.ContainsFunc(r.parts, func(p part) bool {
		return p.entry.Derived && p.action == domain.RestoreReplace
	}) {
		return domain.Invalid("backup %s holds no index that could be restored here", r.manifest.Stamp).WithField("include_chroma").
			WithHint("leave the flag out: the index is rebuilt from the text")
	}
	return nil
}

// assertLayout holds the component to what staging and verification rely on: its
// captured places lie in one folder, and every file of the backup belongs to one.
func (p part) assertLayout() error {
	if len(p.places) == 0 {
		return fmt.Errorf("component %s has no place", p.entry.Name)
	}
	if p.action != domain.RestoreReplace {
		return nil
	}
	for _, f := range p.entry.Files {
		if !slices.ContainsFunc(p.places, func(at ports.Place) bool {
			return at.Captured != "" && within(f.Path, capturedPath(p.entry, at))
		}) {
			return domain.Corrupt("backup file %s has no place in component %s", f.Path, p.entry.Name).
				WithHint("the backup was made by a newer version, or tampered with")
		}
	}
	for _, at := range p.places {
		if filepath.Dir(at.Live) != filepath.Dir(p.places[0].Live) {
			return fmt.Errorf("component %s is spread over several folders", p.entry.Name)
		}
	}
	return nil
}

// lock takes the stores' lock alone, to the end of the run, and finishes an
// earlier restore. What keeps it from that is an obstacle.
func (r *run) lock(ctx context.Context) ([]string, error) {
	var obstacles []string
	if !r.req.Confirmed {
		obstacles = append(obstacles, "it was not confirmed that the service is stopped (--confirm-service-stopped)")
	}
	there, err := r.s.exists(r.s.cfg.DataDir)
	if err != nil {
		return nil, err
	}
	if !there {
		if !r.req.Confirmed {
			return obstacles, nil
		}
		if err := r.s.mkdirs(r.s.cfg.DataDir); err != nil {
			return nil, fmt.Errorf("make the data directory: %w", err)
		}
	}
	r.release, err = r.s.cfg.Gate.Exclude(ctx)
	if domain.KindOf(err) == domain.KindRefused {
		return append(obstacles, err.Error()), nil
	}
	if err != nil {
		return nil, fmt.Errorf("take the lock: %w", err)
	}
	if !r.req.Confirmed {
		return obstacles, nil
	}
	rec, err := r.s.recoverLocked(ctx)
	if err != nil {
		return nil, err
	}
	if rec.Outcome != domain.RecoveryNone {
		r.notes = append(r.notes, "an interrupted restore was completed first: "+string(rec.Outcome))
	}
	return obstacles, nil
}

// examine looks for everything that stands against the restore, without changing
// anything, and returns the bytes that it takes.
func (r *run) examine(ctx context.Context) (obstacles []string, needed int64, err error) {
	for _, e := range r.manifest.Components {
		if !e.Included || slices.ContainsFunc(r.parts, func(p part) bool { return p.entry.Name == e.Name }) {
			continue
		}
		if e.Derived {
			r.notes = append(r.notes, fmt.Sprintf("%s is in the backup and not in use here: left out", e.Name))
		} else {
			obstacles = append(obstacles, fmt.Sprintf("this program does not know the component %s of the backup", e.Name))
		}
	}
	used, err := r.users(ctx)
	if err != nil {
		return nil, 0, err
	}
	obstacles = append(obstacles, used...)
	fixed, err := r.immovable()
	if err != nil {
		return nil, 0, err
	}
	obstacles = append(obstacles, fixed...)
	full, needed, err := r.room()
	if err != nil {
		return nil, 0, err
	}
	return append(obstacles, full...), needed, nil
}

// checkUnused refuses when somebody opened the data since.
func (r *run) checkUnused(ctx context.Context) error {
	used, err := r.users(ctx)
	if err != nil {
		return err
	}
	return refusal("restore", used, nil)
}

func (r *run) users(ctx context.Context) ([]string, error) {
	var out []string
	for _, p := range r.parts {
		holders, err := p.component.Users(ctx)
		if err != nil {
			return nil, fmt.Errorf("see who has %s open: %w", p.entry.Name, err)
		}
		for _, h := range holders {
			if !slices.Contains(out, h.String()) {
				out = append(out, h.String())
			}
		}
	}
	return out, nil
}

// immovable returns the live places that cannot be renamed.
func (r *run) immovable() ([]string, error) {
	var out []string
	for _, p := range r.parts {
		for _, place := range p.places {
			info, err := r.s.cfg.Disk.Stat(place.Live)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if info.Mode()&fs.ModeSymlink != 0 {
				out = append(out, fmt.Sprintf("%s is a link: configure the folder that it leads to", place.Live))
				continue
			}
			_, own, err := r.s.cfg.Disk.Free(place.Live)
			if err != nil {
				return nil, err
			}
			_, above, err := r.s.cfg.Disk.Free(filepath.Dir(place.Live))
			if err != nil {
				return nil, err
			}
			if own != above {
				out = append(out, fmt.Sprintf("%s is a mount point and cannot be renamed: mount the folder above it, or restore with --target and swap the mounts", place.Live))
			}
		}
	}
	return out, nil
}
