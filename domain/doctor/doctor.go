// Package doctor looks at an installation and says what is wrong with it, worst
// first, each with its remedy. It changes nothing, and it goes on after a failure:
// a broken part is a finding, never the end of the examination.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what the service works with.
type Config struct {
	DataDir  string   // absolute
	Database string   // its name in the data directory
	Journal  string   // of a restore: its name in the data directory
	Private  []string // further names in the data directory that must be private
	Disk     ports.DiskReader
	Registry ports.ProjectRegistry
	Clock    ports.Clock
	// Open opens the stores as they are, without making any.
	Open func(ctx context.Context) (Stores, error)
	// Backups lists the backups; nil where they are not looked at.
	Backups interface {
		List(ctx context.Context) ([]domain.BackupSummary, error)
	}
	// Modes says whether the system keeps permission bits: Windows does not.
	Modes bool
}

// Stores are the opened stores.
type Stores struct {
	Documents ports.DocumentStore
	// Inspect returns in plain words all that is damaged in the database.
	Inspect func(ctx context.Context) ([]string, error)
	Close   func() error
}

// Service examines one installation.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

const (
	littleSpace = 256 << 20          // bytes
	oldBackup   = 7 * 24 * time.Hour // since the last one
)

// examination collects findings.
type examination struct{ findings []domain.Finding }

func (e *examination) ok(subject, seen string, args ...any) {
	e.findings = append(e.findings, domain.Finding{Severity: domain.SeverityOK, Subject: subject, Problem: fmt.Sprintf(seen, args...)})
}

func (e *examination) add(s domain.Severity, subject, problem, remedy string) {
	e.findings = append(e.findings, domain.Finding{Severity: s, Subject: subject, Problem: problem, Remedy: remedy})
}

// failed makes a fault of an error, with its hint as remedy.
func (e *examination) failed(subject string, err error, remedy string) {
	problem := err.Error()
	var d *domain.Error
	if errors.As(err, &d) {
		problem = d.Message
		if d.Err != nil {
			problem += ": " + d.Err.Error()
		}
		if d.Hint != "" {
			remedy = d.Hint
		}
	}
	e.add(domain.SeverityFault, subject, problem, remedy)
}

