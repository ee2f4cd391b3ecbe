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

// full is a patient in good health of whom everything is looked at.
func full() *patient {
	p := newPatient()
	c := &p.config
	c.BackupDir = "/data/backups"
	p.disk.PutFolder("/data/backups")
	c.Version, c.Schema, c.Built = "1.2.3", 5, p.clock.Now().Add(-time.Hour)
	c.Exposure = doctor.Exposure{Listen: "127.0.0.1:8100", Loopback: true}
	open := c.Open
	c.Open = func(ctx context.Context) (doctor.Stores, error) {
		on, err := open(ctx)
		on.Schema = func(context.Context) (int64, error) { return 5, nil }
		on.Index = func(context.Context) (doctor.Index, error) { return doctor.Index{Usable: true}, nil }
		on.Newest = func(context.Context) (time.Time, error) { return p.clock.Now(), nil }
		return on, err
	}
	c.Judge = func(context.Context) (domain.Vitals, []domain.Verdict, error) {
		return domain.Vitals{At: p.clock.Now(), LastProof: p.clock.Now(), LastDrill: p.clock.Now(), Unknown: map[string]error{}},
			[]domain.Verdict{{Key: "rpo", Light: domain.Green, Reason: "fresh"}}, nil
	}
	c.Schedule = func(context.Context) ([]domain.JobStatus, error) {
		return []domain.JobStatus{{Job: domain.JobBackup}, {Job: domain.JobProve}}, nil
	}
	c.Remote = func(context.Context) (string, error) { return "bucket", nil }
	c.Parked = func(context.Context) (*domain.Parked, error) { return nil, nil }
	c.Notices = func(context.Context) ([]domain.PendingNotice, error) { return nil, nil }
	return p
}

// stores changes what the opened stores say.
func (p *patient) stores(change func(*doctor.Stores)) {
	open := p.config.Open
	p.config.Open = func(ctx context.Context) (doctor.Stores, error) {
		on, err := open(ctx)
		change(&on)
		return on, err
	}
}

// vitals changes what is known of the safety.
func (p *patient) vitals(change func(*domain.Vitals)) {
	judge := p.config.Judge
	p.config.Judge = func(ctx context.Context) (domain.Vitals, []domain.Verdict, error) {
		v, d, err := judge(ctx)
		change(&v)
		return v, d, err
	}
}

func (p *patient) verdict(v domain.Verdict) {
	p.config.Judge = func(context.Context) (domain.Vitals, []domain.Verdict, error) {
		return domain.Vitals{}, []domain.Verdict{v}, nil
	}
}

func (p *patient) job(j domain.JobStatus) {
	p.config.Schedule = func(context.Context) ([]domain.JobStatus, error) { return []domain.JobStatus{j}, nil }
}

func TestHealthyInFull(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range full().examine(t) {
		assert.Equal(t, domain.SeverityOK, f.Severity, "%+v", f)
		seen[f.Subject] = true
	}
	for _, subject := range []string{
		"exposure", "data directory", "permissions", "registry", "database", "version", "vector index", "backups", "proofs",
		"drill", "objective rpo", "disk space", "clock", "schedule", "off site", "notices", "leftovers",
	} {
		assert.True(t, seen[subject], subject)
	}
}

// elsewhere is a vector index that another driver keeps.
func elsewhere(i doctor.Index) func(*testing.T, *patient) {
	return func(_ *testing.T, p *patient) {
		i.Elsewhere = true
		p.stores(func(s *doctor.Stores) {
			s.Index = func(context.Context) (doctor.Index, error) { return i, nil }
		})
	}
}

// Keys protect a service that can be reached as a token does.
func TestKeysProtectAnExposedService(t *testing.T) {
	for keys, severity := range map[bool]domain.Severity{true: domain.SeverityOK, false: domain.SeverityFault} {
		p := full()
		p.config.Exposure = doctor.Exposure{Listen: "0.0.0.0:8100", Keys: func(context.Context) bool { return keys }}
		for _, f := range p.examine(t) {
			if f.Subject == "exposure" {
				assert.Equal(t, severity, f.Severity, f.Problem)
			}
		}
	}
}

