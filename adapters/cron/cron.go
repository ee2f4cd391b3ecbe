// Package cron reads schedules in the notation of cron, and wakes the service up in
// which the schedule is kept. When a job is due is decided by the use case, from
// what is on the disk: a timer in memory forgets what it missed.
package cron

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"

	"github.com/atocore/atocore/domain"
)

// Parse returns the function that gives the first slot after a moment. It takes the
// five fields of cron, names of days and months, and @hourly, @daily, @weekly,
// @monthly, @every 6h; TZ=Europe/Berlin may go before. Without, times are those of
// where. KindInvalid for anything else, and for what never happens.
func Parse(text string, where *time.Location) (func(after time.Time) time.Time, error) {
	wrong := func(err error) error {
		return domain.Invalid("%q is no schedule", text).Because(err).
			WithHint("give five fields as for cron (0 3 * * * is daily at three), or @daily, @weekly, @every 6h, or off")
	}
	if strings.HasPrefix(text, "@every") {
		every, err := time.ParseDuration(strings.TrimSpace(strings.TrimPrefix(text, "@every")))
		if err != nil || every < time.Minute {
			return nil, wrong(errors.New("@every takes a duration of a minute or more, such as 90m"))
		}
		return func(after time.Time) time.Time { return after.Add(every) }, nil
	}
	c := gocron.NewDefaultCron(false)
	if err := c.IsValid(text, where, time.Unix(0, 0)); err != nil {
		return nil, wrong(cause(err))
	}
	return func(after time.Time) time.Time { return c.Next(after.In(where)).UTC() }, nil
}

// cause leaves out what gocron says of itself.
func cause(err error) error {
	if errors.Is(err, gocron.ErrCronJobInvalid) {
		return errors.New("it never happens")
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		if list := joined.Unwrap(); len(list) > 1 {
			return list[1]
		}
	}
	return err
}

// Every calls tick now and then after each interval until ctx ends, one call at a
// time, and returns when the last one has.
func Every(ctx context.Context, interval time.Duration, tick func(ctx context.Context)) error {
	s, err := gocron.NewScheduler()
	if err != nil {
		return fmt.Errorf("start the clock of the schedule: %w", err)
	}
	var mu sync.Mutex // gocron gives up waiting for a call after a while; we do not
	_, err = s.NewJob(gocron.DurationJob(interval), gocron.NewTask(func() {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() == nil {
			tick(ctx)
		}
	}), gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithStartAt(gocron.WithStartImmediately()))
	if err != nil {
		return fmt.Errorf("start the clock of the schedule: %w", errors.Join(err, s.Shutdown()))
	}
	s.Start()
	<-ctx.Done()
	mu.Lock()
	defer mu.Unlock()
	// A call that has not begun yet sees that ctx has ended.
	go func() { _ = s.Shutdown() }()
	return nil
}
