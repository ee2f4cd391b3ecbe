// Package doctor looks at an installation and says what is wrong with it, worst
// first, each with its remedy. It changes nothing, and it goes on after a failure:
// a broken part is a finding, never the end of the examination.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what the service looks at. What is nil or empty is not looked at,
// except where it says otherwise.
type Config struct {
	DataDir  string   // absolute; needed
	Database string   // its name in the data directory; needed
	Journal  string   // of a restore: its name in the data directory; needed
	Private  []string // further names in the data directory that hold state: registry, Chroma tree
	// BackupDir is where the backups are; absolute.
	BackupDir string

	Disk     ports.DiskReader      // needed
	Registry ports.ProjectRegistry // needed
	Clock    ports.Clock           // needed
	// Open opens the stores as they are, without making, migrating or changing any;
	// needed.
	Open func(ctx context.Context) (Stores, error)
	// Backups lists the backups.
	Backups interface {
		List(ctx context.Context) ([]domain.BackupSummary, error)
	}
	// Judge returns how safe the state is and how the objectives that are set stand.
	Judge func(ctx context.Context) (domain.Vitals, []domain.Verdict, error)
	// Schedule returns how the jobs on the schedule stand; none is no schedule.
	Schedule func(ctx context.Context) ([]domain.JobStatus, error)
	// Remote asks the place of the copies off site whether it answers, and names it.
	Remote func(ctx context.Context) (place string, err error)
	// Notices returns what nobody could be told yet, oldest first.
	Notices func(ctx context.Context) ([]domain.PendingNotice, error)
	// Parked returns what a restore set aside, nil for nothing.
	Parked func(ctx context.Context) (*domain.Parked, error)
	// Busy tells whether a process that lives works on the hidden folder at path.
	Busy func(path string) bool
	// Modes says whether the system keeps permission bits: Windows does not.
	Modes bool

	Exposure Exposure
	Version  string    // of the program
	Schema   int64     // newest that the program knows; 0: not looked at
	Built    time.Time // when the program was; zero: not known
}

// Exposure is how the service can be reached.
type Exposure struct {
	Listen   string // "" is not looked at
	Loopback bool   // only from this machine
	Token    string // that a caller needs; "" for none
	Secrets  []string
	// Keys tells whether there are API keys; nil: there are none. It is asked where
	// nothing else protects the service.
	Keys func(context.Context) bool
}

// Stores are the opened stores.
type Stores struct {
	Documents ports.DocumentStore
	// Inspect returns in plain words all that is damaged in the database.
	Inspect func(ctx context.Context) ([]string, error)
	// Schema returns the version of the schema.
	Schema func(ctx context.Context) (int64, error)
	// Index returns how the vector index stands against the text.
	Index func(ctx context.Context) (Index, error)
	// Newest returns when something was last changed; zero for never.
	Newest func(ctx context.Context) (time.Time, error)
	Close  func() error
}

// Index is how the vector index stands against the text.
type Index struct {
	Elsewhere  bool // it is kept by another driver
	Usable     bool // it is of the configured model
	Stored     domain.EmbeddingModel
	Configured domain.EmbeddingModel
	Missing    int // texts without a vector

	// Of an index that is kept elsewhere: why it could not be asked, "" when it was;
	// what waits to be carried over to it; and what else differs from the text.
	Problem  string
	Place    string
	Waiting  int
	Orphaned int
	Stale    int
}

// Service examines one installation.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// restoreIt is the remedy for what only a backup mends.
const restoreIt = "restore it: atocore backup restore latest --confirm-service-stopped"

// examination collects findings.
type examination struct{ findings []domain.Finding }

func (e *examination) ok(subject, seen string, args ...any) {
	e.findings = append(e.findings, domain.Finding{Severity: domain.SeverityOK, Subject: subject, Problem: fmt.Sprintf(seen, args...)})
}

func (e *examination) add(s domain.Severity, subject, problem, remedy string) {
	e.findings = append(e.findings, domain.Finding{Severity: s, Subject: subject, Problem: problem, Remedy: remedy})
}

// failed makes a finding of an error, with its hint as remedy.
func (e *examination) failed(s domain.Severity, subject string, err error, remedy string) {
	problem, hint := domain.Explain(err)
	if hint != "" {
		remedy = hint
	}
	e.add(s, subject, problem, remedy)
}

// Examine returns what was found, worst first and otherwise in the order in which
// it was looked at. The error is only that of ctx.
func (s *Service) Examine(ctx context.Context) ([]domain.Finding, error) {
	var e examination
	s.exposure(ctx, &e)
	if s.dataDir(&e) {
		s.modes(&e)
		projects, readable := s.registry(ctx, &e)
		newest := s.stores(ctx, &e, projects, readable)
		list := s.backups(ctx, &e)
		s.safety(ctx, &e)
		s.space(&e, list)
		s.clock(&e, newest, list)
		s.schedule(ctx, &e)
		s.remote(ctx, &e)
		s.notices(ctx, &e)
		s.leftovers(ctx, &e)
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