// Whatever else is wrong is found, with its severity, and with a remedy.
func TestMoreFindings(t *testing.T) {
	const warning, fault = domain.SeverityWarning, domain.SeverityFault
	leftover := func(path string) func(*testing.T, *patient) {
		return func(_ *testing.T, p *patient) { p.disk.PutFolder(path) }
	}
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		harm     func(t *testing.T, p *patient)
		severity domain.Severity
		subject  string
		problem  string
		remedy   string
	}{
		"open to the network": {func(_ *testing.T, p *patient) {
			p.config.Exposure = doctor.Exposure{Listen: "0.0.0.0:8100"}
		}, fault, "exposure", "there is no token", "api_token"},
		"a short token": {func(_ *testing.T, p *patient) { p.config.Exposure.Token = "hunter2" }, warning, "exposure", "7 characters", "longer"},
		"a token that others can read": {func(t *testing.T, p *patient) {
			p.disk.PutFolder("/etc")
			require.NoError(t, p.disk.WriteFile("/etc/token", []byte("x"), 0o644))
			p.config.Exposure.Secrets = []string{"/etc/token"}
		}, warning, "permissions", "/etc/token can be reached", "chmod 600"},
		"a backup that others can read": {func(t *testing.T, p *patient) {
			p.disk.PutFolder("/data/backups/20260101T000000Z/db")
			require.NoError(t, p.disk.WriteFile("/data/backups/20260101T000000Z/db/atocore.db", nil, 0o640))
		}, warning, "permissions", "db/atocore.db can be reached by other users (mode 0640)", "chmod 600"},
		"many that others can read": {func(t *testing.T, p *patient) {
			for _, n := range []string{"a", "b", "c", "d", "e"} {
				require.NoError(t, p.disk.WriteFile("/data/"+n, nil, 0o644))
			}
		}, warning, "permissions", "2 more files", "chmod -R go-rwx /data"},
		"an older schema": {func(_ *testing.T, p *patient) {
			p.stores(func(s *doctor.Stores) { s.Schema = func(context.Context) (int64, error) { return 4, nil } })
		}, warning, "version", "schema 4, and atocore 1.2.3 brings it to 5", "backup create"},
		"a schema that cannot be read": {func(_ *testing.T, p *patient) {
			p.stores(func(s *doctor.Stores) {
				s.Schema = func(context.Context) (int64, error) { return 0, errors.New("odd") }
			})
		}, fault, "version", "odd", "restore"},
		"texts without vectors": {func(_ *testing.T, p *patient) {
			p.stores(func(s *doctor.Stores) {
				s.Index = func(context.Context) (doctor.Index, error) { return doctor.Index{Usable: true, Missing: 12}, nil }
			})
		}, warning, "vector index", "12 texts have no vector", "index rebuild"},
		"a Chroma that is away": {elsewhere(doctor.Index{Problem: "it cannot be reached"}), warning, "vector index", "by words alone: it cannot be reached", "start the server"},
		"a Chroma that differs": {
			elsewhere(doctor.Index{Missing: 1, Orphaned: 2, Stale: 3}), warning, "vector index", "1 missing, 2 orphaned, 3 stale", "verify --repair",
		},
		"a Chroma that is behind": {elsewhere(doctor.Index{Waiting: 7}), warning, "vector index", "behind by 7", "run the service"},
		"notices that wait": {func(_ *testing.T, p *patient) {
			p.config.Notices = func(context.Context) ([]domain.PendingNotice, error) {
				r := domain.JobReport{Job: domain.JobBackup, Problem: "the disk is full"}
				return []domain.PendingNotice{{To: "webhook https://a.example", Notice: domain.Notice{At: p.clock.Now(), Report: &r}}}, nil
			}
		}, warning, "notices", "to webhook https://a.example: backup failed: the disk is full", "tried again"},
		"vectors of another model": {func(_ *testing.T, p *patient) {
			p.stores(func(s *doctor.Stores) {
				s.Index = func(context.Context) (doctor.Index, error) {
					return doctor.Index{Stored: domain.EmbeddingModel{Name: "old"}, Configured: domain.EmbeddingModel{Name: "new"}}, nil
				}
			})
		}, fault, "vector index", `of the model "old"`, "index rebuild"},
		"an index that cannot be asked": {func(_ *testing.T, p *patient) {
			p.stores(func(s *doctor.Stores) {
				s.Index = func(context.Context) (doctor.Index, error) { return doctor.Index{}, errors.New("odd") }
			})
		}, fault, "vector index", "odd", "index rebuild"},
		"a clock before the program": {func(_ *testing.T, p *patient) { p.config.Built = p.clock.Now().Add(2 * day) }, fault, "clock", "was built on", "NTP"},
		"entries from the future": {func(_ *testing.T, p *patient) {
			p.stores(func(s *doctor.Stores) {
				s.Newest = func(context.Context) (time.Time, error) { return p.clock.Now().Add(day), nil }
			})
		}, warning, "clock", "24 h from now", "NTP"},
		"a backup from the future": {func(_ *testing.T, p *patient) {
			p.config.Backups = append(p.config.Backups.(backups), domain.BackupSummary{Stamp: "20300101T000000Z", CreatedAt: p.clock.Now().Add(day)})
		}, warning, "clock", "20300101T000000Z is from 24 h from now", "backup create"},
		"nothing proven": {func(_ *testing.T, p *patient) {
			p.config.Backups = backups{{Stamp: "20260101T000000Z", CreatedAt: p.clock.Now(), Standing: domain.StandingValidated}}
		}, warning, "proofs", "no backup has been proven", "backup prove"},
		"a proof that cannot be read": {func(_ *testing.T, p *patient) {
			p.vitals(func(v *domain.Vitals) { v.Unknown["proof"] = errors.New("torn") })
		}, fault, "proof", "torn", "backup.dir"},
		"a ledger that cannot be read": {func(_ *testing.T, p *patient) {
			p.vitals(func(v *domain.Vitals) { v.Unknown["ledger"] = errors.New("torn") })
		}, fault, "ledger", "torn", "backup.dir"},
		"a ledger that was edited": {func(_ *testing.T, p *patient) {
			p.vitals(func(v *domain.Vitals) { v.LedgerFaults = []domain.LedgerFault{{Line: 3, Problem: "its hash differs"}} })
		}, fault, "ledger", "line 3: its hash differs", "find out who"},
		"a drill that failed": {func(_ *testing.T, p *patient) {
			p.vitals(func(v *domain.Vitals) { v.DrillFailed = "5 of 6 detected" })
		}, fault, "drill", "5 of 6 detected", "atocore drill"},
		"an objective missed": {func(_ *testing.T, p *patient) {
			p.verdict(domain.Verdict{Key: "rpo", Light: domain.Yellow, Reason: "2 d old", Remedy: "make one"})
		}, warning, "objective rpo", "2 d old", "make one"},
		"an objective missed by far": {func(_ *testing.T, p *patient) {
			p.verdict(domain.Verdict{Key: "rto", Light: domain.Red, Reason: "2 h", Remedy: "a faster disk"})
		}, fault, "objective rto", "2 h", "a faster disk"},
		"a job that failed": {func(_ *testing.T, p *patient) {
			p.job(domain.JobStatus{Job: domain.JobBackup, Failures: 1, Last: &domain.Run{Problem: "the disk is full", Remedy: "make room"}})
		}, warning, "schedule", "backup failed the last time: the disk is full", "make room"},
		"a job that always fails": {
			func(_ *testing.T, p *patient) { p.job(domain.JobStatus{Job: domain.JobPush, Failures: 3}) },
			fault, "schedule", "push failed 3 times in a row", "schedule run",
		},
		"a job that was missed": {
			func(_ *testing.T, p *patient) { p.job(domain.JobStatus{Job: domain.JobDrill, Missed: true}) },
			warning, "schedule", "drill was due", "atocore serve",
		},
		"a job that nobody runs": {func(_ *testing.T, p *patient) {
			p.job(domain.JobStatus{Job: domain.JobBackup, Next: p.clock.Now().Add(-2 * time.Hour)})
		}, warning, "schedule", "backup was due", "atocore serve"},
		"a schedule that cannot be read": {func(_ *testing.T, p *patient) {
			p.config.Schedule = func(context.Context) ([]domain.JobStatus, error) { return nil, errors.New("torn") }
		}, fault, "schedule", "torn", "set aside"},
		"a remote that does not answer": {func(_ *testing.T, p *patient) {
			p.config.Remote = func(context.Context) (string, error) { return "", domain.Unavailable("down").WithHint("look there") }
		}, fault, "off site", "down", "look there"},
		"no room for a backup": {func(_ *testing.T, p *patient) {
			p.config.Disk = tight{p.disk, map[string]int64{"/data": 1 << 40, "/data/backups": 0}}
		}, fault, "disk space", "the next backup takes 3 B, and 0 B are left", "backup.dir"},
		"no room for a restore": {func(_ *testing.T, p *patient) {
			p.config.Backups = backups{{Stamp: "20260101T000000Z", CreatedAt: p.clock.Now(), Standing: domain.StandingProven, Bytes: 1 << 30}}
			p.config.Disk = tight{p.disk, map[string]int64{"/data": 1 << 30, "/data/backups": 1 << 30}}
		}, fault, "disk space", "a restore takes 1.0 GiB, and 1.0 GiB are left", "before a restore is needed"},
		"little room": {func(_ *testing.T, p *patient) {
			p.config.Disk = tight{p.disk, map[string]int64{"/data": 1 << 20, "/data/backups": 1 << 20}}
		}, warning, "disk space", "1.0 MiB are left for /data", "make room"},
		"room for backups that cannot be told": {func(_ *testing.T, p *patient) {
			p.config.Disk = tight{p.disk, map[string]int64{"/data": 1 << 40}}
		}, warning, "disk space", "/data/backups cannot be told", "backup.dir"},
		"a staged copy":     {leftover("/data/.restore-staged-1"), warning, "leftovers", "what a killed restore had copied", "project list"},
		"trash":             {leftover("/data/.restore-trash-1"), warning, "leftovers", "had parked", "project list"},
		"a mark":            {leftover("/data/.restore-done-1"), warning, "leftovers", "mark of a restore that ended", "project list"},
		"a rollback mark":   {leftover("/data/.restore-rollback-1"), warning, "leftovers", "taken back", "project list"},
		"half a target":     {leftover("/data/.restore-target-1"), warning, "leftovers", "into a folder", "remove it"},
		"half a registry":   {leftover("/data/.projects.json.7.tmp"), warning, "leftovers", "half a registry", "next change"},
		"scratch":           {leftover("/data/.scratch-1"), warning, "leftovers", "scratch of a killed", "next proof"},
		"a damaged run log": {leftover("/data/schedule.json.damaged-1"), warning, "leftovers", "set aside", "look into it"},
		"half a backup":     {leftover("/data/backups/.building-1"), warning, "leftovers", "never finished", "backup create"},
		"half a removal":    {leftover("/data/backups/.removed-1"), warning, "leftovers", "half removed", "pruning"},
		"scratch elsewhere": {leftover("/data/backups/.scratch-1"), warning, "leftovers", "scratch", "next proof"},
		"a rollback journal": {
			func(_ *testing.T, p *patient) { p.disk.Put("/data/atocore.db-journal", "x") },
			warning, "leftovers", "atocore.db-journal lies beside", "move the file away",
		},
		"a WAL alone": {func(t *testing.T, p *patient) {
			require.NoError(t, p.disk.RemoveAll("/data/atocore.db"))
			p.disk.Put("/data/atocore.db-wal", "x")
		}, fault, "leftovers", "without its database", "keep it"},
		"a stale undo": {func(_ *testing.T, p *patient) {
			p.config.Parked = func(context.Context) (*domain.Parked, error) {
				return &domain.Parked{Folder: "/data/.restore-parked-1", Since: p.clock.Now().Add(-9 * day), Until: p.clock.Now().Add(-2 * day)}, nil
			}
		}, warning, "undo", "2 d after it expired", "--accept"},
		"an undo that cannot be read": {func(_ *testing.T, p *patient) {
			p.config.Parked = func(context.Context) (*domain.Parked, error) { return nil, errors.New("torn") }
		}, warning, "undo", "torn", "--accept"},
		"parked without a record": {leftover("/data/.restore-parked-2"), warning, "undo", "no record says", "look into it"},
	} {
		t.Run(name, func(t *testing.T) {
			p := full()
			c.harm(t, p)
			findings := p.examine(t)
			found := false
			for _, f := range findings {
				if f.Severity == domain.SeverityOK {
					assert.Empty(t, f.Remedy)
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

// tight is a disk with so much room below each path.
type tight struct {
	*portfake.Disk
	free map[string]int64
}

func (d tight) Free(path string) (int64, string, error) {
	n, ok := d.free[path]
	if !ok {
		return 0, "", errors.New("not told")
	}
	return n, "one", nil
}

// What is under way is no leftover, and what is fine is no finding.
func TestNoFindings(t *testing.T) {
	for name, prepare := range map[string]func(p *patient){
		"a backup that is being made": func(p *patient) {
			p.disk.PutFolder("/data/backups/.building-1")
			p.config.Busy = func(path string) bool { return strings.HasSuffix(path, ".building-1") }
		},
		"an undo that can be done": func(p *patient) {
			p.disk.PutFolder("/data/.restore-parked-1")
			p.config.Parked = func(context.Context) (*domain.Parked, error) {
				return &domain.Parked{Folder: "/data/.restore-parked-1", Since: p.clock.Now(), Until: p.clock.Now().Add(time.Hour)}, nil
			}
		},
		"vectors kept elsewhere": func(p *patient) {
			p.stores(func(s *doctor.Stores) {
				s.Index = func(context.Context) (doctor.Index, error) { return doctor.Index{Elsewhere: true}, nil }
			})
		},
		"a network with a token": func(p *patient) {
			p.config.Exposure = doctor.Exposure{Listen: "0.0.0.0:1", Token: "0123456789abcdef"}
		},
		"no schedule": func(p *patient) {
			p.config.Schedule = func(context.Context) ([]domain.JobStatus, error) { return nil, nil }
		},
		"no remote":         func(p *patient) { p.config.Remote = func(context.Context) (string, error) { return "", nil } },
		"backups elsewhere": func(p *patient) { p.config.BackupDir = "/mnt/none/yet" },
		"no permission bits": func(p *patient) {
			p.config.Modes = false
			_ = p.disk.WriteFile("/data/x", nil, 0o666)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := full()
			prepare(p)
			for _, f := range p.examine(t) {
				assert.Equal(t, domain.SeverityOK, f.Severity, "%+v", f)
			}
		})
	}
}

// While a restore waits to be finished, its files are no leftovers.
func TestInterruptedRestoreIsOneFinding(t *testing.T) {
	p := full()
	p.disk.Put("/data/restore.json", "{}")
	p.disk.PutFolder("/data/.restore-staged-1")
	p.disk.PutFolder("/data/.restore-parked-1")
	findings := p.examine(t)
	require.Equal(t, "restore", findings[0].Subject)
	for _, f := range findings[1:] {
		assert.Equal(t, domain.SeverityOK, f.Severity, "%+v", f)
	}
}
