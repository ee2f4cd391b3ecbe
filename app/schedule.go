package app

import (
	"context"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/atocore/atocore/adapters/cron"
	"github.com/atocore/atocore/adapters/httpapi"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/runlog"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/retention"
	"github.com/atocore/atocore/domain/schedule"
)

// How schedules are written besides the notation of cron.
const (
	scheduleOff = "off"
	afterBackup = "after-backup"
)

// schedules reads when the jobs run, in the order in which they follow each other.
// Those that are off are there, without a time.
func schedules(s *configs.Settings) ([]domain.JobSchedule, error) {
	a := s.Automation
	out := []domain.JobSchedule{
		{Job: domain.JobBackup, Text: a.Backup},
		{Job: domain.JobProve, Text: a.Prove},
		{Job: domain.JobPush, Text: a.Push},
		{Job: domain.JobPrune, Text: a.Prune},
		{Job: domain.JobDrill, Text: a.Drill},
		{Job: domain.JobIngest, Text: a.Ingest},
		{Job: domain.JobReinforce, Text: a.Reinforce},
	}
	for i := range out {
		j := &out[i]
		follows := j.Job == domain.JobProve || j.Job == domain.JobPush || j.Job == domain.JobPrune
		switch {
		case j.Text == scheduleOff:
		case j.Text == afterBackup && follows:
			j.After = domain.JobBackup
		default:
			next, err := cron.Parse(j.Text, time.Local)
			if err != nil {
				e := domain.Invalid("automation.%s = %q is no schedule", j.Job, j.Text).WithField("automation." + string(j.Job))
				_ = asDomain(err, func(found *domain.Error) { e.Err, e.Hint = found.Err, found.Hint })
				return nil, located(e, s)
			}
			j.Next = next
		}
	}
	return out, nil
}

func (i installation) runLog() *runlog.Log {
	return runlog.New(runlog.Config{Disk: osdisk.Disk{}, Dir: i.settings.DataDir})
}

func (i installation) retention() *retention.Service {
	store, b := i.backupStore(), i.settings.Backup
	return retention.New(retention.Config{
		Store: store, Keeper: store, Clock: system.Clock{},
		Policy: domain.RetentionPolicy{
			KeepLast: b.KeepLast, KeepDaily: b.KeepDaily, KeepWeekly: b.KeepWeekly, KeepMonthly: b.KeepMonthly,
			KeepWithin: b.KeepWithin, MinKeep: b.MinKeep,
		},
		Parked: i.restores().Parked,
		Failure: func(ctx context.Context) (string, error) {
			runs, err := i.runLog().Runs(ctx)
			return domain.BackupFailure(runs, system.Clock{}.Now()), err
		},
		Record: i.record, Tell: i.tell,
	})
}

// unattended are the steps of the schedule that need more than the installation.
type unattended struct {
	// refresh brings every project up to date.
	refresh func(ctx context.Context) ([]domain.RefreshResult, error)
	// sweep retires the memories that have faded, and returns them.
	sweep func(ctx context.Context) ([]domain.Memory, error)
	// tell raises an alert; nil for nobody to tell.
	tell func(ctx context.Context, r domain.JobReport) error
}

// schedule joins the jobs with how they are done.
func (i installation) schedule(u unattended) *schedule.Service {
	plan, err := schedules(i.settings)
	if err != nil {
		plan = nil // load has refused it before
	}
	tell := u.tell
	if heard := i.tell; tell == nil && heard != nil {
		tell = func(_ context.Context, r domain.JobReport) error {
			heard(r)
			return nil
		}
	}
	i.tell = nil // the schedule tells how its jobs ended, once
	how := map[domain.Job]func(context.Context) (schedule.Result, error){
		domain.JobBackup: i.backUp, domain.JobProve: i.proveNewest, domain.JobPrune: i.prune, domain.JobDrill: i.runDrill,
		domain.JobIngest:    func(ctx context.Context) (schedule.Result, error) { return refreshAll(ctx, u.refresh) },
		domain.JobReinforce: func(ctx context.Context) (schedule.Result, error) { return sweep(ctx, u.sweep) },
	}
	if i.settings.Remote.Type != "none" {
		how[domain.JobPush] = i.push
	}
	var tasks []schedule.Task
	for _, j := range plan {
		if how[j.Job] == nil {
			continue
		}
		t := schedule.Task{JobSchedule: j, Run: how[j.Job]}
		if j.Job == domain.JobIngest || j.Job == domain.JobReinforce {
			key := "automation." + string(j.Job)
			t.Allowed = func(ctx context.Context) error {
				if u.refresh == nil || u.sweep == nil {
					return domain.Refused("%s is done by the service alone", j.Job).WithHint("run: atocore serve")
				}
				return i.allowed(ctx, key)
			}
		}
		tasks = append(tasks, t)
	}
	return schedule.New(schedule.Config{
		Tasks: tasks, Log: i.runLog(), Gate: i.gate, Clock: system.Clock{}, IDs: system.IDs{},
		Missed: i.record, Tell: tell,
		Jitter: i.settings.Automation.Jitter, Seed: i.settings.DataDir, Grace: i.settings.Automation.Grace,
	})
}

