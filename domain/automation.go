package domain

import (
	"fmt"
	"strings"
	"time"
)

// DrillRecord is what is known of past drills. Zero times mean never.
type DrillRecord struct {
	Passed time.Time // the newest that passed
	Failed time.Time // the newest that failed
}

// AllowAutomation returns nil when the settings named in on may let agents write by
// themselves: a drill younger than maxAge passed, and none has failed since. Who
// writes without being watched must be able to take it back. Otherwise it is
// KindRefused and names the command that helps.
func AllowAutomation(on []string, d DrillRecord, maxAge time.Duration, now time.Time) error {
	if len(on) == 0 {
		return nil
	}
	var why string
	switch age := now.Sub(d.Passed); {
	case d.Passed.IsZero() && d.Failed.IsZero():
		why = "no drill has been run yet"
	case d.Failed.After(d.Passed):
		why = "the last drill, at " + d.Failed.UTC().Format(time.RFC3339) + ", failed"
	case age > maxAge:
		why = fmt.Sprintf("the last drill that passed is %s old, allowed are %s", Span(age), Span(maxAge))
	case age < -Future:
		why = "the last drill is dated in the future, at " + d.Passed.UTC().Format(time.RFC3339) + ": a clock is or was wrong"
	default:
		return nil
	}
	verb := "lets"
	if len(on) > 1 {
		verb = "let"
	}
	return Refused("%s %s agents write by themselves, and %s", strings.Join(on, ", "), verb, why).
		WithField(on[0]).WithHint("run a drill first: atocore drill")
}
