// Package drill rehearses a restore, the way that docs/backup-restore-drill.md does
// by hand, on a copy of the real state in scratch: a marker is written, backed up
// and taken away again, and the restore has to bring it back. Then the drill damages
// its own backup in every way that it knows, and each time the restore has to
// refuse.
//
// The live state is captured as for a backup, and not touched otherwise.
package drill

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// copies is how many times the size of the state a drill takes at most, beside the
// first copy: the rehearsed state, its backup, the safety backup, what a restore
// stages, and what it parks.
const copies = 5

// spare is what must be left on the disk beside the copies, in bytes.
const spare = 64 << 20

// Config is what a Service needs. Everything must be set except where it says
// otherwise.
type Config struct {
	Scratch  ports.Scratch
	Saboteur ports.Saboteur
	Disk     ports.Disk
	Clock    ports.Clock
	IDs      ports.IDs
	// CaptureLive makes a backup of the live state in backupDir.
	CaptureLive func(ctx context.Context, backupDir string, report func(domain.CopyProgress)) (domain.Manifest, error)
	// Install puts the program together on other folders, in scratch.
	Install func(dataDir, backupDir string) Installation
	// Observe records how a state answers, with the questions of like or its own.
	Observe    func(ctx context.Context, s ports.State, like *domain.ProbeSet) (domain.ProbeSet, error)
	AppVersion string
	// History returns the entries of the ledger, for the trend; nil for none.
	History func(ctx context.Context) ([]domain.LedgerEntry, error)
	// Record notes the drill in the ledger; nil for none.
	Record func(ctx context.Context, e domain.LedgerEntry) error
	// Tell is told how every drill ended; it must not block. nil for nobody.
	Tell func(r domain.JobReport)
}

// Installation is the program on a data directory in scratch.
type Installation struct {
	// BackUp makes a backup and returns its folder.
	BackUp func(ctx context.Context, report func(domain.CopyProgress)) (m domain.Manifest, dir string, err error)
	// Restore puts a backup in the place of the state, with a safety backup.
	Restore func(ctx context.Context, stamp domain.Stamp, report func(domain.CopyProgress)) (domain.RestoreResult, error)
	// RestoreInto restores into a folder that does not exist; the faults are those
	// that kept it from doing so.
	RestoreInto func(ctx context.Context, stamp domain.Stamp, target string, report func(domain.CopyProgress)) (domain.RestoreResult, []domain.Fault, error)
	// Undo puts back what the restore replaced.
	Undo func(ctx context.Context) error
	// Open opens the data directory as a service does; OpenBackup the captured copy
	// of a backup.
	Open       func(ctx context.Context) (ports.State, error)
	OpenBackup func(ctx context.Context, stamp domain.Stamp) (ports.State, error)
	// Sidecars are the files that may lie beside the database.
	Sidecars []string
}

// Service runs drills. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(c Config) *Service { return &Service{cfg: c} }

// Run runs a drill. One that fails is no error: its report says at which step, and
// what was not noticed. The error is for what kept it from being held at all (no
// state, no room, ctx ended), and then nothing is noted.
func (s *Service) Run(ctx context.Context, report func(domain.CopyProgress)) (domain.Drill, error) {
	began := s.cfg.Clock.Now()
	d, err := s.hold(ctx, report)
	s.tell(began, d, err)
	return d, err
}

func (s *Service) hold(ctx context.Context, report func(domain.CopyProgress)) (domain.Drill, error) {
	if report == nil {
		report = func(domain.CopyProgress) {}
	}
	dir, release, err := s.cfg.Scratch.Take(ctx)
	if err != nil {
		return domain.Drill{}, fmt.Errorf("drill: %w", err)
	}
	r := &run{s: s, dir: dir, report: report}
	r.d = domain.Drill{At: s.cfg.Clock.Now(), AppVersion: s.cfg.AppVersion}
	err = r.hold(ctx)
	err = errors.Join(err, ctx.Err())
	if rerr := release(); rerr != nil && err == nil {
		r.d.Steps = append(r.d.Steps, domain.DrillStep{
			Name: "clean up", Passed: true, Detail: "scratch could not be removed and is swept by the next run: " + rerr.Error(),
		})
	}
	if err != nil {
		return domain.Drill{}, fmt.Errorf("drill: %w", err)
	}
	d := &r.d
	d.Took, d.Passed = s.cfg.Clock.Now().Sub(d.At), passed(r.d)
	past, err := s.past(ctx)
	if err != nil {
		return domain.Drill{}, fmt.Errorf("drill: read the ledger for the trend: %w", err)
	}
	d.History = append(past, pointOf(*d))
	if s.cfg.Record != nil {
		if err := s.cfg.Record(ctx, entryOf(*d)); err != nil {
			return *d, fmt.Errorf("drill: note it in the ledger: %w", err)
		}
	}
	return *d, nil
}

func passed(d domain.Drill) bool {
	for _, step := range d.Steps {
		if !step.Passed {
			return false
		}
	}
	noticed, all := d.Detected()
	return len(d.Steps) > 0 && all > 0 && noticed == all
}

