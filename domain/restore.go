package domain

import "time"

// RestoreAction says what a restore does with one component.
type RestoreAction string

// What can happen to a component.
const (
	RestoreReplace RestoreAction = "replace" // by what the backup holds
	RestoreClear   RestoreAction = "clear"   // it did not exist when the backup was made
	RestoreRebuild RestoreAction = "rebuild" // derived and not restored: parked, and rebuilt from the text
)

// RestoreComponent is what a plan says of one component.
type RestoreComponent struct {
	Name   string
	Action RestoreAction
	Files  int
	Bytes  int64
	Places []string // absolute paths that are replaced
}

// RestorePlan is what a restore would do, found out without changing anything.
type RestorePlan struct {
	Stamp        Stamp
	Kind         BackupKind
	CreatedAt    time.Time
	Target       string // folder to restore into; "" for the live data
	Components   []RestoreComponent
	SafetyBackup bool
	Steps        []string // in the order in which they are done
	Losses       []string // what the live data holds and the backup does not, in sentences
	Notes        []string
	Obstacles    []string // every reason for which the restore would be refused now
	Faults       []Fault  // what validation found
	Needed       int64    // bytes that the copies take
}

// RestoreResult is what a restore did.
type RestoreResult struct {
	Stamp        Stamp
	Target       string // "" for the live data
	Components   []RestoreComponent
	SafetyBackup Stamp     // "" when none was made
	Parked       string    // folder that holds what was live before; "" for a restore elsewhere
	UndoUntil    time.Time // when what is parked expires
	Notes        []string  // what an operator should know, though all went well
	Took         time.Duration
}

// RecoveryOutcome says how an interrupted restore ended.
type RecoveryOutcome string

// The outcomes of a recovery.
const (
	RecoveryNone       RecoveryOutcome = "none"        // nothing was under way
	RecoveryFinished   RecoveryOutcome = "finished"    // the restored state is in place
	RecoveryRolledBack RecoveryOutcome = "rolled_back" // the state before the restore is in place
)

// Recovery is what was done about an interrupted restore.
type Recovery struct {
	Outcome RecoveryOutcome
	Stamp   Stamp    // of the backup that was being restored; "" for an undo
	Undo    bool     // it was an undo that was interrupted
	Reason  string   // why it was rolled back
	Swept   []string // leftovers that were removed
	Notes   []string // what an operator should know
}

// Parked is what a restore set aside: the instant undo.
type Parked struct {
	Folder     string // absolute path
	Stamp      Stamp  // of the backup that was restored; "" when it was an undo
	Since      time.Time
	Until      time.Time // when it expires
	Components []string
}

// LatestBackup returns the stamp of the newest backup that was not made by a
// restore as its safety backup: to restore again what was just replaced is never
// what "latest" means. A newest one that is broken is still the newest: quietly
// taking an older one would be worse than the error. KindNotFound when there is
// none.
func LatestBackup(list []BackupSummary) (Stamp, error) {
	var found *BackupSummary
	for i, b := range list {
		if b.Kind == BackupPreRestore {
			continue
		}
		if found == nil || b.Stamp.Time().After(found.Stamp.Time()) {
			found = &list[i]
		}
	}
	if found != nil {
		return found.Stamp, nil
	}
	if len(list) == 0 {
		return "", NotFound("there is no backup yet").WithField("stamp").
			WithHint("make one with: atocore backup create")
	}
	return "", NotFound("there is no backup that latest could mean").WithField("stamp").
		WithHint("safety backups of restores do not count; list what there is with: atocore backup list")
}
