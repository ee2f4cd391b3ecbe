package restore

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// inheritAll gives the copies the owner of the folder they go to, and, where they
// replace something, its owner and mode.
func (r *run) inheritAll() error {
	owner, ok := r.s.cfg.Disk.(ports.Owner)
	if !ok {
		return nil
	}
	for _, root := range r.j.Staged {
		if err := r.s.inherit(root); err != nil {
			return err
		}
	}
	for _, it := range r.j.Items {
		if it.Staged == "" {
			continue
		}
		if it.Present {
			if err := owner.Match(it.Staged, it.Live); err != nil {
				return cannotOwn(it.Live, err)
			}
		}
		if !it.Folder {
			if err := r.s.cfg.Disk.Sync(it.Staged); err != nil {
				return err
			}
		}
	}
	return nil
}

// inherit gives a folder and what is below it the owner of the folder above it.
func (s *Service) inherit(dir string) error {
	if owner, ok := s.cfg.Disk.(ports.Owner); ok {
		if err := owner.Match(dir, filepath.Dir(dir)); err != nil {
			return cannotOwn(filepath.Dir(dir), err)
		}
	}
	return nil
}

// matchJournal gives a small file of ours the owner and mode of the journal.
func (s *Service) matchJournal(file string) error {
	if owner, ok := s.cfg.Disk.(ports.Owner); ok {
		return owner.Match(file, s.journalPath())
	}
	return nil
}

func cannotOwn(what string, err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return domain.Refused("the copy cannot be given the owner of %s", what).Because(err).
		WithHint("restore as that user, or as root")
}
