package domain

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// RetentionPolicy says which backups are kept, by age and number. A backup that
// one rule keeps is kept. Numbers of 0 switch a rule off; when all are, everything
// is kept.
type RetentionPolicy struct {
	KeepLast    int           // the newest so many
	KeepDaily   int           // one a day, of the newest so many days that have any
	KeepWeekly  int           // one a week (ISO), likewise
	KeepMonthly int           // one a month, likewise
	KeepWithin  time.Duration // all that are younger
	MinKeep     int           // the newest so many sound ones, whatever else is said
}

// Empty tells whether no rule is set, so that nothing is ever removed.
func (p RetentionPolicy) Empty() bool {
	return p.KeepLast <= 0 && p.KeepDaily <= 0 && p.KeepWeekly <= 0 && p.KeepMonthly <= 0 && p.KeepWithin <= 0
}

// RetentionSubject is a backup that retention decides about.
type RetentionSubject struct {
	Stamp     Stamp
	Kind      BackupKind
	CreatedAt time.Time
	Standing  Standing
	Pinned    bool
	Undo      bool // a safety backup that is still offered as the way back
}

// RetentionDecision is what becomes of one backup, and why.
type RetentionDecision struct {
	Stamp   Stamp
	Keep    bool
	Reasons []string // every reason to keep it, or the one to remove it
}

// RetentionReport is what a pruning did, or would do.
type RetentionReport struct {
	DryRun    bool
	Decisions []RetentionDecision // newest first
	Removed   []Stamp
	Freed     int64  // bytes of the backups that were removed, or would be
	Halted    string // why nothing at all is removed; "" when nothing stands against it
}

// Decide says for each backup whether it is kept, newest first. It is a pure
// function: the same backups, policy and moment give the same answer, and applying
// it twice removes nothing the second time.
//
// Whatever the policy says, it never removes the newest proven backup, the newest
// MinKeep sound ones, a pinned one, a safety backup offered as undo, one that is
// broken (what cannot be read is for a person to judge), or one from the future
// (then a clock is wrong, and age means nothing). When the newest backup is broken,
// or halt says why the newest attempt failed, it removes nothing at all.
//
// Safety backups and broken ones take no place of a rule from the others. In a day,
// week or month the best is kept: a proven one before a validated one before a
// written one, the newest among equals.
func Decide(backups []RetentionSubject, p RetentionPolicy, now time.Time, halt string) []RetentionDecision {
	all := slices.Clone(backups)
	slices.SortStableFunc(all, func(a, b RetentionSubject) int {
		return CompareStamps(b.Stamp, a.Stamp) // of a broken one, no more than the stamp is known
	})
	d := decider{policy: p, now: now, all: all, reasons: make([][]string, len(all))}
	d.halt(halt)
	d.floor()
	d.rules()
	return d.decisions()
}

type decider struct {
	policy  RetentionPolicy
	now     time.Time
	all     []RetentionSubject // newest first
	reasons [][]string         // to keep, by index of all
}

func (d *decider) keep(i int, format string, args ...any) {
	d.reasons[i] = append(d.reasons[i], fmt.Sprintf(format, args...))
}

// counts tells whether a backup takes part in the rules.
func (d *decider) counts(b RetentionSubject) bool {
	return b.Kind != BackupPreRestore && b.Standing != StandingBroken && !b.CreatedAt.After(d.now)
}

func (d *decider) halt(why string) {
	if why == "" {
		for _, b := range d.all {
			if b.Kind == BackupPreRestore && b.Standing != StandingBroken {
				continue
			}
			if b.Standing == StandingBroken {
				why = "the newest backup, " + string(b.Stamp) + ", is broken"
			}
			break
		}
	}
	if why == "" && d.policy.Empty() {
		why = "no rule of retention is set"
	}
	if why == "" {
		return
	}
	for i := range d.all {
		d.keep(i, "nothing is removed: %s", why)
	}
}

