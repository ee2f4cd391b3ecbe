package restore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// Names in the data directory. Folders that begin with stagedPrefix or
// parkedPrefix may also lie beside a component's live place elsewhere.
const (
	journalName    = "restore.json"
	stagedPrefix   = ".restore-staged-"
	parkedPrefix   = ".restore-parked-"
	trashPrefix    = ".restore-trash-"
	donePrefix     = ".restore-done-"
	rollbackPrefix = ".restore-rollback-"
	targetPrefix   = ".restore-target-"
	undoName       = "undo.json"
)

const journalVersion = 1

// journal is what must be known to finish or to take back a restore. It is
// written once, in one rename: the commit point. How the restore stands beyond
// that is said by marker files that carry its id, and by where the files are.
type journal struct {
	Version   int
	ID        string
	Undo      bool // an undo: what is staged is what an earlier restore parked
	Stamp     domain.Stamp
	Safety    domain.Stamp
	StartedAt time.Time
	Items     []item
	Entries   []domain.ComponentEntry // what is installed must be
	Staged    []string                // folders that hold what is to be installed
	Parked    []string                // folders that take what was live; the first is the data directory's
}

// item is one live place and where its present and its future content are.
type item struct {
	Component string
	Live      string
	Staged    string // "" when nothing takes the place of what is live
	Parked    string
	Present   bool // something was live at the commit point
	Folder    bool
	Last      bool // makes the state openable: parked first, installed last
	Sidecar   bool // belongs to the component's Last item
}

func (s *Service) journalPath() string { return filepath.Join(s.cfg.DataDir, journalName) }
func (s *Service) markerPath(prefix, id string) string {
	return filepath.Join(s.cfg.DataDir, prefix+id)
}

// encode renders v with every path below the data directory relative to it, so
// that a restore cut short in a container can be finished on the host.
func (s *Service) encode(j journal) ([]byte, error) {
	j = j.mapPaths(func(p string) string {
		rel, err := filepath.Rel(s.cfg.DataDir, p)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return p
		}
		return filepath.ToSlash(rel)
	})
	return json.MarshalIndent(j, "", "  ")
}

func (s *Service) decode(data []byte) (journal, error) {
	var j journal
	if err := json.Unmarshal(data, &j); err != nil {
		return j, err
	}
	if j.Version > journalVersion {
		return j, fmt.Errorf("version %d is newer than this program", j.Version)
	}
	if j.Version < 1 || j.ID == "" || strings.ContainsAny(j.ID, `/\`) || len(j.Parked) == 0 {
		return j, errors.New("it does not say what was under way")
	}
	return j.mapPaths(func(p string) string {
		if filepath.IsAbs(filepath.FromSlash(p)) {
			return filepath.FromSlash(p)
		}
		return filepath.Join(s.cfg.DataDir, filepath.FromSlash(p))
	}), nil
}

// mapPaths returns a copy with f applied to every path.
func (j journal) mapPaths(f func(string) string) journal {
	items := make([]item, len(j.Items))
	for i, it := range j.Items {
		it.Live, it.Parked = f(it.Live), f(it.Parked)
		if it.Staged != "" {
			it.Staged = f(it.Staged)
		}
		items[i] = it
	}
	j.Items = items
	j.Staged, j.Parked = mapAll(j.Staged, f), mapAll(j.Parked, f)
	return j
}

func mapAll(in []string, f func(string) string) []string {
	out := make([]string, len(in))
	for i, p := range in {
		out[i] = f(p)
	}
	return out
}

// readJournal returns fs.ErrNotExist when no restore is under way.
func (s *Service) readJournal() (journal, error) {
	data, err := s.cfg.Disk.ReadFile(s.journalPath())
	if err != nil {
		return journal{}, err
	}
	j, err := s.decode(data)
	if err != nil {
		return j, domain.Corrupt("the journal of an interrupted restore, %s, cannot be used", s.journalPath()).Because(err).
			WithHint("the state before the restore is in the %s* folder beside it; docs/backup-restore-drill.md says how to put it back by hand", parkedPrefix)
	}
	return j, nil
}

// commit makes the restore certain: a rename, and the sync that makes it last.
func (r *run) commit() error {
	for i, it := range r.j.Items {
		// Now, not when the copies were made: looking whether somebody has a
		// database open may leave or take away sidecars.
		there, err := r.s.exists(it.Live)
		if err != nil {
			return err
		}
		r.j.Items[i].Present = there
	}
	j, disk := r.j, r.s.cfg.Disk
	data, err := r.s.encode(j)
	if err != nil {
		return err
	}
	// Written inside the first folder of this restore, so that a killed run leaves
	// nothing that the sweep does not know.
	draft := filepath.Join(j.Parked[0], journalName)
	if err := disk.WriteFile(draft, data, fileMode); err != nil {
		return err
	}
	if err := r.s.inherit(j.Parked[0]); err != nil {
		return err
	}
	if err := disk.Sync(draft); err != nil {
		return err
	}
	r.committed = true // from here on it may be there, whatever is returned
	if err := disk.Rename(draft, r.s.journalPath()); err != nil {
		return err
	}
	return r.syncDirs(r.s.cfg.DataDir, j.Parked[0])
}

// uncommit removes the journal once the state before the restore is back.
func (r *run) uncommit() error {
	if err := r.s.clearJournal(); err != nil {
		return err
	}
	return r.s.cfg.Disk.RemoveAll(r.s.markerPath(rollbackPrefix, r.j.ID))
}

func (s *Service) clearJournal() error {
	if err := s.cfg.Disk.RemoveAll(s.journalPath()); err != nil {
		return err
	}
	return s.cfg.Disk.Sync(s.cfg.DataDir)
}

// mark writes a marker of this restore and makes it last.
func (r *run) mark(prefix string) error {
	p := r.s.markerPath(prefix, r.j.ID)
	if err := r.s.cfg.Disk.WriteFile(p, nil, fileMode); err != nil {
		return err
	}
	if err := r.s.matchJournal(p); err != nil {
		return err
	}
	return r.s.cfg.Disk.Sync(r.s.cfg.DataDir)
}

// unmark removes a marker for good.
func (r *run) unmark(prefix string) error {
	p := r.s.markerPath(prefix, r.j.ID)
	there, err := r.s.exists(p)
	if err != nil || !there {
		return err
	}
	if err := r.s.cfg.Disk.RemoveAll(p); err != nil {
		return err
	}
	return r.s.cfg.Disk.Sync(r.s.cfg.DataDir)
}

func (s *Service) exists(path string) (bool, error) {
	_, err := s.cfg.Disk.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
