package restore

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// backUpPresent makes the safety backup.
func (r *run) backUpPresent(ctx context.Context) error {
	if r.req.SkipSafety {
		return nil
	}
	there, err := r.somethingLive()
	if err != nil {
		return err
	}
	if !there {
		r.notes = append(r.notes, "no safety backup: there was no state to save")
		return nil
	}
	m, err := r.s.cfg.BackUp(ctx, r.report)
	if err != nil {
		return domain.Refused("the present state cannot be backed up, so nothing was changed").Because(err).
			WithHint("see to the cause, or restore without the safety backup: --skip-pre-restore-snapshot (what is live now is kept aside in any case)")
	}
	r.safety, r.j.Safety = m.Stamp, m.Stamp
	return nil
}

func (r *run) somethingLive() (bool, error) {
	for _, p := range r.parts {
		for _, place := range p.places {
			if there, err := r.s.exists(place.Live); err != nil || there {
				return there, err
			}
		}
	}
	return false, nil
}

// stage copies what is restored into a folder beside each live place, and makes
// the folder that will take what is live.
func (r *run) stage(ctx context.Context) error {
	if err := r.prepare(false); err != nil {
		return err
	}
	for _, p := range r.parts {
		if p.action != domain.RestoreReplace {
			continue
		}
		root := r.stagedRoot(p)
		dest := func(file string) string { return filepath.Join(root, filepath.FromSlash(file)) }
		if err := r.copyPart(ctx, p, dest, root, dest(p.entry.Dir)); err != nil {
			return err
		}
	}
	if err := r.inheritAll(); err != nil {
		return err
	}
	for _, root := range r.j.Staged {
		if err := r.s.syncTree(root); err != nil {
			return err
		}
	}
	return r.syncDirs(r.parents()...)
}

// prepare decides where everything goes and makes the folders for it. An undo
// finds its content staged already.
func (r *run) prepare(undo bool) error {
	id, err := r.s.freshID()
	if err != nil {
		return err
	}
	r.j.Version, r.j.ID, r.j.StartedAt = journalVersion, id, r.s.cfg.Clock.Now()
	r.j.Stamp, r.j.Entries = r.manifest.Stamp, nil
	r.j.Parked = []string{filepath.Join(r.s.cfg.DataDir, parkedPrefix+id)}
	if !undo {
		r.j.Items, r.j.Staged = nil, nil
		for _, p := range r.parts {
			r.plan(p)
		}
	}
	for i, it := range r.j.Items {
		dir := filepath.Join(filepath.Dir(it.Live), parkedPrefix+id)
		r.j.Items[i].Parked = filepath.Join(dir, filepath.Base(it.Live))
		if !slices.Contains(r.j.Parked, dir) {
			r.j.Parked = append(r.j.Parked, dir)
		}
	}
	roots := slices.Clone(r.j.Parked)
	if !undo {
		roots = append(roots, r.j.Staged...)
	}
	for _, root := range roots {
		if err := r.s.mkdirs(filepath.Dir(root)); err != nil {
			return err
		}
		if err := r.s.cfg.Disk.Mkdir(root); err != nil {
			return err
		}
		if err := r.s.inherit(root); err != nil {
			return err
		}
	}
	for i, it := range r.j.Items {
		if r.j.Items[i].Present, err = r.s.exists(it.Live); err != nil {
			return err
		}
	}
	return r.syncDirs(r.parents()...)
}

// plan adds the items of one component.
func (r *run) plan(p part) {
	root := r.stagedRoot(p)
	if p.action == domain.RestoreReplace {
		r.j.Entries = append(r.j.Entries, p.entry)
		if !slices.Contains(r.j.Staged, root) {
			r.j.Staged = append(r.j.Staged, root)
		}
	}
	for _, place := range p.places {
		it := item{
			Component: p.entry.Name, Live: place.Live, Folder: place.Folder,
			Last: place.Last, Sidecar: place.Captured == "",
		}
		if p.action == domain.RestoreReplace && holds(p.entry, place) {
			it.Staged = filepath.Join(root, filepath.FromSlash(capturedPath(p.entry, place)))
		}
		r.j.Items = append(r.j.Items, it)
	}
}

