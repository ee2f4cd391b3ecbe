package restore

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/atocore/atocore/domain"
)

// room returns the file systems too full for the copies, and the bytes needed.
func (r *run) room() ([]string, int64, error) {
	type need struct {
		folder string
		bytes  int64
		free   int64
	}
	needs := map[string]*need{}
	var total int64
	add := func(dir string, bytes int64) error {
		dir, err := r.s.existing(dir)
		if err != nil {
			return err
		}
		free, id, err := r.s.cfg.Disk.Free(dir)
		if err != nil {
			return err
		}
		if needs[id] == nil {
			needs[id] = &need{folder: dir, free: free, bytes: spare}
		}
		needs[id].bytes += bytes
		total += bytes
		return nil
	}
	for _, p := range r.parts {
		if p.action == domain.RestoreReplace {
			if err := add(filepath.Dir(p.places[0].Live), p.entry.Bytes()); err != nil {
				return nil, 0, err
			}
		}
		if r.req.SkipSafety || r.req.Target != "" {
			continue
		}
		for _, place := range p.places {
			size, err := r.s.size(place.Live)
			if err == nil {
				err = add(filepath.Dir(r.backupDir), size)
			}
			if err != nil {
				return nil, 0, err
			}
		}
	}
	var out []string
	for _, n := range needs {
		if n.free < n.bytes {
			out = append(out, fmt.Sprintf("the disk that holds %s has %d bytes free, %d more are needed", n.folder, n.free, n.bytes-n.free))
		}
	}
	slices.Sort(out)
	return out, total, nil
}

// existing returns dir or the nearest folder above it that exists.
func (s *Service) existing(dir string) (string, error) {
	for {
		there, err := s.exists(dir)
		if err != nil || there || filepath.Dir(dir) == dir {
			return dir, err
		}
		dir = filepath.Dir(dir)
	}
}

// size returns the bytes of a file or tree, 0 for none.
func (s *Service) size(path string) (int64, error) {
	info, err := s.cfg.Disk.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil || !info.IsDir() {
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	entries, err := s.cfg.Disk.ReadDir(path)
	if err != nil {
		return 0, err
	}
	var total int64
	for _, e := range entries {
		n, err := s.size(filepath.Join(path, e.Name()))
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}
