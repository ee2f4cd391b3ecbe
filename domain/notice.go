package domain

import (
	"fmt"
	"time"
)

// Notice is what somebody outside is told: how a job ended, or that an objective
// changed its light. Exactly one of Report and Verdict is set.
type Notice struct {
	ID      string // the same for every attempt to deliver it
	At      time.Time
	Report  *JobReport
	Verdict *Verdict
}

// OK tells whether it is good news.
func (n Notice) OK() bool {
	if n.Verdict != nil {
		return n.Verdict.Light == Green
	}
	return n.Report == nil || n.Report.OK()
}

// Event names what happened: backup.succeeded, backup.failed, objective.met,
// objective.missed.
func (n Notice) Event() string {
	switch {
	case n.Verdict != nil && n.OK():
		return "objective.met"
	case n.Verdict != nil:
		return "objective.missed"
	case n.Report == nil:
		return ""
	case n.OK():
		return string(n.Report.Job) + ".succeeded"
	}
	return string(n.Report.Job) + ".failed"
}

// Text says on one line what happened.
func (n Notice) Text() string {
	if v := n.Verdict; v != nil {
		if v.Light == Green {
			return fmt.Sprintf("objective %s is met again: %s", v.Key, v.Reason)
		}
		return fmt.Sprintf("objective %s is %s: %s", v.Key, v.Light, v.Reason)
	}
	r := n.Report
	if r == nil {
		return ""
	}
	what := string(r.Job)
	if r.Stamp != "" {
		what += " " + string(r.Stamp)
	}
	if !r.OK() {
		return what + " failed: " + r.Problem
	}
	if r.Summary != "" {
		return what + ": " + r.Summary
	}
	return what + " succeeded in " + Span(r.Took)
}

// DeliveryOutcome is how the delivery of a notice ended.
type DeliveryOutcome string

// The outcomes of a delivery.
const (
	Delivered      DeliveryOutcome = "delivered"
	DeliveryFailed DeliveryOutcome = "failed"  // every attempt did, or the first one for good
	Dropped        DeliveryOutcome = "dropped" // too many were waiting
)

// PendingNotice is a notice that somebody is still to be told.
type PendingNotice struct {
	To     string // name of the messenger
	Notice Notice
}

// Same tells whether both are the same notice to the same messenger.
func (p PendingNotice) Same(o PendingNotice) bool {
	return p.To == o.To && p.Notice.ID == o.Notice.ID
}

// Delivery is what became of a notice on one way out.
type Delivery struct {
	To       string // name of the messenger
	Notice   Notice
	Outcome  DeliveryOutcome
	Attempts int
	Err      error // of the last attempt; nil when it was delivered
	Kept     bool  // it was not delivered, is on the disk, and is tried again
}
