package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/adapters/cron"
	"github.com/atocore/atocore/adapters/folderwatch"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/automation"
	"github.com/atocore/atocore/domain/schedule"
)

// lookInterval is how often the service looks whether a job is due.
const lookInterval = 20 * time.Second

// selfWriting names the settings that are on and let agents write by themselves.
func selfWriting(a configs.Automation) []string {
	var on []string
	for _, s := range []struct{ key, value string }{
		{"automation.capture", a.Capture},
		{"automation.ingest", a.Ingest},
		{"automation.watch", a.Watch},
		{"automation.reinforce", a.Reinforce},
	} {
		if s.value != scheduleOff {
			on = append(on, s.key)
		}
	}
	return on
}

// allowed is the gate of automation: it asks for a drill that passed not long ago.
func (i installation) allowed(ctx context.Context, on ...string) error {
	if len(on) == 0 {
		return nil
	}
	d, err := i.drills(ctx)
	if err != nil {
		return err
	}
	return domain.AllowAutomation(on, d, i.settings.Automation.MaxDrillAge, system.Clock{}.Now())
}

// scheduleOf is the schedule of a running service, which does what the stores are
// needed for as well.
func (i installation) scheduleOf(on *cli.Services, tell func(context.Context, domain.JobReport) error) *schedule.Service {
	return i.schedule(unattended{
		refresh: func(ctx context.Context) ([]domain.RefreshResult, error) { return on.Ingest.RefreshAll(ctx, nil) },
		sweep: func(ctx context.Context) ([]domain.Memory, error) {
			return on.Memory.Expire(ctx, domain.Act{By: "schedule", Reason: "faded: nothing reinforced it"}, false)
		},
		tell: tell,
	})
}

// unattendedWork does what nobody asks for while the service runs: the schedule,
// and the folders that are watched. What it returns waits until all of it has
// ended, after ctx has.
func (i installation) unattendedWork(ctx context.Context, on *cli.Services, s *schedule.Service, log *slog.Logger) (wait func()) {
	var group sync.WaitGroup
	group.Go(func() {
		err := cron.Every(ctx, lookInterval, func(ctx context.Context) {
			turn, err := s.Tick(ctx)
			for _, r := range turn.Runs {
				logRun(ctx, log, r)
			}
			if err = errors.Join(turn.Unwritten, err); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "the schedule is not kept as it should be", slog.Any("error", err))
			}
		})
		if err != nil {
			log.ErrorContext(ctx, "nothing runs by schedule", slog.Any("error", err))
		}
	})
	if i.settings.Automation.Watch == "on" {
		group.Go(func() { i.watcher(on, log).Run(ctx) })
	}
	return group.Wait
}

func (i installation) watcher(on *cli.Services, log *slog.Logger) *automation.Watcher {
	return automation.New(automation.Config{
		Registry: i.registry, Folders: folderwatch.New(folderwatch.Config{}),
		Refresh: func(ctx context.Context, project string) (domain.RefreshResult, error) {
			return on.Ingest.Refresh(ctx, project, nil)
		},
		Allowed: func(ctx context.Context) error { return i.allowed(ctx, "automation.watch") },
		Done: func(project string, r domain.RefreshResult, err error) {
			if err != nil {
				log.Warn("a changed project was not refreshed", slog.String("project", project), slog.Any("error", err))
				return
			}
			log.Info("refreshed after a change", slog.String("project", project), slog.String("status", string(r.Status)))
		},
		Note:  func(m string) { log.Warn("watching folders", slog.String("note", m)) },
		Quiet: i.settings.Automation.WatchQuiet, Poll: i.settings.Automation.WatchPoll,
	})
}

func logRun(ctx context.Context, log *slog.Logger, r domain.Run) {
	level := slog.LevelInfo
	if r.Bad() {
		level = slog.LevelError
	}
	fields := []slog.Attr{slog.String("job", string(r.Job)), slog.String("outcome", string(r.Outcome)), slog.Duration("took", r.Ended.Sub(r.Started))}
	for _, f := range [][2]string{{"stamp", string(r.Stamp)}, {"detail", r.Detail}, {"problem", r.Problem}, {"remedy", r.Remedy}} {
		if f[1] != "" {
			fields = append(fields, slog.String(f[0], f[1]))
		}
	}
	log.LogAttrs(ctx, level, "scheduled work", fields...)
}

// asDomain calls found with the error of the domain in err's chain, if there is one.
func asDomain(err error, found func(*domain.Error)) bool {
	var e *domain.Error
	if errors.As(err, &e) {
		found(e)
		return true
	}
	return false
}