// backUp makes a backup and validates it: one that cannot be read back is none.
func (i installation) backUp(ctx context.Context) (schedule.Result, error) {
	service := i.backups()
	m, err := service.Create(ctx, backup.Options{Kind: domain.BackupScheduled})
	if err != nil {
		return schedule.Result{}, err
	}
	r := schedule.Result{Stamp: m.Stamp}
	v, err := service.Validate(ctx, string(m.Stamp), nil)
	if err != nil {
		return r, err
	}
	if !v.Sound() {
		return r, domain.Corrupt("the new backup %s is faulty: %s", m.Stamp, v.Faults[0]).
			WithHint("see everything that is wrong with it: atocore backup validate %s", m.Stamp)
	}
	r.Detail = fmt.Sprintf("%s, validated", humanize.IBytes(uint64(m.Bytes())))
	return r, nil
}

// push sends off site what is not there yet, and lets go there of what is not kept.
func (i installation) push(ctx context.Context) (schedule.Result, error) {
	away, err := i.remote()
	if err != nil {
		return schedule.Result{}, err
	}
	sent, err := away.Sync(ctx, nil)
	if err != nil {
		return schedule.Result{}, err
	}
	gone, err := away.Prune(ctx, false)
	return schedule.Result{Detail: fmt.Sprintf("%d sent, %d removed there", len(sent.Pushed), len(gone.Removed))}, err
}

func (i installation) prune(ctx context.Context) (schedule.Result, error) {
	r, err := i.retention().Prune(ctx, false)
	if err != nil {
		return schedule.Result{}, err
	}
	if r.Halted != "" {
		return schedule.Result{Detail: "nothing was removed: " + r.Halted}, nil
	}
	return schedule.Result{Detail: fmt.Sprintf("%d removed, %d kept", len(r.Removed), len(r.Decisions)-len(r.Removed)), Nothing: len(r.Removed) == 0}, nil
}

func refreshAll(ctx context.Context, refresh func(context.Context) ([]domain.RefreshResult, error)) (schedule.Result, error) {
	results, err := refresh(ctx)
	changed := 0
	for _, r := range results {
		for _, root := range r.Roots {
			changed += root.Added + root.Updated + root.Removed
		}
	}
	return schedule.Result{Detail: fmt.Sprintf("%d projects, %d documents changed", len(results), changed), Nothing: changed == 0}, err
}

func sweep(ctx context.Context, sweep func(context.Context) ([]domain.Memory, error)) (schedule.Result, error) {
	gone, err := sweep(ctx)
	return schedule.Result{Detail: fmt.Sprintf("%d memories have faded", len(gone)), Nothing: len(gone) == 0}, err
}

// scheduleComponent is what readiness says of the schedule: it never keeps the
// service from answering.
func (i installation) scheduleComponent(ctx context.Context) httpapi.Component {
	c := httpapi.Component{Name: "schedule"}
	st, err := i.schedule(unattended{}).Status(ctx, 0)
	if err != nil {
		c.Degraded, c.Detail = true, err.Error()
		return c
	}
	var next domain.JobStatus
	for _, j := range st.Jobs {
		switch {
		case j.Missed:
			c.Degraded, c.Detail = true, fmt.Sprintf("%s was missed", j.Job)
		case j.Failures > 0 && !c.Degraded:
			c.Degraded, c.Detail = true, fmt.Sprintf("%s failed", j.Job)
		}
		if !j.Next.IsZero() && (next.Next.IsZero() || j.Next.Before(next.Next)) {
			next = j
		}
	}
	switch {
	case c.Degraded:
		c.Detail += "; see: atocore schedule status"
	case next.Next.IsZero():
		c.Detail = "off"
	default:
		c.Detail = fmt.Sprintf("next %s at %s", next.Job, next.Next.Format(time.RFC3339))
	}
	return c
}
