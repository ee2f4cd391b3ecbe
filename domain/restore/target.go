package restore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
)

// targetSteps is the way into another folder: it is built beside it, under a
// hidden name, and renamed when it is whole. There is nothing to take back but the
// hidden folder.
func targetSteps() []step {
	return []step{
		{"check that the folder is free, and look over the backup", (*run).checkTarget, nil},
		{"build the data directory under a hidden name, and validate it", (*run).build, (*run).unbuild},
		{"give it its name", (*run).reveal, nil},
	}
}

func (r *run) restoreElsewhere(ctx context.Context) error {
	target, err := filepath.Abs(r.req.Target)
	if err != nil {
		return err
	}
	r.req.Target = target
	if err := r.open(ctx); err != nil {
		return err
	}
	return r.execute(ctx, targetSteps())
}

func (r *run) checkTarget(ctx context.Context) error {
	obstacles, err := r.targetObstacles()
	if err != nil {
		return err
	}
	return r.lookOver(ctx, obstacles)
}

func (r *run) targetObstacles() ([]string, error) {
	info, err := r.s.cfg.Disk.Stat(r.req.Target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{r.req.Target + " is not a folder"}, nil
	}
	entries, err := r.s.cfg.Disk.ReadDir(r.req.Target)
	if err != nil {
		return nil, err
	}
	var out []string
	if len(entries) > 0 {
		out = append(out, fmt.Sprintf("%s is not empty: name a new folder", r.req.Target))
	}
	_, own, err := r.s.cfg.Disk.Free(r.req.Target)
	if err != nil {
		return nil, err
	}
	_, above, err := r.s.cfg.Disk.Free(filepath.Dir(r.req.Target))
	if err != nil {
		return nil, err
	}
	if own != above {
		out = append(out, fmt.Sprintf("%s is a mount point: name a new folder below it", r.req.Target))
	}
	return out, nil
}

// build makes the data directory. Components of a hidden folder stand for those
// that it will have under its name.
func (r *run) build(ctx context.Context) error {
	parent, prefix := filepath.Dir(r.req.Target), targetPrefix+filepath.Base(r.req.Target)+"-"
	if err := r.s.mkdirs(parent); err != nil {
		return err
	}
	entries, err := r.s.cfg.Disk.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, e := range entries { // of a killed run
		if strings.HasPrefix(e.Name(), prefix) {
			if err := r.s.cfg.Disk.RemoveAll(filepath.Join(parent, e.Name())); err != nil {
				return err
			}
		}
	}
	hidden := filepath.Join(parent, prefix+r.s.cfg.Clock.Now().UTC().Format("20060102T150405.000000Z"))
	r.j.Staged, r.j.Stamp = []string{hidden}, r.manifest.Stamp
	if err := r.divide(hidden); err != nil {
		return err
	}
	if err := r.s.cfg.Disk.Mkdir(hidden); err != nil {
		return err
	}
	for _, p := range r.parts {
		if p.action != domain.RestoreReplace {
			continue
		}
		if slices.ContainsFunc(p.entry.Files, func(f domain.FileEntry) bool {
			return !strings.HasPrefix(p.live(f.Path), hidden+string(filepath.Separator))
		}) {
			return domain.Invalid("%s is configured to lie outside of the data directory", p.entry.Name).
				WithHint("leave it out: --no-chroma")
		}
		dir, err := p.liveDir()
		if err != nil {
			return err
		}
		if err := r.copyPart(ctx, p, p.live, hidden, dir); err != nil {
			return err
		}
	}
	return r.s.syncTree(hidden)
}

func (r *run) unbuild(context.Context) error {
	if len(r.j.Staged) == 0 {
		return nil
	}
	return r.s.cfg.Disk.RemoveAll(r.j.Staged[0])
}

// reveal takes an empty folder away and puts the finished one in its place. A kill
// between the two leaves no folder, which is as good as an empty one.
func (r *run) reveal(context.Context) error {
	// Looked at again: nothing but an empty folder may be removed.
	obstacles, err := r.targetObstacles()
	if err != nil {
		return err
	}
	if err := refusal("restore into "+r.req.Target, obstacles, nil); err != nil {
		return err
	}
	if err := r.s.cfg.Disk.RemoveAll(r.req.Target); err != nil {
		return err
	}
	if err := r.s.cfg.Disk.Rename(r.j.Staged[0], r.req.Target); err != nil {
		return err
	}
	return r.s.cfg.Disk.Sync(filepath.Dir(r.req.Target))
}
