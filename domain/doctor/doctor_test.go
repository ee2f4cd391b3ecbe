package doctor_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/doctor"
	"github.com/atocore/atocore/ports/portfake"
)

type backups []domain.BackupSummary

func (b backups) List(context.Context) ([]domain.BackupSummary, error) {
	if b == nil {
		return nil, errors.New("the folder cannot be read")
	}
	return b, nil
}

// patient is an installation in good health.
type patient struct {
	disk     *portfake.Disk
	registry *portfake.ProjectRegistry
	store    *portfake.Store
	clock    *portfake.Clock
	config   doctor.Config
	damage   []string
	closed   bool
}

func newPatient() *patient {
	p := &patient{disk: portfake.NewDisk(), store: portfake.NewStore(), clock: &portfake.Clock{}}
	p.disk.PutFolder("/data")
	p.disk.PutFolder("/src")
	p.disk.Put("/data/atocore.db", "x")
	p.disk.Put("/data/projects.json", "{}")
	p.registry = portfake.NewProjectRegistry(domain.Project{
		Name: "atlas", IngestRoots: []domain.IngestRoot{{Path: "/src", Label: "src"}},
	})
	p.config = doctor.Config{
		DataDir: "/data", Database: "atocore.db", Journal: "restore.json", Private: []string{"projects.json"},
		Disk: p.disk, Registry: p.registry, Clock: p.clock, Modes: true,
		Open: func(context.Context) (doctor.Stores, error) {
			return doctor.Stores{
				Documents: p.store.Documents(),
				Inspect:   func(context.Context) ([]string, error) { return p.damage, nil },
				Close:     func() error { p.closed = true; return nil },
			}, nil
		},
		Backups: backups{{Stamp: "20260101T000000Z", CreatedAt: p.clock.Now(), Standing: domain.StandingProven}},
	}
	return p
}

func (p *patient) examine(t *testing.T) []domain.Finding {
	t.Helper()
	findings, err := doctor.New(p.config).Examine(t.Context())
	require.NoError(t, err)
	return findings
}

func TestHealthy(t *testing.T) {
	p := newPatient()
	findings := p.examine(t)
	assert.NotEmpty(t, findings)
	for _, f := range findings {
		assert.Equal(t, domain.SeverityOK, f.Severity, "%+v", f)
		assert.Empty(t, f.Remedy)
	}
	assert.True(t, p.closed)
}

// Whatever is wrong is found, with its severity, and with a remedy.
func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		harm     func(t *testing.T, p *patient)
		severity domain.Severity
		subject  string
		problem  string
		remedy   string
	}{
		"no data directory": {
			func(_ *testing.T, p *patient) { p.config.DataDir = "/nowhere" },
			domain.SeverityWarning, "data directory", "/nowhere does not exist", "project add",
		},
		"a file for a data directory": {
			func(_ *testing.T, p *patient) { p.config.DataDir = "/data/atocore.db" },
			domain.SeverityFault, "data directory", "is not a folder", "--data-dir",
		},
		"an unreadable data directory": {
			func(_ *testing.T, p *patient) {
				p.disk.Fail = func(op string) error {
					if op == "disk.readdir" {
						return errors.New("permission denied")
					}
					return nil
				}
			},
			domain.SeverityFault, "data directory", "permission denied", "read and write",
		},
		"an interrupted restore": {
			func(_ *testing.T, p *patient) { p.disk.Put("/data/restore.json", "{}") },
			domain.SeverityFault, "restore", "interrupted", "project list",
		},
		"a registry that cannot be read": {
			func(_ *testing.T, p *patient) {
				p.registry.Fail = func(string) error { return domain.Corrupt("line 3 is odd").WithHint("mend line 3") }
			},
			domain.SeverityFault, "registry", "line 3 is odd", "mend line 3",
		},
		"a vanished root": {
			func(t *testing.T, p *patient) { require.NoError(t, p.disk.RemoveAll("/src")) },
			domain.SeverityWarning, `project "atlas"`, "is gone", "--remove-folder",
		},
		"a file that others can read": {
			func(t *testing.T, p *patient) {
				require.NoError(t, p.disk.RemoveAll("/data/projects.json"))
				require.NoError(t, p.disk.WriteFile("/data/projects.json", []byte("{}"), 0o644))
			},
			domain.SeverityWarning, "permissions", "/data/projects.json can be reached by other users (mode 0644)", "chmod 600",
		},
		"free space that cannot be told": {
			func(_ *testing.T, p *patient) {
				p.disk.Fail = func(op string) error {
					if op == "disk.free" {
						return errors.New("not supported")
					}
					return nil
				}
			},
			domain.SeverityWarning, "disk space", "not supported", "look at the disk",
		},
		"no database": {
			func(_ *testing.T, p *patient) {
				p.config.Open = func(context.Context) (doctor.Stores, error) { return doctor.Stores{}, domain.NotFound("none") }
			},
			domain.SeverityWarning, "database", "none yet", "project add",
		},
		"a database that does not open": {
			func(_ *testing.T, p *patient) {
				p.config.Open = func(context.Context) (doctor.Stores, error) {
					return doctor.Stores{}, domain.Corrupt("not a database")
				}
			},
			domain.SeverityFault, "database", "not a database", "backup restore",
		},
		"a damaged database": {
			func(_ *testing.T, p *patient) { p.damage = []string{"row 7 is missing from index i"} },
			domain.SeverityFault, "database", "row 7 is missing", "backup restore",
		},
		"documents of nobody": {
			func(t *testing.T, p *patient) {
				key := domain.DocumentKey{Project: "ghost", Root: "r", Path: "a.md"}
				require.NoError(t, p.store.Documents().Replace(t.Context(), domain.Document{DocumentKey: key}.With(nil)))
			},
			domain.SeverityWarning, `project "ghost"`, "is not registered", "project add",
		},
		"no backup": {
			func(_ *testing.T, p *patient) { p.config.Backups = backups{} },
			domain.SeverityWarning, "backups", "there is none", "backup create",
		},
		"an old backup": {
			func(_ *testing.T, p *patient) { p.clock.Advance(9 * 24 * time.Hour) },
			domain.SeverityWarning, "backups", "9 days old", "backup create",
		},
		"a broken backup": {
			func(_ *testing.T, p *patient) {
				p.config.Backups = append(p.config.Backups.(backups),
					domain.BackupSummary{Stamp: "20260102T000000Z", Standing: domain.StandingBroken, Problem: "no manifest"})
			},
			domain.SeverityFault, "backups", "20260102T000000Z is broken: no manifest", "backup validate",
		},
		"backups that cannot be listed": {
			func(_ *testing.T, p *patient) { p.config.Backups = backups(nil) },
			domain.SeverityFault, "backups", "cannot be read", "backup.dir",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient()
			c.harm(t, p)
			findings := p.examine(t)
			found := false
			for _, f := range findings {
				if f.Severity == domain.SeverityOK {
					continue
				}
				assert.NotEmpty(t, f.Remedy, "%+v", f)
				if f.Subject == c.subject && strings.Contains(f.Problem, c.problem) {
					found = true
					assert.Equal(t, c.severity, f.Severity)
					assert.Contains(t, f.Remedy, c.remedy)
				}
			}
			assert.True(t, found, "%+v", findings)
			assert.Equal(t, c.severity, findings[0].Severity, "the worst comes first")
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := doctor.New(newPatient().config).Examine(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
