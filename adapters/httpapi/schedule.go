package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/schedule"
)

type runJSON struct {
	ID      string     `json:"id"`
	Job     string     `json:"job"`
	Trigger string     `json:"trigger,omitempty" enum:"schedule,retry,catch-up,command" doc:"Why it was begun"`
	Due     *time.Time `json:"due,omitempty" doc:"The slot that it serves"`
	Until   *time.Time `json:"until,omitempty" doc:"The last slot that was missed"`
	Missed  int        `json:"missed,omitempty" doc:"How many slots were"`
	Started time.Time  `json:"started"`
	Ended   *time.Time `json:"ended,omitempty"`
	Outcome string     `json:"outcome" enum:"running,done,failed,interrupted,missed"`
	Stamp   string     `json:"stamp,omitempty" doc:"Of the backup that it was about"`
	Detail  string     `json:"detail,omitempty"`
	Problem string     `json:"problem,omitempty"`
	Remedy  string     `json:"remedy,omitempty"`
}

type jobStatusJSON struct {
	Job      string     `json:"job"`
	Schedule string     `json:"schedule" doc:"As it is configured"`
	Next     *time.Time `json:"next,omitempty" doc:"Left out when it is off, or follows another job"`
	Last     *runJSON   `json:"last,omitempty"`
	LastDone *time.Time `json:"last_done,omitempty"`
	Failures int        `json:"failures" doc:"Runs in a row that did not end well"`
	Missed   bool       `json:"missed" doc:"Since it was last done"`
}

type scheduleJSON struct {
	At   time.Time       `json:"at"`
	Jobs []jobStatusJSON `json:"jobs" nullable:"false"`
	Runs []runJSON       `json:"runs" nullable:"false" doc:"Newest first"`
}

type runJobsJSON struct {
	Jobs []string `json:"jobs,omitempty" nullable:"false" enum:"backup,prove,push,prune,drill,ingest,reinforce" doc:"These, in this order, up to the first that fails; left out: what is due"`
}

type turnJSON struct {
	Runs []runJSON `json:"runs" nullable:"false" doc:"In the order in which they ended"`
	Busy string    `json:"busy,omitempty" doc:"Why nothing was done: other unattended work, or a restore, is under way"`
}

func (s *Server) addSchedule() {
	tags := []string{"schedule"}
	register(s, huma.Operation{
		OperationID: "get-schedule", Method: http.MethodGet, Path: "/admin/schedule", Tags: tags,
		Summary: "Show when each job ran, how it went, and when it is due",
	}, s.getSchedule)
	register(s, huma.Operation{
		OperationID: "run-schedule", Method: http.MethodPost, Path: "/admin/schedule/run", Tags: tags,
		Summary: "Do what is due now, or the jobs that are named",
		Description: "That a job failed is in its run. Jobs that are named are a conflict while other unattended work is under way, " +
			"and refused during a restore.",
		Metadata: map[string]any{slow: true},
	}, s.runSchedule, http.StatusConflict)
}

type scheduleInput struct {
	Runs int `query:"runs" minimum:"0" maximum:"1000" default:"10" doc:"How many of the last runs to show"`
}

func (s *Server) getSchedule(ctx context.Context, in *scheduleInput) (*struct{ Body scheduleJSON }, error) {
	st, err := s.cfg.Schedule.Status(ctx, in.Runs)
	if err != nil {
		return nil, err
	}
	out := scheduleJSON{At: st.At, Jobs: []jobStatusJSON{}, Runs: []runJSON{}}
	for _, j := range st.Jobs {
		w := jobStatusJSON{
			Job: string(j.Job), Schedule: j.Schedule, Next: timeOrNone(j.Next), LastDone: timeOrNone(j.LastDone),
			Failures: j.Failures, Missed: j.Missed,
		}
		if j.Last != nil {
			last := toRunJSON(*j.Last)
			w.Last = &last
		}
		out.Jobs = append(out.Jobs, w)
	}
	for _, r := range st.Runs {
		out.Runs = append(out.Runs, toRunJSON(r))
	}
	return &struct{ Body scheduleJSON }{out}, nil
}

type runJobsInput struct{ Body *runJobsJSON }

func (s *Server) runSchedule(ctx context.Context, in *runJobsInput) (*struct{ Body turnJSON }, error) {
	var t schedule.Turn
	var err error
	if in.Body == nil || len(in.Body.Jobs) == 0 {
		t, err = s.cfg.Schedule.Tick(ctx)
	} else {
		var jobs []domain.Job
		for _, j := range in.Body.Jobs {
			jobs = append(jobs, domain.Job(j))
		}
		t, err = s.cfg.Schedule.Run(ctx, jobs...)
	}
	if err != nil && len(t.Runs) == 0 { // else it is in the runs
		return nil, err
	}
	out := turnJSON{Runs: []runJSON{}, Busy: t.Busy}
	for _, r := range t.Runs {
		out.Runs = append(out.Runs, toRunJSON(r))
	}
	return &struct{ Body turnJSON }{out}, nil
}

func toRunJSON(r domain.Run) runJSON {
	return runJSON{
		ID: r.ID, Job: string(r.Job), Trigger: string(r.Trigger), Due: timeOrNone(r.Due), Until: timeOrNone(r.Until), Missed: r.Missed,
		Started: r.Started, Ended: timeOrNone(r.Ended), Outcome: string(r.Outcome), Stamp: string(r.Stamp),
		Detail: r.Detail, Problem: r.Problem, Remedy: r.Remedy,
	}
}

func timeOrNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
