package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// turn is one look at the schedule by the one process that may work.
type turn struct {
	s    *Service
	ctx  context.Context //nolint:containedctx // lives as long as the call that made it
	runs []domain.Run    // oldest first
	out  Turn
}

type outcome struct {
	Turn
	busy error
}

// alone runs what while this process alone does unattended work and no restore is
// under way.
func (s *Service) alone(ctx context.Context, what func(t *turn)) (done outcome, err error) {
	var locks []func() error
	defer func() {
		for _, release := range locks {
			err = errors.Join(err, release())
		}
	}()
	for _, lock := range []func(context.Context) (func() error, error){s.cfg.Gate.Upkeep, s.cfg.Gate.Share} {
		release, err := lock(ctx)
		if k := domain.KindOf(err); k == domain.KindConflict || k == domain.KindRefused {
			return outcome{Turn: Turn{Busy: err.Error()}, busy: err}, nil
		}
		if err != nil {
			return outcome{}, fmt.Errorf("enter unattended work: %w", err)
		}
		locks = append(locks, release)
	}
	t := &turn{s: s, ctx: ctx}
	t.runs, err = s.runs(ctx)
	switch {
	case domain.KindOf(err) == domain.KindCorrupt:
		// Nothing is known of earlier runs. To work is safer than to stand still.
		t.out.Unwritten, err = err, nil
		t.runs = s.remembered(nil)
	case err != nil && ctx.Err() != nil:
		return outcome{}, err
	case err != nil:
		t.out.Unwritten, err = err, nil
		t.runs = s.remembered(nil)
	}
	what(t)
	t.tell()
	return outcome{Turn: t.out}, ctx.Err()
}

func (t *turn) now() time.Time { return t.s.cfg.Clock.Now() }

// put writes a run down, and remembers it when that fails: a full disk must not
// keep the backup, which goes to another one, from being made.
func (t *turn) put(r domain.Run) {
	found := false
	for i := range t.runs {
		if t.runs[i].ID == r.ID {
			t.runs[i], found = r, true
		}
	}
	if !found {
		t.runs = append(t.runs, r)
	}
	err := t.s.put(t.ctx, r)
	if err != nil {
		t.out.Unwritten = err
	}
}

// settle finds what an earlier process began and did not end: while we hold the
// lock, nobody is at it.
func (t *turn) settle() {
	for _, r := range t.runs {
		if r.Outcome != domain.RunRunning {
			continue
		}
		r.Outcome, r.Ended = domain.RunInterrupted, t.now()
		if r.Ended.Before(r.Started) {
			r.Ended = r.Started
		}
		r.Problem = "its process ended before it did"
		r.Remedy = "nothing needs to be done if it does not happen again: it is done anew"
		t.put(r)
		t.out.Runs = append(t.out.Runs, r)
	}
}

// notice settles what was left behind, puts new jobs on the schedule, and records
// what was missed.
func (t *turn) notice() {
	t.settle()
	for _, task := range t.s.cfg.Tasks {
		if task.off() {
			continue
		}
		if _, ok := t.base(task.Job); !ok {
			t.put(domain.Run{
				ID: t.s.cfg.IDs.NewID(), Job: task.Job, Started: t.now(), Ended: t.now(), Outcome: domain.RunEnabled, Told: true,
			})
		}
		if m, ok := t.missed(task); ok {
			t.put(m)
			t.out.Runs = append(t.out.Runs, m)
		}
	}
}

// run does one job and returns its error.
func (t *turn) run(task Task, due moment) error {
	r := domain.Run{
		ID: t.s.cfg.IDs.NewID(), Job: task.Job, Trigger: due.trigger, Due: due.slot, Started: t.now(), Outcome: domain.RunRunning,
	}
	t.put(r)
	res, err := task.Run(t.ctx)
	r.Ended, r.Stamp, r.Detail = t.now(), res.Stamp, res.Detail
	switch {
	case err == nil:
		r.Outcome, r.Told = domain.RunDone, res.Nothing
	case t.ctx.Err() != nil:
		// The service is being stopped. The next start does it again; nobody is woken.
		r.Outcome, r.Problem, r.Told = domain.RunInterrupted, "the program was stopped", true
	default:
		r.Outcome = domain.RunFailed
		r.Problem, r.Remedy = domain.Explain(err)
		// Somebody is in the way: that passes, and is told when it lasts beyond the grace.
		r.Told = domain.KindOf(err) == domain.KindConflict
	}
	t.put(r)
	t.out.Runs = append(t.out.Runs, r)
	return err
}

// tell says what has not been said: to the ledger what was missed, to whoever
// listens how everything ended. What could not be said is said the next time.
func (t *turn) tell() {
	ctx := context.WithoutCancel(t.ctx)
	for _, r := range append([]domain.Run(nil), t.runs...) {
		if r.Told || r.Outcome == domain.RunRunning || r.Outcome == domain.RunEnabled {
			continue
		}
		if r.Outcome == domain.RunMissed && t.s.cfg.Missed != nil {
			if err := t.s.cfg.Missed(ctx, missedEntry(r)); err != nil {
				t.out.Unwritten = errors.Join(t.out.Unwritten, err)
				continue
			}
		}
		if t.s.cfg.Tell != nil {
			if err := t.s.cfg.Tell(ctx, report(r)); err != nil {
				continue
			}
		}
		r.Told = true
		t.put(r)
	}
}

func missedEntry(r domain.Run) domain.LedgerEntry {
	return domain.LedgerEntry{
		At: r.Started, Kind: domain.LedgerMissed, Outcome: domain.LedgerFailed,
		Details: map[string]string{
			"job": string(r.Job), "due": r.Due.Format(time.RFC3339), "until": r.Until.Format(time.RFC3339),
			"times": fmt.Sprint(r.Missed), "problem": r.Problem,
		},
	}
}

func report(r domain.Run) domain.JobReport {
	return domain.JobReport{
		Job: r.Job, Stamp: r.Stamp, Started: r.Started, Took: max(0, r.Ended.Sub(r.Started)),
		Summary: r.Detail, Problem: r.Problem, Remedy: r.Remedy, Schedule: true,
	}
}

// put writes one run down or remembers it, and with it what was remembered before.
func (s *Service) put(ctx context.Context, r domain.Run) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.extra[r.ID] = r
	ctx = context.WithoutCancel(ctx) // what happened is written down also at the end
	for id, waiting := range s.extra {
		if err := s.cfg.Log.Put(ctx, waiting); err != nil {
			return err
		}
		delete(s.extra, id)
	}
	return nil
}

// runs returns what is written down, and what could not be, oldest first.
func (s *Service) runs(ctx context.Context) ([]domain.Run, error) {
	runs, err := s.cfg.Log.Runs(ctx)
	if err != nil {
		return nil, err
	}
	return s.remembered(runs), nil
}

func (s *Service) remembered(runs []domain.Run) []domain.Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[string]bool{}
	for i, r := range runs {
		seen[r.ID] = true
		if later, ok := s.extra[r.ID]; ok {
			runs[i] = later
		}
	}
	for id, r := range s.extra {
		if !seen[id] {
			runs = append(runs, r)
		}
	}
	return runs
}