// run is one drill under way.
type run struct {
	s      *Service
	dir    string // scratch
	report func(domain.CopyProgress)
	d      domain.Drill

	on       Installation
	marker   domain.Memory
	mutation domain.Memory
	project  string // registered by the mutation
	baseline domain.ProbeSet
	stamp    domain.Stamp
	backup   string          // folder of that backup
	manifest domain.Manifest // of that backup
	top      []string        // files of the backup that belong to no component
	stale    map[string]string
	safety   domain.Stamp
}

// errKept is what keeps a drill from being held, and no failure of it.
type errKept struct{ error }

func (e errKept) Unwrap() error { return e.error }

// hold goes through the steps up to the first that fails.
func (r *run) hold(ctx context.Context) error {
	for _, step := range []struct {
		name string
		do   func(*run, context.Context) (detail string, err error)
	}{
		{"copy the real state into scratch", (*run).copyLive},
		{"write a marker", (*run).mark},
		{stepBackup, (*run).backUp},
		{"change the state after the backup", (*run).mutate},
		{"leave a stale log beside the database", (*run).plantStale},
		{stepRestore, (*run).restore},
		{"the marker is back, the change is gone, the answers are the same", (*run).checkRestored},
		{"the safety backup holds the change", (*run).checkSafety},
		{"undo the restore: the change is back", (*run).undo},
		{"damage the backup in every way known", (*run).sabotage},
		{"with the damage repaired, it restores again", (*run).restoreRepaired},
	} {
		began := r.s.cfg.Clock.Now()
		r.report(domain.CopyProgress{Stage: step.name})
		detail, err := step.do(r, ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var kept errKept
		if errors.As(err, &kept) {
			return err
		}
		done := domain.DrillStep{Name: step.name, Passed: err == nil, Detail: detail, Took: r.s.cfg.Clock.Now().Sub(began)}
		if err != nil {
			done.Detail = err.Error()
		}
		r.d.Steps = append(r.d.Steps, done)
		if err != nil {
			return nil
		}
	}
	return nil
}

// The steps whose time is part of the trend.
const (
	stepBackup  = "back it up"
	stepRestore = "restore the backup"
)

func pointOf(d domain.Drill) domain.DrillPoint {
	p := domain.DrillPoint{At: d.At, Passed: d.Passed, Took: d.Took, Bytes: d.Bytes}
	p.Detected, p.Damages = d.Detected()
	for _, step := range d.Steps {
		switch step.Name {
		case stepBackup:
			p.Backup = step.Took
		case stepRestore:
			p.Restore = step.Took
		}
	}
	return p
}

// entryOf is the ledger's entry of a drill, from which pastOf makes the point again.
func entryOf(d domain.Drill) domain.LedgerEntry {
	p := pointOf(d)
	e := domain.LedgerEntry{
		Kind: domain.LedgerDrill, Outcome: domain.LedgerPassed, Took: d.Took,
		Details: map[string]string{
			"began": d.At.UTC().Format(time.RFC3339Nano), "bytes": strconv.FormatInt(p.Bytes, 10),
			"backup_seconds":  strconv.FormatFloat(p.Backup.Seconds(), 'f', 6, 64),
			"restore_seconds": strconv.FormatFloat(p.Restore.Seconds(), 'f', 6, 64),
			"corruptions":     strconv.Itoa(p.Damages), "detected": strconv.Itoa(p.Detected),
		},
	}
	if !d.Passed {
		e.Outcome = domain.LedgerFailed
		maps.Copy(e.Details, map[string]string{"problem": Problem(d)})
	}
	return e
}

// Problem says on one line why a drill failed; "" when it passed.
func Problem(d domain.Drill) string {
	for _, step := range d.Steps {
		if !step.Passed {
			return step.Name + ": " + step.Detail
		}
	}
	if noticed, all := d.Detected(); noticed < all {
		return fmt.Sprintf("%d of %d corruptions were not noticed", all-noticed, all)
	}
	return ""
}

func (s *Service) past(ctx context.Context) ([]domain.DrillPoint, error) {
	if s.cfg.History == nil {
		return nil, nil
	}
	entries, err := s.cfg.History(ctx)
	if err != nil {
		return nil, err
	}
	var out []domain.DrillPoint
	for _, e := range entries {
		if e.Kind != domain.LedgerDrill {
			continue
		}
		p := domain.DrillPoint{At: e.At, Passed: e.Outcome == domain.LedgerPassed, Took: e.Took}
		if at, err := time.Parse(time.RFC3339Nano, e.Details["began"]); err == nil {
			p.At = at
		}
		// What is missing or not a number stays 0: an entry may be of another version.
		p.Bytes, _ = strconv.ParseInt(e.Details["bytes"], 10, 64)
		p.Backup, p.Restore = secondsOf(e.Details["backup_seconds"]), secondsOf(e.Details["restore_seconds"])
		p.Damages, _ = strconv.Atoi(e.Details["corruptions"])
		p.Detected, _ = strconv.Atoi(e.Details["detected"])
		out = append(out, p)
	}
	return out, nil
}

func secondsOf(text string) time.Duration {
	s, _ := strconv.ParseFloat(text, 64)
	return time.Duration(s * float64(time.Second))
}
