package domain

import (
	"fmt"
	"time"
)

// Future is how far ahead of the clock a time may lie that another machine or a
// corrected clock wrote, before it is doubted.
const Future = 5 * time.Minute

// Vitals is how safe the state is, as what lies on the disk shows it. A zero time
// means never.
type Vitals struct {
	At time.Time // when it was looked at

	Standings  map[Standing]int // how many backups of each
	Bytes      int64            // of all backups
	LastBackup BackupSummary    // the newest that is whole, no safety backup, and not from the future
	Ahead      []Stamp          // backups from the future

	LastProof   time.Time     // when a backup was last proven to restore
	ProvenStamp Stamp         // which
	RestoreTime time.Duration // that the last proof measured; 0 when it is not known

	LastDrill time.Time // the last that passed
	// DrillFailed is why the newest drill failed; "" when it passed or there was none.
	DrillFailed string

	Remote string // where copies are sent, in words; "" for nowhere
	// LastPush is when the newest backup was made of which a copy was seen whole
	// elsewhere: what is lost with the machine is what came after.
	LastPush time.Time

	LedgerFaults []LedgerFault // everything wrong with the ledger's chain
	// Unknown lists, by part, what could not be found out and why.
	Unknown map[string]error
}

// Objectives are what the operator has promised. Zero means that nothing is asked.
type Objectives struct {
	RecoveryPoint time.Duration // the newest good backup is at most so old
	RecoveryTime  time.Duration // a proof measured a restore of at most this
	ProofAge      time.Duration // a backup was proven within
	DrillAge      time.Duration // a drill passed within
	OffsiteAge    time.Duration // a copy was sent elsewhere within
}

// Light says how an objective stands.
type Light string

// The lights.
const (
	Green  Light = "green"  // met
	Yellow Light = "yellow" // missed
	Red    Light = "red"    // missed by more than its double, or never met
)

// Verdict is how one objective stands.
type Verdict struct {
	Key    string // of the objective: rpo, rto, proof_age, drill_age, offsite_age
	Light  Light
	Limit  time.Duration
	Seen   time.Duration // age or duration; meaningless when Never
	Never  bool
	Reason string // on one line
	Remedy string // "" when it is met
}

// Judge holds the vitals against the objectives and returns a verdict for each
// that is set, in the order of Objectives.
func (o Objectives) Judge(v Vitals) []Verdict {
	var out []Verdict
	age := func(key string, limit time.Duration, at time.Time, what, remedy string) {
		if limit <= 0 {
			return
		}
		d := Verdict{Key: key, Limit: limit, Never: at.IsZero(), Seen: max(0, v.At.Sub(at))}
		switch {
		case d.Never:
			d.Light, d.Reason = Red, fmt.Sprintf("there is no %s", what)
		default:
			d.Light = light(d.Seen, limit)
			d.Reason = fmt.Sprintf("the last %s is %s old, allowed are %s", what, Span(d.Seen), Span(limit))
		}
		if d.Light != Green {
			d.Remedy = remedy
		}
		out = append(out, d)
	}
	age("rpo", o.RecoveryPoint, v.LastBackup.CreatedAt, "good backup", "make one: atocore backup create")
	if o.RecoveryTime > 0 {
		d := Verdict{Key: "rto", Limit: o.RecoveryTime, Seen: v.RestoreTime, Never: v.RestoreTime <= 0}
		if d.Never {
			d.Light, d.Reason = Red, "no proof has measured how long a restore takes"
			d.Remedy = "measure it: atocore backup prove latest"
		} else {
			d.Light = light(d.Seen, d.Limit)
			d.Reason = fmt.Sprintf("a restore takes %s, allowed are %s", Span(d.Seen), Span(d.Limit))
			if d.Light != Green {
				d.Remedy = "keep the backups on a faster disk, or allow more in objectives.rto"
			}
		}
		out = append(out, d)
	}
	age("proof_age", o.ProofAge, v.LastProof, "proof of a restore", "prove one: atocore backup prove latest")
	age("drill_age", o.DrillAge, v.LastDrill, "drill that passed", "run one: atocore drill")
	age("offsite_age", o.OffsiteAge, v.LastPush, "copy off site", "send one: atocore backup push latest")
	return out
}

func light(seen, limit time.Duration) Light {
	switch {
	case seen <= limit:
		return Green
	case seen > 2*limit:
		return Red
	}
	return Yellow
}

// Worst returns the worst of the verdicts' lights; Green for none.
func Worst(list []Verdict) Light {
	worst := Green
	for _, v := range list {
		if v.Light == Red || v.Light == Yellow && worst == Green {
			worst = v.Light
		}
	}
	return worst
}

// Span renders a duration for people, in one unit or two: 3 d 4 h, 12 min, 3.2 s.
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Span(-d)
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	days, hours := int(d.Hours())/24, int(d.Hours())%24
	if hours == 0 {
		return fmt.Sprintf("%d d", days)
	}
	return fmt.Sprintf("%d d %d h", days, hours)
}
