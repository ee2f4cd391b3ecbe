package domain

import "time"

// Job is a kind of work that keeps the state safe and that somebody wants to hear of.
type Job string

// The jobs.
const (
	JobBackup Job = "backup"
	JobProve  Job = "prove"
	JobPrune  Job = "prune"
	JobDrill  Job = "drill"
	JobPush   Job = "push"

	JobIngest    Job = "ingest"    // refresh every project; writes by itself, behind the gate of automation
	JobReinforce Job = "reinforce" // likewise
)

// Jobs returns every job that keeps the state safe, in the order in which they follow each other.
func Jobs() []Job { return []Job{JobBackup, JobProve, JobPush, JobPrune, JobDrill} }

// JobReport is how one run of a job ended. It carries no content of the stores.
type JobReport struct {
	Job      Job
	Stamp    Stamp // of the backup that it was about; "" for none or several
	Started  time.Time
	Took     time.Duration
	Bytes    int64 // written, read or sent; 0 when it is not known
	Summary  string
	Problem  string // why it failed; "" when it went well
	Remedy   string // what to do about it; may be empty
	Schedule bool   // nobody was watching: a timer started it
}

// OK tells whether the job did what it was to do.
func (r JobReport) OK() bool { return r.Problem == "" }

// Failed returns r with the problem, and the remedy if there is one, of err; r as
// it is for nil.
func (r JobReport) Failed(err error) JobReport {
	if err == nil {
		return r
	}
	r.Problem, r.Remedy = Explain(err)
	return r
}
