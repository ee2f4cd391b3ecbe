package schedule

import (
	"context"
	"time"

	"github.com/atocore/atocore/domain"
)

// Status is how the schedule stands.
type Status struct {
	At   time.Time
	Jobs []domain.JobStatus
	Runs []domain.Run // newest first, without those that only say since when
}

// Status looks without changing anything. limit bounds how many runs it returns.
func (s *Service) Status(ctx context.Context, limit int) (Status, error) {
	runs, err := s.runs(ctx)
	if err != nil {
		return Status{}, err
	}
	t := &turn{s: s, ctx: ctx, runs: runs}
	out := Status{At: t.now()}
	for _, task := range s.cfg.Tasks {
		out.Jobs = append(out.Jobs, t.status(task))
	}
	for i := len(runs) - 1; i >= 0 && len(out.Runs) < limit; i-- {
		if runs[i].Outcome != domain.RunEnabled {
			out.Runs = append(out.Runs, runs[i])
		}
	}
	return out, nil
}

func (t *turn) status(task Task) domain.JobStatus {
	st := domain.JobStatus{Job: task.Job, Schedule: task.Text, After: task.After}
	if m, ok := t.due(task); ok {
		st.Next = m.at
	}
	if r, ok := domain.LastRun(t.runs, task.Job, t.now(), func(r domain.Run) bool {
		return r.Outcome != domain.RunEnabled && r.Outcome != domain.RunMissed
	}); ok {
		st.Last = &r
	}
	done, ok := domain.LastRun(t.runs, task.Job, t.now(), isDone)
	if ok {
		st.LastDone = done.Ended
	}
	base, _ := t.base(task.Job)
	st.Failures, _ = t.failures(task.Job, base)
	if missed, ok := domain.LastRun(t.runs, task.Job, t.now(), func(r domain.Run) bool { return r.Outcome == domain.RunMissed }); ok {
		st.Missed = !missed.Started.Before(base.Started) && missed.Until.After(base.Started)
	}
	return st
}
