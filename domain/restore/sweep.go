package restore

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
)

// sweep removes what killed restores left before their commit point, and what was
// parked and has expired. Nothing depends on it, so what stands in its way is a
// note, or nothing.
func (s *Service) sweep(ctx context.Context, rec domain.Recovery) (domain.Recovery, error) {
	left, expired, err := s.leftovers()
	if err != nil {
		rec.Notes = append(rec.Notes, "could not look for leftovers: "+err.Error())
		return rec, nil
	}
	if len(left) == 0 && !expired {
		return rec, nil
	}
	// Shared keeps every restore out, so what lies there is nobody's.
	release, err := s.cfg.Gate.Share(ctx)
	if err != nil {
		return rec, nil //nolint:nilerr // whoever holds it sees to it; opening the stores will say so
	}
	there, err := s.exists(s.journalPath())
	if err == nil && !there {
		left, _, err = s.leftovers()
	}
	for _, p := range left {
		if err != nil || there {
			break
		}
		if strings.HasPrefix(filepath.Base(p), trashPrefix) {
			err = s.emptyTrash(p)
		} else {
			err = s.cfg.Disk.RemoveAll(p)
		}
		if err == nil {
			rec.Swept = append(rec.Swept, p)
		}
	}
	if err == nil && expired && !there {
		now := s.cfg.Clock.Now()
		err = s.dropParked(ctx, func(u undoRecord) bool { return now.After(u.Until) })
	}
	if err != nil {
		rec.Notes = append(rec.Notes, "leftovers could not be removed: "+err.Error())
	}
	if err := release(); err != nil {
		rec.Notes = append(rec.Notes, err.Error())
	}
	return rec, nil
}

// leftovers returns what is not needed any more, and whether something parked has
// expired.
func (s *Service) leftovers() (left []string, expired bool, err error) {
	recs, err := s.records()
	if err != nil {
		return nil, false, err
	}
	var kept []string
	for _, rec := range recs {
		kept = append(kept, rec.Parked...)
		expired = expired || s.cfg.Clock.Now().After(rec.Until)
	}
	for _, dir := range s.homes() {
		entries, err := s.cfg.Disk.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		for _, e := range entries {
			p := filepath.Join(dir, e.Name())
			for _, prefix := range []string{stagedPrefix, trashPrefix, donePrefix, rollbackPrefix} {
				if strings.HasPrefix(e.Name(), prefix) {
					left = append(left, p)
				}
			}
			if !strings.HasPrefix(e.Name(), parkedPrefix) || slices.Contains(kept, p) {
				continue
			}
			// Whatever holds a file is for a person to look at.
			held, err := s.holdsFiles(p, journalName)
			if err != nil {
				return nil, false, err
			}
			if !held {
				left = append(left, p)
			}
		}
	}
	return left, expired, nil
}

// homes returns the folders in which a restore leaves something.
func (s *Service) homes() []string {
	out := []string{s.cfg.DataDir}
	for _, c := range s.cfg.Components(s.cfg.DataDir) {
		for _, place := range c.Places() {
			if dir := filepath.Dir(place.Live); !slices.Contains(out, dir) {
				out = append(out, dir)
			}
		}
	}
	return out
}
