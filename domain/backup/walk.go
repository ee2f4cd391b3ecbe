package backup

import (
	"io/fs"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// entry is a file, folder or anything else below a folder.
type entry struct {
	path string // relative, with forward slashes
	info fs.FileInfo
}

// walk lists everything below dir, folders before what they hold. Links are not
// followed. prefix is put before every path; "" for none.
func (s *Service) walk(dir, prefix string) ([]entry, error) {
	list, err := s.disk.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []entry
	for _, e := range list {
		path := e.Name()
		if prefix != "" {
			path = prefix + "/" + path
		}
		full := filepath.Join(dir, e.Name())
		info, err := s.disk.Stat(full)
		if err != nil {
			return nil, err
		}
		out = append(out, entry{path, info})
		if info.IsDir() {
			below, err := s.walk(full, path)
			if err != nil {
				return nil, err
			}
			out = append(out, below...)
		}
	}
	return out, nil
}

// parallel calls work with 0 to n-1, on as many cores as there are, and returns
// the first error.
func (s *Service) parallel(n int, work func(i int) error) error {
	var group errgroup.Group
	workers := s.workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	group.SetLimit(workers)
	for i := range n {
		group.Go(func() error { return work(i) })
	}
	return group.Wait()
}
