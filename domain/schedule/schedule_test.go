package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/schedule"
	"github.com/atocore/atocore/ports/portfake"
)

// daily is a schedule at three o'clock UTC.
func daily(after time.Time) time.Time {
	t := time.Date(after.Year(), after.Month(), after.Day(), 3, 0, 0, 0, time.UTC)
	if !t.After(after) {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

type world struct {
	t      *testing.T
	clock  *portfake.Clock
	log    *portfake.RunLog
	gate   *portfake.Gate
	ids    *portfake.IDs
	fail   map[domain.Job]error
	done   []string
	told   []domain.JobReport
	ledger []domain.LedgerEntry
	deaf   error // what telling returns
	during func(domain.Job)
	gated  error
	jitter time.Duration
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, clock: &portfake.Clock{}, log: &portfake.RunLog{}, gate: &portfake.Gate{}, ids: &portfake.IDs{}, fail: map[domain.Job]error{},
	}
	w.clock.Set(time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC))
	return w
}

func (w *world) task(job domain.Job, next func(time.Time) time.Time, after domain.Job) schedule.Task {
	return schedule.Task{
		JobSchedule: domain.JobSchedule{Job: job, Text: "test", Next: next, After: after},
		Run: func(ctx context.Context) (schedule.Result, error) {
			if w.during != nil {
				w.during(job)
			}
			if ctx.Err() != nil {
				return schedule.Result{}, ctx.Err()
			}
			if err := w.fail[job]; err != nil {
				return schedule.Result{}, err
			}
			w.done = append(w.done, string(job)+" "+w.clock.Now().Format("02T15:04"))
			return schedule.Result{Detail: "did it"}, nil
		},
		Allowed: func(context.Context) error { return w.gated },
	}
}

// service is the schedule as a new process has it.
func (w *world) service() *schedule.Service {
	return schedule.New(schedule.Config{
		Tasks: []schedule.Task{w.task(domain.JobBackup, daily, ""), w.task(domain.JobProve, nil, domain.JobBackup)},
		Log:   w.log, Gate: w.gate, Clock: w.clock, IDs: w.ids, Jitter: w.jitter, Seed: "here",
		Missed: func(_ context.Context, e domain.LedgerEntry) error {
			if w.deaf == nil {
				w.ledger = append(w.ledger, e)
			}
			return w.deaf
		},
		Tell: func(_ context.Context, r domain.JobReport) error {
			if w.deaf == nil {
				w.told = append(w.told, r)
			}
			return w.deaf
		},
	})
}

func (w *world) tick(s *schedule.Service) schedule.Turn {
	w.t.Helper()
	turn, err := s.Tick(w.t.Context())
	require.NoError(w.t, err)
	return turn
}

// pass lets time go by with a look at the schedule every few minutes.
func (w *world) pass(s *schedule.Service, d time.Duration) {
	w.t.Helper()
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); {
		w.clock.Advance(5 * time.Minute)
		w.tick(s)
	}
}

func TestEveryDay(t *testing.T) {
	w := newWorld(t)
	w.pass(w.service(), 72*time.Hour)
	assert.Equal(t, []string{
		"backup 02T03:00", "prove 02T03:00", "backup 03T03:00", "prove 03T03:00", "backup 04T03:00", "prove 04T03:00",
	}, w.done)
	assert.Empty(t, w.ledger)
	assert.Len(t, w.told, 6)
	for _, r := range w.told {
		assert.True(t, r.OK())
	}
}

func TestRestartsChangeNothing(t *testing.T) {
	w := newWorld(t)
	for range 72 {
		w.pass(w.service(), time.Hour)
	}
	assert.Len(t, w.done, 6)
	assert.Empty(t, w.ledger)
}

// The machine was off for three days: one backup now, and the gap is known.
func TestMissedRunsAreCaughtUpAndTold(t *testing.T) {
	w := newWorld(t)
	w.pass(w.service(), 24*time.Hour)
	w.done, w.told = nil, nil
	w.clock.Advance(72*time.Hour - 5*time.Minute)
	s := w.service()
	turn := w.tick(s)
	assert.Equal(t, []string{"backup 05T11:55", "prove 05T11:55"}, w.done)
	require.Len(t, w.ledger, 1)
	assert.Equal(t, "3", w.ledger[0].Details["times"])
	assert.Equal(t, "2026-04-03T03:00:00Z", w.ledger[0].Details["due"])
	assert.Equal(t, domain.LedgerMissed, w.ledger[0].Kind)
	require.NotEmpty(t, w.told)
	assert.False(t, w.told[0].OK())
	assert.Equal(t, domain.TriggerCatchUp, turn.Runs[1].Trigger)
	w.pass(s, 24*time.Hour)
	assert.Len(t, w.ledger, 1, "told once")
	assert.Len(t, w.done, 4)
}

func TestAFailureIsToldAndTriedAgainWithPatience(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.pass(s, 14*time.Hour)
	w.fail[domain.JobBackup] = domain.Unavailable("the disk is full").WithHint("make room")
	w.pass(s, 2*time.Hour+5*time.Minute)
	require.NotEmpty(t, w.told)
	first := w.told[0]
	assert.Equal(t, "the disk is full", first.Problem)
	assert.Equal(t, "make room", first.Remedy)
	why, err := s.Failure(t.Context())
	require.NoError(t, err)
	assert.Contains(t, why, "disk is full")
	failures := len(w.told)
	assert.Equal(t, 5, failures, "at 3:00, 3:05, 3:15, 3:35 and the gap after an hour")
	require.Len(t, w.ledger, 1)
	assert.Contains(t, w.ledger[0].Details["problem"], "disk is full")

	delete(w.fail, domain.JobBackup)
	w.pass(s, 4*time.Hour)
	assert.Len(t, w.done, 2, "backup and proof, without waiting for tomorrow")
	why, err = s.Failure(t.Context())
	require.NoError(t, err)
	assert.Empty(t, why)
}

// A kill leaves a run that is under way: the next process says so and does it again.
func TestAKilledRunIsToldAndDoneAgain(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.pass(s, 14*time.Hour)
	w.clock.Advance(time.Hour + time.Minute)
	var killed *world
	w.during = func(domain.Job) {
		if killed != nil {
			return
		}
		killed = newWorld(t) // what is on the disk at this moment, found by another process
		runs, err := w.log.Runs(t.Context())
		require.NoError(t, err)
		for _, r := range runs {
			require.NoError(t, killed.log.Put(t.Context(), r))
		}
		killed.clock.Set(w.clock.Now())
	}
	w.tick(s)
	require.NotNil(t, killed)
	s = killed.service()
	turn := killed.tick(s)
	require.Len(t, turn.Runs, 1)
	assert.Equal(t, domain.RunInterrupted, turn.Runs[0].Outcome)
	require.Len(t, killed.told, 1)
	assert.False(t, killed.told[0].OK())
	killed.pass(s, 10*time.Minute)
	assert.Len(t, killed.done, 2)
}

func TestAStoppedRunIsDoneAgainAndWakesNobody(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.tick(s)
	w.clock.Advance(15 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	w.during = func(domain.Job) { cancel() }
	_, err := s.Tick(ctx)
	require.ErrorIs(t, err, context.Canceled)
	w.during = nil
	s = w.service()
	w.pass(s, 10*time.Minute)
	assert.Len(t, w.done, 2)
	for _, r := range w.told {
		assert.True(t, r.OK(), r.Problem)
	}
}

// The clock was a day, then a year ahead for a while: neither stops the backups.
func TestClockThatJumps(t *testing.T) {
	for _, jump := range []time.Duration{24 * time.Hour, 365 * 24 * time.Hour, -time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			w := newWorld(t)
			s := w.service()
			w.pass(s, 24*time.Hour)
			w.clock.Advance(jump)
			w.pass(s, 10*time.Minute)
			w.clock.Advance(-jump)
			w.done = nil
			w.pass(s, 48*time.Hour)
			assert.GreaterOrEqual(t, len(w.done), 4, "%v", w.done)
			assert.LessOrEqual(t, len(w.done), 6, "%v", w.done)
		})
	}
}

func TestNeverTwoAtOnceNorDuringARestore(t *testing.T) {
	w := newWorld(t)
	w.tick(w.service())
	w.clock.Advance(24 * time.Hour)
	for name, lock := range map[string]func(context.Context) (func() error, error){"work": w.gate.Upkeep, "restore": w.gate.Exclude} {
		release, err := lock(t.Context())
		require.NoError(t, err)
		assert.NotEmpty(t, w.tick(w.service()).Busy, name)
		_, err = w.service().Run(t.Context(), domain.JobBackup)
		require.Error(t, err, name)
		assert.Contains(t, []domain.Kind{domain.KindConflict, domain.KindRefused}, domain.KindOf(err))
		assert.Empty(t, w.done)
		require.NoError(t, release())
	}
	w.during = func(domain.Job) {
		assert.NotEmpty(t, w.tick(w.service()).Busy, "another process, in the middle of it")
		_, err := w.gate.Exclude(t.Context())
		require.Error(t, err, "no restore begins")
	}
	w.tick(w.service())
	assert.Len(t, w.done, 2)
	shared, alone, _ := w.gate.Held()
	assert.Zero(t, shared)
	assert.False(t, alone)
}

func TestWhatCannotBeToldIsToldLater(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.tick(s)
	w.deaf = errors.New("nobody hears")
	w.clock.Advance(48 * time.Hour)
	w.tick(s)
	assert.Len(t, w.done, 2)
	w.deaf = nil
	w.tick(w.service())
	assert.Len(t, w.ledger, 1)
	assert.Len(t, w.told, 3)
	w.tick(w.service())
	assert.Len(t, w.told, 3)
}

// The log is on a disk that is full; the backups are on another one.
func TestALogThatCannotBeWrittenStopsNoBackup(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.tick(s)
	w.log.Fail = func(op string) error {
		if op == "runs.put" {
			return errors.New("disk full")
		}
		return nil
	}
	w.pass(s, 48*time.Hour)
	assert.Len(t, w.done, 4, "once a day, not at every look")
	turn := w.tick(s)
	assert.NoError(t, turn.Unwritten, "nothing to write")
	w.log.Fail = nil
	w.pass(s, 24*time.Hour)
	runs, err := w.log.Runs(t.Context())
	require.NoError(t, err)
	n := 0
	for _, r := range runs {
		if r.Outcome == domain.RunDone {
			n++
		}
	}
	assert.Equal(t, 6, n, "what was remembered is written down")
}

func TestADamagedLogStopsNoBackup(t *testing.T) {
	w := newWorld(t)
	w.pass(w.service(), 24*time.Hour)
	w.log.Damage()
	s := w.service()
	turn := w.tick(s)
	assert.Equal(t, domain.KindCorrupt, domain.KindOf(turn.Unwritten))
	w.pass(s, 24*time.Hour)
	assert.Len(t, w.done, 4)
}

func TestRunNow(t *testing.T) {
	w := newWorld(t)
	turn, err := w.service().Run(t.Context(), domain.JobBackup, domain.JobProve)
	require.NoError(t, err)
	require.Len(t, turn.Runs, 2)
	assert.Equal(t, domain.TriggerCommand, turn.Runs[0].Trigger)
	w.tick(w.service())
	assert.Len(t, w.done, 2, "that was the proof of this backup")
	w.fail[domain.JobBackup] = domain.Corrupt("it is faulty")
	w.done = nil
	_, err = w.service().Run(t.Context(), domain.JobBackup, domain.JobProve)
	assert.Equal(t, domain.KindCorrupt, domain.KindOf(err))
	assert.Empty(t, w.done, "nothing after what failed")
}

func TestWhatIsNotAllowedIsNotDone(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.tick(s)
	w.gated = domain.Refused("no drill has passed")
	w.clock.Advance(24 * time.Hour)
	w.tick(s)
	assert.Empty(t, w.done)
	require.Len(t, w.ledger, 1)
	assert.Contains(t, w.ledger[0].Details["problem"], "no drill has passed")
	w.gated = nil
	w.tick(s)
	assert.Len(t, w.done, 2)
}

func TestJitter(t *testing.T) {
	w := newWorld(t)
	w.jitter = 30 * time.Minute
	s := w.service()
	w.tick(s)
	st, err := s.Status(t.Context(), 10)
	require.NoError(t, err)
	slot := time.Date(2026, 4, 2, 3, 0, 0, 0, time.UTC)
	next := st.Jobs[0].Next
	assert.False(t, next.Before(slot))
	assert.True(t, next.Before(slot.Add(w.jitter)))
	again, err := w.service().Status(t.Context(), 10)
	require.NoError(t, err)
	assert.Equal(t, next, again.Jobs[0].Next, "the same whenever it is asked")
	w.pass(s, 24*time.Hour)
	assert.Len(t, w.done, 2)
	assert.Empty(t, w.ledger)
}

func TestStatus(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.tick(s)
	st, err := s.Status(t.Context(), 10)
	require.NoError(t, err)
	assert.Empty(t, st.Runs)
	require.Len(t, st.Jobs, 2)
	assert.Nil(t, st.Jobs[0].Last)
	assert.Equal(t, time.Date(2026, 4, 2, 3, 0, 0, 0, time.UTC), st.Jobs[0].Next)
	assert.Zero(t, st.Jobs[1].Next, "it waits for a backup")
	w.fail[domain.JobProve] = errors.New("no")
	w.pass(s, 20*time.Hour)
	st, err = s.Status(t.Context(), 2)
	require.NoError(t, err)
	assert.Len(t, st.Runs, 2)
	assert.False(t, st.Jobs[0].Missed)
	assert.True(t, st.Jobs[1].Missed)
	assert.Greater(t, st.Jobs[1].Failures, 2)
	assert.Equal(t, fmt.Sprint(domain.RunFailed), fmt.Sprint(st.Jobs[1].Last.Outcome))
}

// Somebody proves a backup by hand while it is to be pruned: that is no alarm, until
// it lasts.
func TestWhatIsInTheWayIsNoAlarm(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	w.fail[domain.JobProve] = domain.Conflict("backups are in use")
	w.pass(s, 15*time.Hour+30*time.Minute)
	require.Len(t, w.told, 1)
	assert.True(t, w.told[0].OK(), "the backup")
	w.pass(s, 2*time.Hour)
	require.Len(t, w.told, 2)
	assert.Contains(t, w.told[1].Problem, "was not done; the last attempt: backups are in use")
	delete(w.fail, domain.JobProve)
	w.pass(s, 5*time.Hour)
	assert.Len(t, w.done, 2)
}
