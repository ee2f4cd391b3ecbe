package restore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/atocore/atocore/domain"
)

// errDiffers marks a verification that found faults.
type errDiffers struct{ err error }

func (e errDiffers) Error() string { return e.err.Error() }
func (e errDiffers) Unwrap() error { return e.err }

// verifyLive compares what is installed with the backup, byte by byte, and sees to
// it that no sidecar of the former state is left beside it: a stale one would undo a
// part of the restore and pass every check of the database alone. The very bytes
// were validated when they had been copied by this run. Where another run did that,
// their hashes are taken again and every component looks into them.
func (r *run) verifyLive(ctx context.Context) error {
	if r.j.Undo {
		return nil // what an undo puts back is what it was, sound or not
	}
	for _, p := range r.parts {
		if p.action != domain.RestoreReplace {
			continue
		}
		if err := r.verifyAlone(p); err != nil {
			return err
		}
		if err := r.verifyBytes(ctx, p); err != nil {
			return err
		}
		if !r.readBack {
			continue
		}
		dir, err := p.liveDir()
		if err != nil {
			return err
		}
		r.report(domain.CopyProgress{Stage: "open " + p.entry.Name})
		if err := r.verifyMeaning(ctx, p, dir); err != nil {
			return err
		}
	}
	return nil
}

// verifyAlone makes sure that what has no counterpart in a backup is gone.
func (r *run) verifyAlone(p part) error {
	for _, place := range p.places {
		if place.Captured != "" {
			continue
		}
		_, err := r.s.cfg.Disk.Stat(place.Live)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("verify %s: %w", place.Live, err)
		default:
			return errDiffers{domain.Corrupt("%s of the former state lies beside what was restored", place.Live)}
		}
	}
	return nil
}

// verifyBytes compares the installed files of a component with those of the backup,
// or with its hashes when this run has not opened it.
func (r *run) verifyBytes(ctx context.Context, p part) error {
	var done int64
	report := func(n int64) {
		done += n
		r.report(domain.CopyProgress{Stage: "verify " + p.entry.Name, Done: done, Total: p.entry.Bytes()})
	}
	for _, f := range p.entry.Files {
		same, err := r.isFile(ctx, p.live(f.Path), f, report)
		if err != nil {
			return fmt.Errorf("verify %s: %w", p.live(f.Path), err)
		}
		if !same {
			return errDiffers{domain.Corrupt("%s is not what the backup holds", p.live(f.Path))}
		}
	}
	return nil
}

func (r *run) isFile(ctx context.Context, path string, f domain.FileEntry, report func(n int64)) (bool, error) {
	if r.backupDir != "" {
		return r.s.cfg.Disk.Same(ctx, path, filepath.Join(r.backupDir, filepath.FromSlash(f.Path)), report)
	}
	size, sum, err := r.s.cfg.Disk.Hash(ctx, path, report)
	return size == f.Size && sum == f.SHA256, err
}

func (r *run) verifyMeaning(ctx context.Context, p part, dir string) error {
	faults, err := p.component.Verify(ctx, dir, p.entry)
	if err != nil {
		return fmt.Errorf("verify %s: %w", p.entry.Name, err)
	}
	if len(faults) == 0 {
		return nil
	}
	all := make([]string, len(faults))
	for i, f := range faults {
		all[i] = f.String()
	}
	return errDiffers{domain.Corrupt("%s does not agree with the backup: %s", p.entry.Name, strings.Join(all, "; "))}
}

// live returns where a file of the backup lives.
func (p part) live(file string) string {
	for _, place := range p.places {
		if place.Captured == "" {
			continue
		}
		if at := capturedPath(p.entry, place); within(file, at) {
			return filepath.Join(place.Live, filepath.FromSlash(strings.TrimPrefix(file, at)))
		}
	}
	return ""
}

// liveDir returns the folder that stands to the live places as the component's
// folder in a backup to the captured ones.
func (p part) liveDir() (string, error) {
	for _, place := range p.places {
		if place.Captured == "" {
			continue
		}
		captured := filepath.Clean(filepath.FromSlash(place.Captured))
		if captured == "." {
			return place.Live, nil
		}
		if dir, ok := strings.CutSuffix(place.Live, string(filepath.Separator)+captured); ok {
			return dir, nil
		}
		return "", fmt.Errorf("%s is not named as in a backup, %s", place.Live, captured)
	}
	return "", fmt.Errorf("component %s captures nothing", p.entry.Name)
}
