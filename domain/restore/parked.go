package restore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// undoRecord is undo.json in a parked folder: what lies there, and where it
// belongs. A parked folder without one is not complete, or not ours.
type undoRecord struct {
	journal
	Until time.Time
}

// finish makes the restored state final. Up to the mark a failure takes the
// restore back; after it, whatever is left undone is tidied up by the next command.
func (r *run) finish(ctx context.Context) error {
	if err := r.mark(donePrefix); err != nil {
		return err
	}
	if err := r.tidy(ctx); err != nil {
		r.notes = append(r.notes, "not everything could be tidied up, the next command tries again: "+err.Error())
	}
	return nil
}

// tidy records what is parked, drops what was parked before, and clears the
// journal. It can be repeated.
func (r *run) tidy(ctx context.Context) error {
	disk := r.s.cfg.Disk
	home := r.j.Parked[0]
	rec := undoRecord{journal: r.j, Until: r.j.StartedAt.Add(r.s.cfg.KeepParked)}
	rec.Items, rec.Entries, rec.Staged = nil, nil, nil
	for _, it := range r.j.Items {
		there, err := r.s.exists(it.Parked)
		if err != nil {
			return err
		}
		it.Staged, it.Present = "", there
		rec.Items = append(rec.Items, it)
	}
	data, err := r.s.encodeUndo(rec)
	if err != nil {
		return err
	}
	if err := r.s.mkdirs(home); err != nil {
		return err
	}
	p := filepath.Join(home, undoName)
	if err := disk.WriteFile(p, data, fileMode); err != nil {
		return err
	}
	if err := r.s.matchJournal(p); err != nil {
		return err
	}
	if err := r.syncDirs(home, r.s.cfg.DataDir); err != nil {
		return err
	}
	for _, dir := range r.j.Staged {
		if err := disk.RemoveAll(dir); err != nil {
			return err
		}
	}
	if err := r.syncDirs(r.parents()...); err != nil {
		return err
	}
	if err := r.s.dropParked(ctx, func(rec undoRecord) bool { return rec.ID != r.j.ID }); err != nil {
		return err
	}
	if err := r.s.clearJournal(); err != nil {
		return err
	}
	r.parkedTo, r.until = home, rec.Until
	return disk.RemoveAll(r.s.markerPath(donePrefix, r.j.ID))
}

func (s *Service) encodeUndo(rec undoRecord) ([]byte, error) {
	data, err := s.encode(rec.journal)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	fields["Until"] = rec.Until
	return json.MarshalIndent(fields, "", "  ")
}

// records returns the parked folders of the data directory that are complete,
// newest first.
func (s *Service) records() ([]undoRecord, error) {
	entries, err := s.cfg.Disk.ReadDir(s.cfg.DataDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []undoRecord
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), parkedPrefix) || !e.IsDir() {
			continue
		}
		rec, err := s.readUndo(filepath.Join(s.cfg.DataDir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	slices.SortFunc(out, func(a, b undoRecord) int { return strings.Compare(b.ID, a.ID) })
	return out, nil
}

func (s *Service) readUndo(dir string) (undoRecord, error) {
	data, err := s.cfg.Disk.ReadFile(filepath.Join(dir, undoName))
	if err != nil {
		return undoRecord{}, err
	}
	j, err := s.decode(data)
	var until struct{ Until time.Time }
	if err == nil {
		err = json.Unmarshal(data, &until)
	}
	if err != nil {
		return undoRecord{}, domain.Corrupt("what was parked in %s cannot be used", dir).Because(err).
			WithHint("look into the folder, and remove it when it is not needed")
	}
	return undoRecord{journal: j, Until: until.Until}, nil
}

// Parked returns what can be undone, nil when there is nothing.
func (s *Service) Parked(context.Context) (*domain.Parked, error) {
	recs, err := s.records()
	if err != nil || len(recs) == 0 {
		return nil, err
	}
	rec := recs[0]
	p := &domain.Parked{Folder: rec.Parked[0], Stamp: rec.Stamp, Since: rec.StartedAt, Until: rec.Until}
	for _, it := range rec.Items {
		if it.Present && !slices.Contains(p.Components, it.Component) {
			p.Components = append(p.Components, it.Component)
		}
	}
	return p, nil
}

// Accept drops what was parked: the restored state is the right one. It returns
// the folders that it removed. KindNotFound when nothing is parked.
func (s *Service) Accept(ctx context.Context) ([]string, error) {
	recs, err := s.records()
	if err != nil {
		return nil, err
	}
	if len(recs) == 0 {
		return nil, domain.NotFound("nothing is parked").WithHint("there was no restore, or it was accepted or has expired")
	}
	// Shared is enough: it keeps a restore and an undo out, which hold it alone.
	release, err := s.cfg.Gate.Share(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = release() }()
	if err := s.dropParked(ctx, func(undoRecord) bool { return true }); err != nil {
		return nil, err
	}
	var out []string
	for _, rec := range recs {
		out = append(out, rec.Parked...)
	}
	return out, nil
}

// dropParked removes what is parked as far as which says so. The folder with the
// record is renamed first, so that there is never half of it to go back to.
func (s *Service) dropParked(_ context.Context, which func(undoRecord) bool) error {
	recs, err := s.records()
	if err != nil {
		return err
	}
	for _, rec := range recs {
		if !which(rec) {
			continue
		}
		home := rec.Parked[0]
		trash := filepath.Join(s.cfg.DataDir, trashPrefix+rec.ID)
		if err := s.cfg.Disk.RemoveAll(trash); err != nil {
			return err
		}
		if err := s.cfg.Disk.Rename(home, trash); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("drop %s: %w", home, err)
		}
		if err := s.cfg.Disk.Sync(s.cfg.DataDir); err != nil {
			return err
		}
		if err := s.emptyTrash(trash); err != nil {
			return err
		}
	}
	return nil
}

// emptyTrash removes a dropped folder, and before it those that its record names.
func (s *Service) emptyTrash(trash string) error {
	if rec, err := s.readUndo(trash); err == nil {
		for _, dir := range rec.Parked[1:] {
			if err := s.cfg.Disk.RemoveAll(dir); err != nil {
				return err
			}
			if err := s.cfg.Disk.Sync(filepath.Dir(dir)); err != nil {
				return err
			}
		}
	}
	return s.cfg.Disk.RemoveAll(trash)
}
