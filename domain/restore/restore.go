// Package restore puts a backup in the place of the live state, so that whatever
// happens meanwhile ends in exactly the old state or exactly the new one.
//
// The way there is the list in steps.go. Up to the commit point only copies beside
// the live data are made. The commit point is a journal, restore.json in the data
// directory; after it there are only renames within one file system, each of which
// can be found done or not done, so that any process can go on from anywhere
// (moves.go, recover.go). What was live is parked, not deleted, until it is
// accepted, replaced by the next restore, or expired (parked.go).
package restore

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Latest names the newest backup in place of a stamp.
const Latest = "latest"

// DefaultKeepParked is how long the instant undo is kept.
const DefaultKeepParked = 7 * 24 * time.Hour

const fileMode = 0o600

// Config is what a Service needs. Everything must be set except where it says
// otherwise.
type Config struct {
	DataDir string // absolute path
	// Components returns the components that live in a data directory: DataDir's
	// own, or those that a restore into another folder makes.
	Components func(dataDir string) []ports.Component
	Disk       ports.Disk
	Store      ports.BackupStore
	Gate       ports.Gate // the gate of DataDir
	Clock      ports.Clock
	// Look looks for the faults of a backup that show without its content being read.
	Look func(ctx context.Context, stamp domain.Stamp) ([]domain.Fault, error)
	// Validate looks for every fault of a backup.
	Validate func(ctx context.Context, stamp domain.Stamp, report func(domain.CopyProgress)) ([]domain.Fault, error)
	// BackUp makes the safety backup, of kind pre-restore. It is called while this
	// process holds the stores' lock alone.
	BackUp func(ctx context.Context, report func(domain.CopyProgress)) (domain.Manifest, error)
	// Record notes in the ledger what took the place of the live state; nil for none.
	Record func(ctx context.Context, e domain.LedgerEntry) error
	// KeepParked is how long what was parked is kept; 0 means DefaultKeepParked.
	KeepParked time.Duration
	// Patience is how long Enter and Recover wait for another process that is just
	// recovering; 0 means two seconds.
	Patience time.Duration
}

// Service restores backups. Make it with New.
type Service struct {
	cfg    Config
	broken broken
}

// New returns a Service.
func New(cfg Config) *Service {
	if cfg.KeepParked == 0 {
		cfg.KeepParked = DefaultKeepParked
	}
	if cfg.Patience == 0 {
		cfg.Patience = 2 * time.Second
	}
	return &Service{cfg: cfg}
}

// Request says what to restore, and how.
type Request struct {
	Name         string // a stamp, or Latest
	Confirmed    bool   // the operator said that the service is stopped
	Target       string // restore into this folder instead; it must not exist or be empty
	IncludeIndex *bool  // derived components: nil for whatever the backup holds
	SkipSafety   bool   // make no safety backup
}

// Restore puts the backup in the place of the live state, or builds a data
// directory in req.Target. Everything that stands against it is KindRefused, all
// of it in one error; a backup with faults is KindCorrupt. Unless the error is
// KindUnavailable and says that the restore is half-way, the state is what it was.
func (s *Service) Restore(ctx context.Context, req Request, report func(domain.CopyProgress)) (domain.RestoreResult, error) {
	began := s.cfg.Clock.Now()
	r := s.newRun(req, report)
	release, err := s.use(ctx)
	if err != nil {
		return domain.RestoreResult{}, err
	}
	defer func() { _ = release() }() // the lock ends with the process in any case
	if req.Target != "" {
		err = r.restoreElsewhere(ctx)
	} else {
		defer r.unlock()
		err = r.execute(ctx, restoreSteps())
	}
	took := s.cfg.Clock.Now().Sub(began)
	if req.Target == "" {
		r.record(ctx, took, err)
	}
	if err != nil {
		return domain.RestoreResult{}, err
	}
	res := r.result()
	res.Took = took
	return res, nil
}

// use keeps backups from being removed while one is restored.
func (s *Service) use(ctx context.Context) (release func() error, err error) {
	if keeper, ok := s.cfg.Store.(ports.BackupKeeper); ok {
		return keeper.Use(ctx)
	}
	return func() error { return nil }, nil
}

// run is one restore, undo or recovery under way.
type run struct {
	s         *Service
	req       Request
	report    func(domain.CopyProgress)
	release   func() error // of the lock, nil when it is not held
	readBack  bool         // what is installed has to be read back: another process staged it, or nobody did
	manifest  domain.Manifest
	backupDir string
	parts     []part
	safety    domain.Stamp
	notes     []string
	j         journal
	committed bool // there may be a journal
	parkedTo  string
	until     time.Time
}

// part is what happens to one component.
type part struct {
	component ports.Component
	places    []ports.Place
	entry     domain.ComponentEntry // as the backup has it
	action    domain.RestoreAction
}

func (s *Service) newRun(req Request, report func(domain.CopyProgress)) *run {
	if report == nil {
		report = func(domain.CopyProgress) {}
	}
	return &run{s: s, req: req, report: report}
}

func (r *run) unlock() {
	if r.release != nil {
		_ = r.release() // the lock ends with the process in any case
		r.release = nil
	}
}

func (r *run) result() domain.RestoreResult {
	return domain.RestoreResult{
		Stamp: r.j.Stamp, Target: r.req.Target, Components: r.summary(), SafetyBackup: r.safety,
		Parked: r.parkedTo, UndoUntil: r.until, Notes: r.notes,
	}
}

func (r *run) summary() []domain.RestoreComponent {
	out := make([]domain.RestoreComponent, 0, len(r.parts))
	for _, p := range r.parts {
		c := domain.RestoreComponent{Name: p.entry.Name, Action: p.action}
		if p.action == domain.RestoreReplace {
			c.Files, c.Bytes = len(p.entry.Files), p.entry.Bytes()
		}
		for _, place := range p.places {
			if place.Captured != "" {
				c.Places = append(c.Places, r.named(place.Live))
			}
		}
		out = append(out, c)
	}
	return out
}

// named returns where a place is when all is done: a folder that is built under a
// hidden name gets its own at the end.
func (r *run) named(path string) string {
	if r.req.Target == "" || len(r.j.Staged) == 0 {
		return path
	}
	if below, ok := strings.CutPrefix(path, r.j.Staged[0]+string(filepath.Separator)); ok {
		return filepath.Join(r.req.Target, below)
	}
	return path
}

// broken lets the tests take a rule of the protocol away, to see that they notice.
type broken struct {
	skipSync  func(dir string) bool
	lastFirst bool
}

func (b broken) skipsSync(dir string) bool { return b.skipSync != nil && b.skipSync(dir) }

func (b broken) order(first, second bool) []bool {
	if b.lastFirst {
		first, second = second, first
	}
	return []bool{first, second}
}
