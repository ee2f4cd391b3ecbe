package cli

import (
	"context"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/schedule"
)

func scheduleCommand(s *shell) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "schedule",
		Short: "What runs by itself, and how it went",
		Long: `A running service makes backups, proves and prunes them, and runs drills by itself,
at the times set below automation. What was missed is caught up, recorded and told.`,
	})
	s.settings(cmd, true, "automation.", "backup.")
	cmd.AddCommand(scheduleStatusCommand(s), scheduleRunCommand(s))
	return cmd
}

func scheduleStatusCommand(s *shell) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show when each job ran, how it went, and when it is due",
		Long: `Shows every job of the schedule, and the last runs, missed ones included. It opens
no store, and may be asked beside a running service. That something went wrong is in
the answer and leaves the exit code 0; doctor judges.`,
		Example: `  atocore schedule status
  atocore schedule status --runs 50 --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return usage(cmd, "--runs takes a number from 0")
			}
			return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
				st, err := on.Schedule.Status(ctx, limit)
				if err != nil {
					return err
				}
				return s.showSchedule(st)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "runs", 10, "how many of the last runs to show")
	return cmd
}

func scheduleRunCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Do what is due now, once",
		Long: `Looks at the schedule as the service does, and does what is due: for a timer of
systemd or cron where no service runs. Nothing due is done, and exit code 0; while
other unattended work or a restore is under way it is, too. Projects are refreshed
by schedule in the service alone.`,
		Example: `  atocore schedule run
  atocore schedule run --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedState, func(ctx context.Context, on *Services) error {
				t, err := on.Schedule.Tick(ctx)
				if err != nil {
					return err
				}
				return s.showTurn(t, "nothing is due")
			})
		},
	}
}

func backupRunCommand(s *shell) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Back up, validate, prove and prune, as by schedule",
		Long: `Does now what the service does by schedule: makes a backup of kind scheduled,
validates it, proves it and prunes (unless automation.prove or automation.prune is
off), ends at the first of these that fails, and records all of it. For a timer of
systemd or cron. Never two at once, and never during a restore: then it says so with
exit code 1 or 4.`,
		Example: `  atocore backup run
  atocore backup run --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedState, func(ctx context.Context, on *Services) error {
				t, err := on.Schedule.Run(ctx, on.Schedule.Round()...)
				if err != nil && len(t.Runs) == 0 {
					return err
				}
				if shown := s.showTurn(t, "nothing was done"); shown != nil {
					return shown
				}
				return err
			})
		},
	}
	return cmd
}

type runView struct {
	ID      string     `json:"id"`
	Job     string     `json:"job"`
	Trigger string     `json:"trigger,omitempty"`
	Due     *time.Time `json:"due,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
	Missed  int        `json:"missed,omitempty"`
	Started time.Time  `json:"started"`
	Ended   *time.Time `json:"ended,omitempty"`
	Outcome string     `json:"outcome"`
	Stamp   string     `json:"stamp,omitempty"`
	Detail  string     `json:"detail,omitempty"`
	Problem string     `json:"problem,omitempty"`
	Remedy  string     `json:"remedy,omitempty"`
}

type jobView struct {
	Job      string     `json:"job"`
	Schedule string     `json:"schedule"`
	Next     *time.Time `json:"next,omitempty"`
	Last     *runView   `json:"last,omitempty"`
	LastDone *time.Time `json:"last_done,omitempty"`
	Failures int        `json:"failures"`
	Missed   bool       `json:"missed"`
}

func timeOrNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func viewRun(r domain.Run) runView {
	return runView{
		ID: r.ID, Job: string(r.Job), Trigger: string(r.Trigger), Due: timeOrNone(r.Due), Until: timeOrNone(r.Until), Missed: r.Missed,
		Started: r.Started, Ended: timeOrNone(r.Ended), Outcome: string(r.Outcome), Stamp: string(r.Stamp),
		Detail: r.Detail, Problem: r.Problem, Remedy: r.Remedy,
	}
}

// runRow is a run as a line of a table.
func runRow(r domain.Run) []string {
	what := r.Detail
	if r.Problem != "" {
		what = r.Problem
	}
	if r.Stamp != "" {
		what = string(r.Stamp) + " " + what
	}
	took := ""
	if !r.Ended.IsZero() {
		took = r.Ended.Sub(r.Started).Round(time.Millisecond).String()
	}
	return []string{r.Started.Local().Format("2006-01-02 15:04:05"), string(r.Job), string(r.Outcome), took, what}
}

var runHeader = []string{"WHEN", "JOB", "OUTCOME", "TOOK", "WHAT"}

func (s *shell) showTurn(t schedule.Turn, nothing string) error {
	view := struct {
		Runs []runView `json:"runs"`
		Busy string    `json:"busy,omitempty"`
	}{Runs: []runView{}, Busy: t.Busy}
	var rows [][]string
	for _, r := range t.Runs {
		view.Runs = append(view.Runs, viewRun(r))
		rows = append(rows, runRow(r))
	}
	err := s.result(view, func(p *printer) {
		if len(rows) > 0 {
			p.table(runHeader, rows)
		}
	})
	switch {
	case t.Unwritten != nil:
		s.note("note: it could not all be written down: %v", t.Unwritten)
	case s.json:
	case t.Busy != "":
		s.note("%s", t.Busy)
	case len(rows) == 0:
		s.note("%s", nothing)
	}
	return err
}

func (s *shell) showSchedule(st schedule.Status) error {
	view := struct {
		At   time.Time `json:"at"`
		Jobs []jobView `json:"jobs"`
		Runs []runView `json:"runs"`
	}{At: st.At, Jobs: []jobView{}, Runs: []runView{}}
	var jobs, runs [][]string
	for _, j := range st.Jobs {
		v := jobView{
			Job: string(j.Job), Schedule: j.Schedule, Next: timeOrNone(j.Next), LastDone: timeOrNone(j.LastDone), Failures: j.Failures, Missed: j.Missed,
		}
		if j.Last != nil {
			last := viewRun(*j.Last)
			v.Last = &last
		}
		view.Jobs = append(view.Jobs, v)
		jobs = append(jobs, []string{v.Job, v.Schedule, dueText(j, st.At), doneText(j), stateText(j)})
	}
	for _, r := range st.Runs {
		view.Runs = append(view.Runs, viewRun(r))
		runs = append(runs, runRow(r))
	}
	return s.result(view, func(p *printer) {
		p.table([]string{"JOB", "SCHEDULE", "NEXT", "LAST DONE", "STATE"}, jobs)
		if len(runs) > 0 {
			p.line("")
			p.table(runHeader, runs)
		}
	})
}

func dueText(j domain.JobStatus, now time.Time) string {
	switch {
	case j.Schedule == "off":
		return "never"
	case j.Next.IsZero():
		return "after the next " + string(j.After)
	case !j.Next.After(now):
		return "now"
	}
	return j.Next.Local().Format("2006-01-02 15:04")
}

func doneText(j domain.JobStatus) string {
	if j.LastDone.IsZero() {
		return "never"
	}
	return humanize.Time(j.LastDone)
}

func stateText(j domain.JobStatus) string {
	switch {
	case j.Failures > 0:
		return counted(j.Failures, "failure") + ": " + j.Last.Problem
	case j.Missed:
		return "missed"
	case j.Last != nil && j.Last.Outcome == domain.RunRunning:
		return "running"
	}
	return "ok"
}
