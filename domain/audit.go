package domain

import "time"

// AuditOutcome says how an audited call ended.
type AuditOutcome string

// The outcomes.
const (
	AuditBegun   AuditOutcome = "begun"   // it was begun, and nothing more is known
	AuditDone    AuditOutcome = "done"    // it did what it says
	AuditFailed  AuditOutcome = "failed"  // it ended with an error
	AuditRefused AuditOutcome = "refused" // its principal may not make it
)

// AuditEntry records one call of an administrator.
type AuditEntry struct {
	Entry   int64 // counted up by the trail, from 1
	At      time.Time
	Key     string // id of the key that it was made with; "" for the operator
	By      string // name of the key, or who the operator is: cli, api_token, anonymous
	From    string // address that it came from; "" for this machine's command line
	Action  string // what: the operation's name, such as create-key
	Target  string // on what; may be empty
	Outcome AuditOutcome
	Detail  string // of a failure the error, otherwise what was made; may be empty
}

// AuditFilter selects entries, newest first.
type AuditFilter struct {
	Before int64 // only entries with a lower number; 0 for all
	Limit  int   // 1 to MaxPageSize; 0 means DefaultPageSize
}