// floor keeps what no policy may remove.
func (d *decider) floor() {
	proven, sound := false, 0
	for i, b := range d.all {
		if b.Pinned {
			d.keep(i, "pinned")
		}
		if b.Undo {
			d.keep(i, "still the way back from a restore")
		}
		if b.CreatedAt.After(d.now) {
			d.keep(i, "made in the future: a clock is wrong")
		}
		if b.Standing == StandingBroken {
			d.keep(i, "broken: for a person to judge")
			continue
		}
		if b.Standing == StandingProven && b.Kind != BackupPreRestore && !proven && !b.CreatedAt.After(d.now) {
			proven = true
			d.keep(i, "the newest proven one")
		}
		if d.counts(b) && sound < d.policy.MinKeep {
			sound++
			d.keep(i, "one of the newest %d, which are always kept", d.policy.MinKeep)
		}
	}
	if proven {
		return
	}
	// Only safety backups or ones from the future are proven: better than none.
	for i, b := range d.all {
		if b.Standing == StandingProven {
			d.keep(i, "the newest proven one")
			return
		}
	}
}

func (d *decider) rules() {
	p := d.policy
	last := 0
	for i, b := range d.all {
		if !d.counts(b) {
			continue
		}
		if last < p.KeepLast {
			last++
			d.keep(i, "one of the last %d", p.KeepLast)
		}
	}
	if p.KeepWithin > 0 {
		// Measured from the newest backup: a clock that runs ahead, or a service that
		// stood still for months, ages nothing.
		from := d.reference()
		for i, b := range d.all {
			if b.Standing != StandingBroken && from.Sub(b.CreatedAt) < p.KeepWithin {
				d.keep(i, "within %s", Span(p.KeepWithin))
			}
		}
	}
	d.buckets(p.KeepDaily, "day", func(t time.Time) string { return t.Format("2006-01-02") })
	d.buckets(p.KeepWeekly, "week", func(t time.Time) string {
		year, week := t.ISOWeek()
		return fmt.Sprintf("%d-W%02d", year, week)
	})
	d.buckets(p.KeepMonthly, "month", func(t time.Time) string { return t.Format("2006-01") })
}

func (d *decider) reference() time.Time {
	for _, b := range d.all {
		if d.counts(b) {
			return b.CreatedAt
		}
	}
	return d.now
}

// buckets keeps the best backup of each of the newest most periods that have any.
func (d *decider) buckets(most int, period string, of func(time.Time) string) {
	best := map[string]int{}
	var order []string
	for i, b := range d.all {
		if !d.counts(b) {
			continue
		}
		name := of(b.CreatedAt.UTC())
		at, seen := best[name]
		switch {
		case !seen && len(order) >= most:
			continue // they come newest first
		case !seen:
			order = append(order, name)
			best[name] = i
		case b.Standing.rank() > d.all[at].Standing.rank():
			best[name] = i
		}
	}
	for _, name := range order {
		d.keep(best[name], "the best of %s %s", period, name)
	}
}

func (d *decider) decisions() []RetentionDecision {
	out := make([]RetentionDecision, len(d.all))
	for i, b := range d.all {
		out[i] = RetentionDecision{Stamp: b.Stamp, Keep: len(d.reasons[i]) > 0, Reasons: d.reasons[i]}
		if out[i].Keep {
			continue
		}
		why := "no rule keeps it"
		if b.Kind == BackupPreRestore {
			why = "a safety backup whose time is over"
		}
		out[i].Reasons = []string{why}
	}
	return out
}

// rank orders the standings, the better the higher.
func (s Standing) rank() int {
	switch s {
	case StandingProven:
		return 3
	case StandingValidated:
		return 2
	case StandingWritten:
		return 1
	case StandingBroken:
	}
	return 0
}

// CompareStamps orders by second, then by number: -2 comes before -10.
func CompareStamps(a, b Stamp) int {
	return cmp.Or(a.Time().Compare(b.Time()), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
