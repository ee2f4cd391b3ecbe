package domain

import (
	"fmt"
	"time"
)

// LedgerKind says what an entry of the ledger records.
type LedgerKind string

// The kinds of entry.
const (
	LedgerBegun      LedgerKind = "begun"       // the ledger itself; Details["backups"] names those that were there
	LedgerBackup     LedgerKind = "backup"      // a backup was made
	LedgerProof      LedgerKind = "proof"       // a backup was proven, or was not
	LedgerDrill      LedgerKind = "drill"       // a drill was run
	LedgerRestore    LedgerKind = "restore"     // a backup took the place of the live state, or an undo did
	LedgerDeletion   LedgerKind = "deletion"    // a backup was removed on purpose
	LedgerRemoteCopy LedgerKind = "remote_copy" // a copy of a backup was seen whole elsewhere
	LedgerRemoteGone LedgerKind = "remote_gone" // a copy elsewhere was removed on purpose
	LedgerPulled     LedgerKind = "pulled"      // a backup was fetched from elsewhere
	LedgerMissed     LedgerKind = "missed"      // work that was due and was not done; Details["job"] and ["due"]
	LedgerGap        LedgerKind = "gap"         // entries that this machine had written are gone
)

// LedgerOutcome says how it went.
type LedgerOutcome string

// The outcomes.
const (
	LedgerPassed LedgerOutcome = "passed"
	LedgerFailed LedgerOutcome = "failed"
)

// LedgerEntry is one line of the ledger. Each holds the hash of the one before,
// so that what was changed or taken out shows.
type LedgerEntry struct {
	Seq        int64 // from 1, given by the ledger
	At         time.Time
	Kind       LedgerKind
	Outcome    LedgerOutcome
	Stamp      Stamp // of the backup that it is about; "" for none
	AppVersion string
	Took       time.Duration
	Details    map[string]string // what else is worth knowing; keys in snake_case
	Prev       string            // hash of the line before, given by the ledger; 64 zeros for the first
	Hash       string            // SHA-256 of its own line, hexadecimal; not part of the line
}

// LedgerReading is what a ledger holds.
type LedgerReading struct {
	Entries []LedgerEntry // oldest first, as far as they can be read
	Faults  []LedgerFault // what is wrong with the chain, in order of line
	// Torn are the bytes of a last line that was never finished: its writer was
	// killed before it had been acknowledged. The next entry takes its place.
	Torn int
}

// LedgerFault is one thing wrong with the ledger.
type LedgerFault struct {
	Line    int   // from 1; 0 for the ledger as a whole
	Stamp   Stamp // of the backup that it is about; "" for none
	Problem string
}

// LastLedgerEntry returns the newest entry of that kind and outcome ("" for any),
// and whether there is one.
func LastLedgerEntry(entries []LedgerEntry, kind LedgerKind, outcome LedgerOutcome) (LedgerEntry, bool) {
	for i := len(entries) - 1; i >= 0; i-- {
		if e := entries[i]; e.Kind == kind && (outcome == "" || e.Outcome == outcome) {
			return e, true
		}
	}
	return LedgerEntry{}, false
}

// String renders the fault on one line.
func (f LedgerFault) String() string {
	text := f.Problem
	if f.Stamp != "" {
		text = "backup " + string(f.Stamp) + ": " + text
	}
	if f.Line > 0 {
		text = fmt.Sprintf("line %d: %s", f.Line, text)
	}
	return text
}