// stagedRoot is the staging folder of a component: on the file system of its live
// place, because beside it.
func (r *run) stagedRoot(p part) string {
	return filepath.Join(filepath.Dir(p.places[0].Live), stagedPrefix+r.j.ID)
}

// capturedPath is the place's path in a backup: db/atocore.db.
func capturedPath(e domain.ComponentEntry, place ports.Place) string {
	return path.Join(e.Dir, filepath.ToSlash(place.Captured))
}

// holds reports whether the backup has something for the place.
func holds(e domain.ComponentEntry, place ports.Place) bool {
	return place.Captured != "" && slices.ContainsFunc(e.Files, func(f domain.FileEntry) bool {
		return within(f.Path, capturedPath(e, place))
	})
}

func within(file, place string) bool { return file == place || strings.HasPrefix(file, place+"/") }

// copyPart copies a component's files to where dest says, making the folders below
// root that it takes, and validates what arrived in dir: the hash of each as it is read
// back, and what the component makes of them. That is all that a validation of the
// backup reads, said of the very files that are put in place.
func (r *run) copyPart(ctx context.Context, p part, dest func(file string) string, root, dir string) error {
	err := r.copyFiles(ctx, p, dest, root)
	if err == nil {
		r.report(domain.CopyProgress{Stage: "validate " + p.entry.Name})
		err = r.verifyMeaning(ctx, p, dir)
	}
	if err == nil || ctx.Err() != nil || domain.KindOf(err) == domain.KindUnavailable {
		return err
	}
	return r.faulty(ctx, err)
}

func (r *run) copyFiles(ctx context.Context, p part, dest func(file string) string, root string) error {
	stage := "copy " + p.entry.Name
	var done int64
	for _, f := range p.entry.Files {
		to := dest(f.Path)
		if err := r.s.mkdirsBelow(root, filepath.Dir(to)); err != nil {
			return err
		}
		from := filepath.Join(r.backupDir, filepath.FromSlash(f.Path))
		size, sum, err := r.s.cfg.Disk.CopyFile(ctx, from, to, fileMode, func(n int64) {
			done += n
			r.report(domain.CopyProgress{Stage: stage, Done: done, Total: p.entry.Bytes()})
		})
		if err != nil {
			return fmt.Errorf("copy %s: %w", f.Path, err)
		}
		if size != f.Size || sum != f.SHA256 {
			return domain.Corrupt("the copy of %s of backup %s is not what the backup holds", f.Path, r.manifest.Stamp).
				WithHint("the disk or the memory of this machine may be failing: look at the system's log")
		}
	}
	return nil
}

// unstage removes the copies, and the folders made for what is live as long as
// they hold nothing.
func (r *run) unstage(context.Context) error {
	var errs []error
	if !r.j.Undo {
		for _, dir := range r.j.Staged {
			errs = append(errs, r.s.cfg.Disk.RemoveAll(dir))
		}
	}
	for _, dir := range r.j.Parked {
		// What is in there was nobody's, but it is not ours to throw away.
		held, err := r.s.holdsFiles(dir, journalName)
		if err == nil && !held {
			err = r.s.cfg.Disk.RemoveAll(dir)
		}
		errs = append(errs, err)
	}
	if !r.committed {
		return errors.Join(errs...)
	}
	r.notes = append(r.notes, notesOf(errs)...)
	return nil // the state is right: leftovers are swept later
}

func notesOf(errs []error) []string {
	var out []string
	for _, err := range errs {
		if err != nil {
			out = append(out, "a leftover could not be removed: "+err.Error())
		}
	}
	return out
}
