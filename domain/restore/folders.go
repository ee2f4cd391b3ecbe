package restore

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// parents returns the folders in which this run made folders.
func (r *run) parents() []string {
	var out []string
	for _, dir := range append(slices.Clone(r.j.Parked), r.j.Staged...) {
		if !slices.Contains(out, filepath.Dir(dir)) {
			out = append(out, filepath.Dir(dir))
		}
	}
	return out
}

// freshID returns an id that no earlier restore left anything under.
func (s *Service) freshID() (string, error) {
	for at := s.cfg.Clock.Now().UTC(); ; at = at.Add(1000) { // a microsecond
		id := at.Format("20060102T150405.000000Z")
		there, err := s.exists(filepath.Join(s.cfg.DataDir, parkedPrefix+id))
		if err != nil || !there {
			return id, err
		}
	}
}

// mkdirs makes a folder and those above it, and makes them last.
func (s *Service) mkdirs(dir string) error {
	if there, err := s.exists(dir); err != nil || there {
		return err
	}
	if err := s.mkdirs(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := s.cfg.Disk.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.cfg.Disk.Sync(filepath.Dir(dir))
}

// mkdirsBelow makes a folder and those between it and root; a later sync of the
// whole tree makes them last.
func (s *Service) mkdirsBelow(root, dir string) error {
	if dir == root {
		return nil
	}
	if there, err := s.exists(dir); err != nil || there {
		return err
	}
	if err := s.mkdirsBelow(root, filepath.Dir(dir)); err != nil {
		return err
	}
	return s.cfg.Disk.Mkdir(dir)
}

// syncTree syncs the folders of a tree, the deepest first; its files are synced.
func (s *Service) syncTree(dir string) error {
	entries, err := s.cfg.Disk.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := s.syncTree(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if s.broken.skipsSync(dir) {
		return nil
	}
	return s.cfg.Disk.Sync(dir)
}

// holdsFiles reports whether there is any file below dir other than at its top one
// with the name but.
func (s *Service) holdsFiles(dir, but string) (bool, error) {
	entries, err := s.cfg.Disk.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, e := range entries {
		if e.IsDir() {
			held, err := s.holdsFiles(filepath.Join(dir, e.Name()), "")
			if err != nil || held {
				return held, err
			}
		} else if e.Name() != but {
			return true, nil
		}
	}
	return false, err
}
