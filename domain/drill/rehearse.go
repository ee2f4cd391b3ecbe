package drill

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// copyLive makes the state that is rehearsed with: a backup of the live one,
// restored.
func (r *run) copyLive(ctx context.Context) (string, error) {
	first, data := filepath.Join(r.dir, "first"), filepath.Join(r.dir, "data")
	m, err := r.s.cfg.CaptureLive(ctx, first, r.report)
	if err != nil {
		return "", errKept{fmt.Errorf("copy the live state: %w", err)}
	}
	r.d.Bytes = m.Bytes()
	if err := r.room(); err != nil {
		return "", errKept{err}
	}
	if _, _, err := r.s.cfg.Install(data, first).RestoreInto(ctx, m.Stamp, data, r.report); err != nil {
		return "", err
	}
	if err := r.s.cfg.Disk.RemoveAll(first); err != nil {
		return "", err
	}
	r.on = r.s.cfg.Install(data, filepath.Join(r.dir, "backups"))
	return sizeText(m.Bytes()), nil
}

func (r *run) room() error {
	free, _, err := r.s.cfg.Disk.Free(r.dir)
	if err != nil {
		return err
	}
	if need := copies*r.d.Bytes + spare; free < need {
		return domain.Unavailable("not enough room for a drill in %s: about %d bytes are needed, %d are free", filepath.Dir(r.dir), need, free).
			WithHint("make room there, or choose another folder with backup.scratch_dir")
	}
	return nil
}

// with opens the rehearsed state for as long as do takes.
func (r *run) with(ctx context.Context, do func(ports.State) error) error {
	state, err := r.on.Open(ctx)
	if err != nil {
		return fmt.Errorf("open the rehearsed state: %w", err)
	}
	return errors.Join(do(state), state.Close())
}

func (r *run) memory(what string) domain.Memory {
	now := r.s.cfg.Clock.Now()
	return domain.Memory{
		ID: r.s.cfg.IDs.NewID(), Type: domain.MemoryEpisodic, Content: what, Confidence: domain.DefaultConfidence,
		Source: "drill", Status: domain.MemoryActive, CreatedAt: now, UpdatedAt: now, Revision: 1,
	}
}

func (r *run) mark(ctx context.Context) (string, error) {
	r.marker = r.memory("drill marker: what the backup holds and the restore must bring back")
	err := r.with(ctx, func(s ports.State) error {
		if err := s.Memories.Create(ctx, r.marker, nil); err != nil {
			return err
		}
		var err error
		if r.marker, err = s.Memories.Get(ctx, r.marker.ID); err != nil {
			return err
		}
		r.baseline, err = r.s.cfg.Observe(ctx, s, nil)
		return err
	})
	for _, p := range r.baseline.Crossings.Projects {
		r.d.Counts.Documents += p.Counts.Documents
		r.d.Counts.Chunks += p.Counts.Chunks
		r.d.Counts.Memories += p.Counts.Memories
	}
	if r.d.Counts.Memories > 0 {
		r.d.Counts.Memories-- // the marker is none of the state's
	}
	return fmt.Sprintf("a memory, and %d probe queries asked", len(r.baseline.Probes)), err
}

func (r *run) backUp(ctx context.Context) (string, error) {
	var err error
	if r.manifest, r.backup, err = r.on.BackUp(ctx, r.report); err != nil {
		return "", err
	}
	r.stamp = r.manifest.Stamp
	entries, err := r.s.cfg.Disk.ReadDir(r.backup)
	for _, e := range entries {
		if !e.IsDir() {
			r.top = append(r.top, e.Name())
		}
	}
	return fmt.Sprintf("%s, %s", r.stamp, sizeText(r.manifest.Bytes())), err
}

// mutate takes the marker away, adds another memory and a project, and keeps a copy
// of the log in which the database has that, to plant it later.
func (r *run) mutate(ctx context.Context) (string, error) {
	r.mutation = r.memory("drill change: what came after the backup and the restore must take away")
	r.project = "drill " + r.mutation.ID
	r.stale = map[string]string{}
	err := r.with(ctx, func(s ports.State) error {
		if err := s.Memories.Delete(ctx, r.marker.ID, r.s.cfg.Clock.Now()); err != nil {
			return err
		}
		if err := s.Memories.Create(ctx, r.mutation, nil); err != nil {
			return err
		}
		var err error
		if r.mutation, err = s.Memories.Get(ctx, r.mutation.ID); err != nil {
			return err
		}
		if err := r.keepLogs(ctx); err != nil {
			return err
		}
		return s.Registry.Update(ctx, func(list []domain.Project) ([]domain.Project, error) {
			return append(list, domain.Project{Name: r.project, IngestRoots: []domain.IngestRoot{{Path: r.dir, Label: "drill"}}}), nil
		})
	})
	return "the marker deleted, a memory and a project added", err
}

