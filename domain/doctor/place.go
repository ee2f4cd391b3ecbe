package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/atocore/atocore/domain"
)

func (s *Service) in(name string) string { return filepath.Join(s.DataDir, name) }

// dataDir tells whether there is anything to look into.
func (s *Service) dataDir(e *examination) bool {
	const subject = "data directory"
	const remedy = "name a folder that this user can read and write with --data-dir"
	info, err := s.Disk.Stat(s.DataDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.add(domain.SeverityWarning, subject, s.DataDir+" does not exist",
			"begin with: atocore project add NAME FOLDER, or name another with --data-dir")
		return false
	case err != nil:
		e.failed(domain.SeverityFault, subject, err, remedy)
		return false
	case info.Mode()&fs.ModeSymlink != 0: // a link to a folder is a place like any other
	case !info.IsDir():
		e.add(domain.SeverityFault, subject, s.DataDir+" is not a folder", "name a folder with --data-dir")
		return false
	}
	if _, err := s.Disk.ReadDir(s.DataDir); err != nil {
		e.failed(domain.SeverityFault, subject, err, remedy)
		return false
	}
	e.ok(subject, "%s", s.DataDir)
	return true
}

const (
	widesShown  = 3      // one by one; the rest is counted
	mostEntries = 20_000 // of one place are looked at
)

// modes finds what other users of the machine can reach.
func (s *Service) modes(e *examination) {
	if !s.Modes {
		return
	}
	places := []string{s.DataDir}
	if s.BackupDir != "" && filepath.Dir(s.BackupDir) != s.DataDir {
		places = append(places, s.BackupDir)
	}
	wide := 0
	for _, place := range places {
		wide += s.modesBelow(e, place)
	}
	for _, path := range s.Exposure.Secrets {
		wide += s.wide(e, path, "600", widesShown)
	}
	if wide == 0 {
		e.ok("permissions", "closed to other users")
	}
}

func (s *Service) modesBelow(e *examination, root string) int {
	wide, left := s.wide(e, root, "700", widesShown), mostEntries
	var walk func(dir string)
	walk = func(dir string) {
		entries, err := s.Disk.ReadDir(dir)
		if err != nil {
			return // told elsewhere, or gone meanwhile
		}
		for _, entry := range entries {
			if left--; left < 0 {
				return
			}
			path, fix := filepath.Join(dir, entry.Name()), "600"
			if entry.IsDir() {
				fix = "700"
			}
			wide += s.wide(e, path, fix, widesShown-wide)
			if entry.IsDir() {
				walk(path)
			}
		}
	}
	walk(root)
	if more := wide - widesShown; more > 0 {
		e.add(domain.SeverityWarning, "permissions", fmt.Sprintf("%d more files and folders below %s can be reached by other users", more, root),
			"chmod -R go-rwx "+root)
	}
	return wide
}

// wide returns 1 for what others can reach, and tells it while there is room.
func (s *Service) wide(e *examination, path, fix string, room int) int {
	info, err := s.Disk.Stat(path)
	if err != nil || info.Mode()&fs.ModeSymlink != 0 || info.Mode().Perm()&0o077 == 0 {
		return 0
	}
	if room > 0 {
		e.add(domain.SeverityWarning, "permissions",
			fmt.Sprintf("%s can be reached by other users (mode %04o)", path, info.Mode().Perm()), "chmod "+fix+" "+path)
	}
	return 1
}

// registry returns the projects, and whether they could be read.
func (s *Service) registry(ctx context.Context, e *examination) ([]domain.Project, bool) {
	const subject = "registry"
	projects, err := s.Registry.List(ctx)
	if err != nil {
		e.failed(domain.SeverityFault, subject, err, "mend projects.json by hand, or restore it from a backup")
		return nil, false
	}
	e.ok(subject, "%d projects", len(projects))
	for _, p := range projects {
		for _, r := range p.IngestRoots {
			info, err := s.Disk.Stat(r.Path)
			if err == nil && (info.IsDir() || info.Mode()&fs.ModeSymlink != 0) {
				continue
			}
			problem := "is not a folder"
			if errors.Is(err, fs.ErrNotExist) {
				problem = "is gone"
			} else if err != nil {
				problem = "cannot be looked at: " + err.Error()
			}
			e.add(domain.SeverityWarning, fmt.Sprintf("project %q", p.Name),
				fmt.Sprintf("the folder %s (%s) %s; what was ingested from it stays as it was", r.Path, r.Label, problem),
				fmt.Sprintf("bring it back, or: atocore project update %q --remove-folder %q", p.Name, r.Label))
		}
	}
	return projects, true
}

// strays finds what belongs to projects that nobody registered.
func strays(e *examination, projects []domain.Project, counts map[string]domain.StoreCounts) {
	registered := map[string]bool{"": true}
	for _, p := range projects {
		registered[p.Name] = true
	}
	var names []string
	for name := range counts {
		if !registered[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		c := counts[name]
		e.add(domain.SeverityWarning, fmt.Sprintf("project %q", name),
			fmt.Sprintf("is not registered, and the store holds %d documents and %d memories of it", c.Documents, c.Memories),
			fmt.Sprintf("register it again: atocore project add %q FOLDER; to be rid of it, remove it then", name))
	}
}
