package domain

import (
	"slices"
	"time"
)

// RunOutcome says how far a run of a job came.
type RunOutcome string

// The outcomes of a run.
const (
	RunRunning     RunOutcome = "running"     // under way, or its process was killed
	RunDone        RunOutcome = "done"        // it did what it was to do
	RunFailed      RunOutcome = "failed"      // Problem says why
	RunInterrupted RunOutcome = "interrupted" // its process ended before it did
	RunMissed      RunOutcome = "missed"      // nothing was done when it was due
	RunEnabled     RunOutcome = "enabled"     // no run: since when the job is on the schedule
)

// RunTrigger says why a run was begun.
type RunTrigger string

// The triggers.
const (
	TriggerSchedule RunTrigger = "schedule"
	TriggerRetry    RunTrigger = "retry"    // the run before failed
	TriggerCatchUp  RunTrigger = "catch-up" // nothing was done when it was due
	TriggerCommand  RunTrigger = "command"  // somebody, or a timer of the system, asked for it
)

// Run is one run of a job, or a time at which there should have been one.
type Run struct {
	ID      string
	Job     Job
	Trigger RunTrigger
	Due     time.Time // of the slot that it serves; of the first missed one
	Until   time.Time // of the last missed slot; zero otherwise
	Missed  int       // missed slots
	Started time.Time // when it began, or was noticed
	Ended   time.Time // zero while it is running
	Outcome RunOutcome
	Stamp   Stamp  // of the backup that it was about; "" for none or several
	Detail  string // what was done
	Problem string
	Remedy  string
	// Told says that whoever is to hear of it has: the ledger of what was missed,
	// alerts of everything. It is tried again until it is so.
	Told bool
}

// Bad tells whether somebody has to hear that the run was none.
func (r Run) Bad() bool {
	return r.Outcome == RunFailed || r.Outcome == RunInterrupted || r.Outcome == RunMissed
}

// runsKept is how many runs of a job are remembered, besides the newest good one.
const runsKept = 100

// TrimRuns forgets old runs, oldest first, but never the newest good one of a job,
// what it is counted from, or what nobody has been told yet. The order stays.
func TrimRuns(runs []Run) []Run {
	type key struct {
		job     Job
		outcome RunOutcome
	}
	count := map[Job]int{}
	seen := map[key]bool{}
	var out []Run
	for _, r := range slices.Backward(runs) {
		k := key{r.Job, r.Outcome}
		needed := !seen[k] && (r.Outcome == RunDone || r.Outcome == RunEnabled || r.Outcome == RunMissed)
		seen[k] = true
		if count[r.Job]++; count[r.Job] <= runsKept || needed || r.Bad() && !r.Told && count[r.Job] <= 10*runsKept {
			out = append(out, r)
		}
	}
	slices.Reverse(out)
	return out
}

// LastRun returns the newest of the runs, oldest first, of that job for which ok
// holds and which did not begin after now: a run from the future says that a clock
// was wrong, and nothing about the job.
func LastRun(runs []Run, job Job, now time.Time, ok func(Run) bool) (Run, bool) {
	var found Run
	have := false
	for _, r := range runs {
		if r.Job == job && !r.Started.After(now) && ok(r) && (!have || !r.Started.Before(found.Started)) {
			found, have = r, true
		}
	}
	return found, have
}

// BackupFailure says why the newest run of the backup job, or of proving one,
// failed; "" when both did what they were to do, or never ran. Retention stands
// still as long as it says something.
func BackupFailure(runs []Run, now time.Time) string {
	for _, job := range []Job{JobBackup, JobProve} {
		r, ok := LastRun(runs, job, now, func(r Run) bool {
			return r.Outcome == RunDone || r.Outcome == RunFailed || r.Outcome == RunInterrupted
		})
		if ok && r.Outcome != RunDone {
			return "the last " + string(job) + " " + string(r.Outcome) + ": " + r.Problem
		}
	}
	return ""
}

// JobSchedule is when a job runs.
type JobSchedule struct {
	Job  Job
	Text string // as it is configured: 0 3 * * *, @daily, after-backup
	// Next returns the first slot after a moment; nil for a job that follows another.
	Next  func(after time.Time) time.Time
	After Job // "" for a job with slots of its own
}

// JobStatus is how a job on the schedule stands.
type JobStatus struct {
	Job      Job
	Schedule string
	After    Job
	Next     time.Time // when it is due; zero when that depends on another job
	Last     *Run      // the newest run, nil when there was none
	LastDone time.Time // zero for never
	Failures int       // runs in a row that did not end well
	Missed   bool      // it was missed since it was last done
}