// Examine returns what was found, worst first and otherwise in the order in which
// it was looked at. The error is only that of ctx.
func (s *Service) Examine(ctx context.Context) ([]domain.Finding, error) {
	var e examination
	if s.dataDir(&e) {
		s.modes(&e)
		s.space(&e)
		projects, readable := s.registry(ctx, &e)
		s.stores(ctx, &e, projects, readable)
		s.backups(ctx, &e)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	order := []domain.Severity{domain.SeverityFault, domain.SeverityWarning, domain.SeverityOK}
	slices.SortStableFunc(e.findings, func(a, b domain.Finding) int {
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	})
	return e.findings, nil
}

func (s *Service) in(name string) string { return filepath.Join(s.DataDir, name) }

// dataDir tells whether there is anything to look into.
func (s *Service) dataDir(e *examination) bool {
	const subject = "data directory"
	info, err := s.Disk.Stat(s.DataDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.add(domain.SeverityWarning, subject, s.DataDir+" does not exist",
			"begin with: atocore project add NAME FOLDER, or name another with --data-dir")
		return false
	case err != nil:
		e.failed(subject, err, "name a folder that this user can read and write with --data-dir")
		return false
	case info.Mode()&fs.ModeSymlink != 0: // a link to a folder is a place like any other
	case !info.IsDir():
		e.add(domain.SeverityFault, subject, s.DataDir+" is not a folder", "name a folder with --data-dir")
		return false
	}
	if _, err := s.Disk.ReadDir(s.DataDir); err != nil {
		e.failed(subject, err, "name a folder that this user can read and write with --data-dir")
		return false
	}
	e.ok(subject, "%s", s.DataDir)
	if _, err := s.Disk.Stat(s.in(s.Journal)); err == nil {
		e.add(domain.SeverityFault, "restore", "a restore was interrupted",
			"run any command that opens the stores, such as: atocore project list; it brings the restore to its end first")
	}
	return true
}

func (s *Service) modes(e *examination) {
	const subject = "permissions"
	if !s.Modes {
		return
	}
	wide := 0
	look := func(path, fix string) {
		info, err := s.Disk.Stat(path)
		if err != nil || info.Mode()&fs.ModeSymlink != 0 {
			return
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			wide++
			e.add(domain.SeverityWarning, subject, fmt.Sprintf("%s can be reached by other users (mode %04o)", path, mode),
				"chmod "+fix+" "+path)
		}
	}
	look(s.DataDir, "700")
	for _, name := range append([]string{s.Database}, s.Private...) {
		look(s.in(name), "600")
	}
	if wide == 0 {
		e.ok(subject, "closed to other users")
	}
}

func (s *Service) space(e *examination) {
	const subject = "disk space"
	free, _, err := s.Disk.Free(s.DataDir)
	switch {
	case err != nil:
		e.add(domain.SeverityWarning, subject, "cannot be told: "+err.Error(), "look at the disk of "+s.DataDir)
	case free < littleSpace:
		e.add(domain.SeverityWarning, subject, humanize.IBytes(uint64(max(free, 0)))+" are left for "+s.DataDir, "make room")
	default:
		e.ok(subject, "%s free", humanize.IBytes(uint64(free)))
	}
}

// registry returns the projects, and whether they could be read.
func (s *Service) registry(ctx context.Context, e *examination) ([]domain.Project, bool) {
	const subject = "registry"
	projects, err := s.Registry.List(ctx)
	if err != nil {
		e.failed(subject, err, "mend projects.json by hand, or restore it from a backup")
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

func (s *Service) stores(ctx context.Context, e *examination, projects []domain.Project, readable bool) {
	const subject = "database"
	on, err := s.Open(ctx)
	if err != nil {
		if domain.KindOf(err) == domain.KindNotFound {
			e.add(domain.SeverityWarning, subject, "there is none yet", "begin with: atocore project add NAME FOLDER")
			return
		}
		e.failed(subject, err, "restore it: atocore backup restore latest --confirm-service-stopped")
		return
	}
	defer func() {
		if err := on.Close(); err != nil {
			e.failed(subject, err, "look at the disk")
		}
	}()
	damage, err := on.Inspect(ctx)
	if err != nil {
		e.failed(subject, err, "restore it: atocore backup restore latest --confirm-service-stopped")
		return
	}
	for _, d := range damage {
		e.add(domain.SeverityFault, subject, d, "restore it: atocore backup restore latest --confirm-service-stopped")
	}
	counts, err := on.Documents.Counts(ctx)
	if err != nil {
		e.failed(subject, err, "restore it: atocore backup restore latest --confirm-service-stopped")
		return
	}
	var all domain.StoreCounts
	for _, c := range counts {
		all.Documents += c.Documents
		all.Chunks += c.Chunks
		all.Memories += c.Memories
	}
	if len(damage) == 0 {
		e.ok(subject, "whole: %d documents, %d chunks, %d memories", all.Documents, all.Chunks, all.Memories)
	}
	if readable {
		strays(e, projects, counts)
	}
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

func (s *Service) backups(ctx context.Context, e *examination) {
	const subject = "backups"
	if s.Backups == nil {
		return
	}
	list, err := s.Backups.List(ctx)
	if err != nil {
		e.failed(subject, err, "look at backup.dir")
		return
	}
	var newest domain.BackupSummary
	for _, b := range list {
		if b.Standing == domain.StandingBroken {
			e.add(domain.SeverityFault, subject, fmt.Sprintf("%s is broken: %s", b.Stamp, b.Problem),
				"see what is left of it: atocore backup validate "+string(b.Stamp))
			continue
		}
		if b.CreatedAt.After(newest.CreatedAt) {
			newest = b
		}
	}
	age := s.Clock.Now().Sub(newest.CreatedAt)
	switch {
	case newest.Stamp == "":
		e.add(domain.SeverityWarning, subject, "there is none", "make one: atocore backup create")
	case age > oldBackup:
		e.add(domain.SeverityWarning, subject, fmt.Sprintf("the newest, %s, is %d days old", newest.Stamp, int(age.Hours()/24)),
			"make one: atocore backup create")
	default:
		e.ok(subject, "%d, the newest %s (%s)", len(list), newest.Stamp, newest.Standing)
	}
}
