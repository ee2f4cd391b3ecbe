// Package backup makes backups of the whole state, lists them, and finds every
// fault in them. It knows components only by their port: what is registered is in
// the backup, and a backup is all of it or none.
package backup

import (
	"context"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Latest is the name of the newest backup that is whole and no safety backup,
// wherever a stamp can be given.
const Latest = "latest"

// Config is what a Service is made of.
type Config struct {
	Store      ports.BackupStore
	Components []ports.Component // in the order in which they are captured
	Disk       ports.Disk
	Clock      ports.Clock
	AppVersion string
	Workers    int // files hashed at the same time; 0 means as many as there are cores
	// Probe records how the captured copy in dir, the folder of the new backup,
	// answers; Proofs keeps that with the backup. Without both, none is recorded.
	Probe  func(ctx context.Context, dir string) (domain.ProbeSet, error)
	Proofs ports.ProofStore
	// Record notes a new backup in the ledger; nil for none.
	Record func(ctx context.Context, e domain.LedgerEntry) error
	// Tell is told how every backup ended but the safety backup of a restore, which
	// is a step of that and no backup that somebody waits for. It must not block;
	// nil for nobody.
	Tell func(r domain.JobReport)
	// Quiet keeps the writers of a derived component away until release is called:
	// it and the truth are captured as of one moment. nil where there is none.
	Quiet func(ctx context.Context) (release func() error, err error)
}

// Service makes and validates backups. It is safe for concurrent use.
type Service struct {
	store      ports.BackupStore
	components []ports.Component
	disk       ports.Disk
	clock      ports.Clock
	version    string
	workers    int
	probe      func(ctx context.Context, dir string) (domain.ProbeSet, error)
	proofs     ports.ProofStore
	record     func(ctx context.Context, e domain.LedgerEntry) error
	tell       func(r domain.JobReport)
	quiet      func(ctx context.Context) (release func() error, err error)
}

// New returns the service.
func New(c Config) *Service {
	return &Service{
		store: c.Store, components: c.Components, disk: c.Disk, clock: c.Clock,
		version: c.AppVersion, workers: c.Workers, probe: c.Probe, proofs: c.Proofs, record: c.Record, tell: c.Tell, quiet: c.Quiet,
	}
}

// List returns what backups there are, newest first, broken ones included.
func (s *Service) List(ctx context.Context) ([]domain.BackupSummary, error) {
	return s.store.List(ctx)
}

// Show returns the manifest of a backup and the absolute path of its folder. name
// is a stamp or Latest. KindNotFound names the nearest stamps.
func (s *Service) Show(ctx context.Context, name string) (domain.Manifest, string, error) {
	stamp, err := s.resolve(ctx, name)
	if err != nil {
		return domain.Manifest{}, "", err
	}
	return s.store.Open(ctx, stamp)
}

// resolve turns what a person says into a stamp, in the same way as a restore.
func (s *Service) resolve(ctx context.Context, name string) (domain.Stamp, error) {
	if name != Latest {
		return domain.ParseStamp(name)
	}
	list, err := s.store.List(ctx)
	if err != nil {
		return "", err
	}
	return domain.LatestBackup(list)
}

// progress turns a component's report into one about a stage.
func progress(report func(domain.CopyProgress), stage string) func(done, total int64) {
	if report == nil {
		return nil
	}
	return func(done, total int64) { report(domain.CopyProgress{Stage: stage, Done: done, Total: total}) }
}

// now returns the present moment in UTC.
func (s *Service) now() time.Time { return s.clock.Now().UTC() }

// use keeps backups from being removed while one is looked at.
func (s *Service) use(ctx context.Context) (release func() error, err error) {
	if keeper, ok := s.store.(ports.BackupKeeper); ok {
		return keeper.Use(ctx)
	}
	return func() error { return nil }, nil
}
