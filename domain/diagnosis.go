package domain

// Severity says how bad a finding is.
type Severity string

// The severities, worst first.
const (
	SeverityFault   Severity = "fault"   // something is broken or about to lose data
	SeverityWarning Severity = "warning" // it works, and somebody should look
	SeverityOK      Severity = "ok"      // looked at and found right
)

// Finding is what a doctor says of one thing that it looked at.
type Finding struct {
	Severity Severity
	Subject  string // what was looked at: data directory, database, project "atlas"
	Problem  string // what is wrong, or, when it is right, what was seen
	Remedy   string // what to do about it; "" when it is right
}
