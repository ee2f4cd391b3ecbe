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
	quiet      func(ctx context.Context) (release func() error, err error)
}

// New returns the service.
func New(c Config) *Service {
	return &Service{
		store: c.Store, components: c.Components, disk: c.Disk, clock: c.Clock,
		version: c.AppVersion, workers: c.Workers, quiet: c.Quiet,
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
