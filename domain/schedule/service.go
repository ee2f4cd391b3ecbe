// Package schedule is the use case of doing the work that nobody watches: backups,
// proofs, copies off site, prunings, drills, refreshes. It decides from what is
// written down, not from timers in memory, so that a run that was missed while the
// machine was off is caught up, one that was killed is done again, and whatever was
// due and not done is recorded and told.
//
// A clock may jump. Runs from its future are passed over when the next one is
// reckoned, so that a clock that was a year ahead for a minute does not stop the
// backups for a year.
package schedule

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Result is what a job says of its run.
type Result struct {
	Stamp  domain.Stamp // of the backup that it was about
	Detail string       // on one line, what was done
	// Nothing says that there was nothing to do: the run counts, nobody is told.
	Nothing bool
}

// Task is a job on the schedule and how it is done.
type Task struct {
	domain.JobSchedule
	Run func(ctx context.Context) (Result, error)
	// Allowed says what stands against the job now, nil for nothing: the gate of
	// automation. It may be nil.
	Allowed func(ctx context.Context) error
}

// Config is what a Service is made of. Tasks run in their order. Log, Gate, Clock
// and IDs are needed.
type Config struct {
	Tasks []Task
	Log   ports.RunLog
	Gate  ports.Gate
	Clock ports.Clock
	IDs   ports.IDs
	// Missed notes in the ledger what was due and was not done. It may be nil.
	Missed func(ctx context.Context, e domain.LedgerEntry) error
	// Tell raises an alert, or takes one back, by how a job ended. An error means
	// that nobody heard it, and it is tried again. It may be nil.
	Tell func(ctx context.Context, r domain.JobReport) error

	Jitter time.Duration // at most so much after its slot a job begins
	Seed   string        // what makes the jitter of this installation
	Grace  time.Duration // how late a job may be before it counts as missed; 0 means an hour
}

// Service keeps the schedule. It is safe for concurrent use; of all processes on
// the data directory, one at a time works.
type Service struct {
	cfg Config

	mu    sync.Mutex
	extra map[string]domain.Run // runs that could not be written down, by ID
}

// New returns the service.
func New(c Config) *Service {
	if c.Grace <= 0 {
		c.Grace = time.Hour
	}
	return &Service{cfg: c, extra: map[string]domain.Run{}}
}

// Turn is what one look at the schedule led to.
type Turn struct {
	Runs []domain.Run // in the order in which they ended, missed ones included
	// Busy says why nothing was done: other unattended work or a restore is under
	// way. The next look finds what is due.
	Busy string
	// Unwritten is why the log of runs could not be kept; the work was done.
	Unwritten error
}

// Tick does everything that is due, tells what was missed, and returns. That a job
// failed is in its run, and no error.
func (s *Service) Tick(ctx context.Context) (Turn, error) {
	done, err := s.alone(ctx, func(t *turn) {
		t.notice()
		for _, task := range s.cfg.Tasks {
			if ctx.Err() != nil {
				return
			}
			due, ok := t.due(task)
			if ok && !due.at.After(t.now()) && allowed(ctx, task) == nil {
				_ = t.run(task, due) // it is in its run
			}
		}
	})
	return done.Turn, err
}

// Run does the jobs now, in this order, whatever the schedule says, and ends at
// the first that fails. KindInvalid for a job that is not on the schedule, and
// nothing is done. KindConflict or KindRefused when other unattended work or
// a restore is under way. The error of the job is returned.
func (s *Service) Run(ctx context.Context, jobs ...domain.Job) (Turn, error) {
	for _, job := range jobs {
		if !slices.ContainsFunc(s.cfg.Tasks, func(task Task) bool { return task.Job == job }) {
			return Turn{}, s.unknown(job)
		}
	}
	var failed error
	done, err := s.alone(ctx, func(t *turn) {
		t.settle()
		for _, job := range jobs {
			i := slices.IndexFunc(s.cfg.Tasks, func(task Task) bool { return task.Job == job })
			if failed = allowed(ctx, s.cfg.Tasks[i]); failed != nil {
				return
			}
			if failed = t.run(s.cfg.Tasks[i], moment{at: t.now(), trigger: domain.TriggerCommand}); failed != nil {
				return
			}
		}
	})
	if err == nil && done.busy != nil {
		err = done.busy
	}
	return done.Turn, errors.Join(err, failed)
}

func (s *Service) unknown(job domain.Job) error {
	var known []string
	for _, task := range s.cfg.Tasks {
		known = append(known, string(task.Job))
	}
	return domain.Invalid("there is no job %q on the schedule", job).WithField("jobs").
		WithHint("its jobs are %s", strings.Join(known, ", "))
}

func allowed(ctx context.Context, task Task) error {
	if task.Allowed == nil {
		return nil
	}
	return task.Allowed(ctx)
}

// Failure says why the newest backup or proof failed; "" when it did not. What the
// log cannot tell is an error: then nothing should be removed.
func (s *Service) Failure(ctx context.Context) (string, error) {
	runs, err := s.runs(ctx)
	if err != nil {
		return "", err
	}
	return domain.BackupFailure(runs, s.cfg.Clock.Now()), nil
}

// Round returns the jobs that make a backup and see to it: backup, prove and prune,
// without those that are on no schedule, but always the backup.
func (s *Service) Round() []domain.Job {
	var out []domain.Job
	for _, task := range s.cfg.Tasks {
		switch task.Job {
		case domain.JobBackup:
			out = append(out, task.Job)
		case domain.JobProve, domain.JobPush, domain.JobPrune:
			if !task.off() {
				out = append(out, task.Job)
			}
		case domain.JobDrill, domain.JobIngest, domain.JobReinforce:
		}
	}
	return out
}