func (r *run) keepLogs(ctx context.Context) error {
	for _, path := range r.on.Sidecars {
		to := filepath.Join(r.dir, "stale"+filepath.Ext(path)+fmt.Sprint(len(r.stale)))
		_, _, err := r.s.cfg.Disk.CopyFile(ctx, path, to, 0o600, nil)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		r.stale[path] = to
	}
	return nil
}

// plantStale puts the kept logs where a crash, or a careless copy, would leave them.
// A restore that does not take them away is undone by them in part.
func (r *run) plantStale(ctx context.Context) (string, error) {
	planted := 0
	for path, kept := range r.stale {
		if _, err := r.s.cfg.Disk.Stat(path); err == nil {
			continue
		}
		if _, _, err := r.s.cfg.Disk.CopyFile(ctx, kept, path, 0o600, nil); err != nil {
			return "", err
		}
		planted++
	}
	return fmt.Sprintf("%d files", planted), nil
}

func (r *run) restore(ctx context.Context) (string, error) {
	res, err := r.on.Restore(ctx, r.stamp, r.report)
	if err != nil {
		return "", err
	}
	r.safety = res.SafetyBackup
	return fmt.Sprintf("in %s; safety backup %s", res.Took.Round(time.Millisecond), r.safety), nil
}

func (r *run) checkRestored(ctx context.Context) (string, error) {
	err := r.with(ctx, func(s ports.State) error {
		if err := r.holds(ctx, s, r.marker, r.mutation, false); err != nil {
			return err
		}
		return r.sameAnswers(ctx, s)
	})
	return fmt.Sprintf("%d probe queries, the same passages in the same order", len(r.baseline.Probes)), err
}

// holds checks that a state has one memory as it was, and the other not at all, and
// the project of the mutation as it says.
func (r *run) holds(ctx context.Context, s ports.State, there, gone domain.Memory, project bool) error {
	m, err := s.Memories.Get(ctx, there.ID)
	if err != nil {
		return fmt.Errorf("%q is not there: %w", there.Content, err)
	}
	if !reflect.DeepEqual(m, there) {
		return domain.Corrupt("%q is not as it was", there.Content)
	}
	if _, err := s.Memories.Get(ctx, gone.ID); domain.KindOf(err) != domain.KindNotFound {
		return errors.Join(domain.Corrupt("%q is still there", gone.Content), err)
	}
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return err
	}
	if _, err := domain.FindProject(projects, r.project); (err == nil) != project {
		return domain.Corrupt("the registry: project %q is there: %t, expected: %t", r.project, err == nil, project)
	}
	return nil
}

func (r *run) sameAnswers(ctx context.Context, s ports.State) error {
	now, err := r.s.cfg.Observe(ctx, s, &r.baseline)
	if err != nil {
		return err
	}
	for i, p := range r.baseline.Probes {
		if !reflect.DeepEqual(now.Probes[i], p) {
			return domain.Corrupt("probe %q is answered by %v instead of %v", p.Prompt, now.Probes[i].IDs, p.IDs)
		}
	}
	if !reflect.DeepEqual(now.Crossings, r.baseline.Crossings) {
		return domain.Corrupt("projects, documents, memories or vectors are not those that were backed up")
	}
	return nil
}

func (r *run) checkSafety(ctx context.Context) (string, error) {
	s, err := r.on.OpenBackup(ctx, r.safety)
	if err != nil {
		return "", err
	}
	err = r.holds(ctx, s, r.mutation, r.marker, true)
	return string(r.safety), errors.Join(err, s.Close())
}

func (r *run) undo(ctx context.Context) (string, error) {
	if err := r.on.Undo(ctx); err != nil {
		return "", err
	}
	return "", r.with(ctx, func(s ports.State) error { return r.holds(ctx, s, r.mutation, r.marker, true) })
}

func sizeText(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }
