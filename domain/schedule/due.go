package schedule

import (
	"hash/fnv"
	"time"

	"github.com/atocore/atocore/domain"
)

// moment is when a job is due, for which slot, and why.
type moment struct {
	at      time.Time // with jitter or patience after a failure
	slot    time.Time
	trigger domain.RunTrigger
}

const (
	// firstRetry is the patience after a first failure; it doubles up to longestRetry.
	firstRetry   = 5 * time.Minute
	longestRetry = 4 * time.Hour
	// mostSlots bounds how many missed slots are counted: a clock that jumps by
	// years must not keep the program counting minutes.
	mostSlots = 10_000
)

func (t Task) off() bool { return t.Next == nil && t.After == "" }

// base is from where the next slot of a job is reckoned: its newest good run, or
// since when it is on the schedule.
func (t *turn) base(job domain.Job) (domain.Run, bool) {
	return domain.LastRun(t.runs, job, t.now(), func(r domain.Run) bool {
		return r.Outcome == domain.RunDone || r.Outcome == domain.RunEnabled
	})
}

// due returns when the job is due next; false when that depends on another job,
// or when it is on no schedule.
func (t *turn) due(task Task) (moment, bool) {
	if task.off() {
		return moment{}, false
	}
	base, ok := t.base(task.Job)
	if !ok {
		base.Started = t.now()
	}
	m := moment{trigger: domain.TriggerSchedule}
	if task.After != "" {
		before, ok := t.doneAfter(task, base)
		if !ok {
			return m, false
		}
		m.slot, m.at = before, before
	} else {
		m.slot = task.Next(base.Started)
		if m.slot.IsZero() {
			return m, false
		}
		m.at = m.slot.Add(t.s.jitter(task.Job, m.slot))
		if t.now().After(m.at.Add(t.s.cfg.Grace)) {
			m.trigger = domain.TriggerCatchUp
		}
	}
	failures, last := t.failures(task.Job, base)
	if failures > 0 {
		wait := longestRetry
		if failures < 8 {
			wait = min(longestRetry, firstRetry<<(failures-1))
		}
		if again := last.Ended.Add(wait); again.After(m.at) {
			m.at, m.trigger = again, domain.TriggerRetry
		}
	}
	return m, true
}

// doneAfter returns when the job before this one was done, if this one has not
// been done since.
func (t *turn) doneAfter(task Task, base domain.Run) (time.Time, bool) {
	before, ok := domain.LastRun(t.runs, task.After, t.now(), isDone)
	if !ok || base.Outcome == domain.RunDone && !base.Started.Before(before.Started) {
		return time.Time{}, false
	}
	// In one turn both may have the very same moment as their end and beginning.
	return before.Ended, true
}

func isDone(r domain.Run) bool { return r.Outcome == domain.RunDone }

// failures counts the runs that did not end well since base, and returns the last.
func (t *turn) failures(job domain.Job, base domain.Run) (n int, last domain.Run) {
	for _, r := range t.runs {
		if r.Job != job || r.Outcome != domain.RunFailed && r.Outcome != domain.RunInterrupted {
			continue
		}
		if r.Started.Before(base.Started) || r.Ended.After(t.now()) {
			continue
		}
		n++
		if !r.Ended.Before(last.Ended) {
			last = r
		}
	}
	return n, last
}

// missed returns the slots in which the job was not done and that have not been
// recorded yet, as one run.
func (t *turn) missed(task Task) (domain.Run, bool) {
	base, ok := t.base(task.Job)
	if !ok {
		return domain.Run{}, false
	}
	now := t.now()
	slot, counted := time.Time{}, base.Started
	if task.After != "" {
		before, ok := t.doneAfter(task, base)
		if !ok {
			return domain.Run{}, false
		}
		slot = before
	} else {
		slot = task.Next(base.Started)
	}
	recorded, ok := domain.LastRun(t.runs, task.Job, now, func(r domain.Run) bool { return r.Outcome == domain.RunMissed })
	if ok && recorded.Until.After(counted) && !recorded.Until.After(now) {
		if task.After != "" {
			if !recorded.Until.Before(slot) {
				return domain.Run{}, false
			}
		} else if !recorded.Until.Before(slot) {
			slot = task.Next(recorded.Until)
		}
	}
	r := domain.Run{ID: t.s.cfg.IDs.NewID(), Job: task.Job, Due: slot, Started: now, Ended: now, Outcome: domain.RunMissed}
	for !slot.IsZero() && slot.Add(t.s.cfg.Jitter+t.s.cfg.Grace).Before(now) && r.Missed < mostSlots {
		r.Missed, r.Until = r.Missed+1, slot
		if task.After != "" {
			break
		}
		slot = task.Next(slot)
	}
	if r.Missed == 0 {
		return r, false
	}
	r.Problem = "it was due at " + r.Due.Format(time.RFC3339) + " and was not done"
	if _, last := t.failures(task.Job, base); last.Problem != "" {
		r.Problem += "; the last attempt: " + last.Problem
		r.Remedy = last.Remedy
	} else if err := allowed(t.ctx, task); err != nil {
		r.Problem += "; it is not allowed to run: " + err.Error()
	}
	if r.Remedy == "" {
		r.Remedy = "see: atocore schedule status"
	}
	return r, true
}

// jitter spreads the installations of many over the minutes after a slot, the same
// for the same slot whenever it is asked.
func (s *Service) jitter(job domain.Job, slot time.Time) time.Duration {
	if s.cfg.Jitter <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.cfg.Seed + "\x00" + string(job) + "\x00" + slot.UTC().Format(time.RFC3339)))
	return time.Duration(h.Sum64() % uint64(s.cfg.Jitter))
}
