package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

const (
	oldBackup = 7 * 24 * time.Hour // since the last one, where no objective says more
	overdue   = time.Hour          // past its time, a job waits for a service that does not run
	badRow    = 3                  // failures in a row that make a fault of a warning
)

// backups returns the list, nil when it cannot be had.
func (s *Service) backups(ctx context.Context, e *examination) []domain.BackupSummary {
	const subject = "backups"
	if s.Backups == nil {
		return nil
	}
	list, err := s.Backups.List(ctx)
	if err != nil {
		e.failed(domain.SeverityFault, subject, err, "look at backup.dir")
		return nil
	}
	var newest domain.BackupSummary
	proven := false
	for _, b := range list {
		if b.Standing == domain.StandingBroken {
			e.add(domain.SeverityFault, subject, fmt.Sprintf("%s is broken: %s", b.Stamp, b.Problem),
				"see what is left of it: atocore backup validate "+string(b.Stamp))
			continue
		}
		proven = proven || b.Standing == domain.StandingProven
		if b.CreatedAt.After(newest.CreatedAt) && !b.CreatedAt.After(s.Clock.Now().Add(domain.Future)) {
			newest = b
		}
	}
	age := s.Clock.Now().Sub(newest.CreatedAt)
	switch {
	case newest.Stamp == "":
		e.add(domain.SeverityWarning, subject, "there is none", "make one: atocore backup create")
		return list
	case age > oldBackup:
		e.add(domain.SeverityWarning, subject, fmt.Sprintf("the newest, %s, is %d days old", newest.Stamp, int(age.Hours()/24)),
			"make one: atocore backup create")
	default:
		e.ok(subject, "%d, the newest %s (%s)", len(list), newest.Stamp, newest.Standing)
	}
	if !proven {
		e.add(domain.SeverityWarning, "proofs", "no backup has been proven to restore", "prove the newest: atocore backup prove latest")
	}
	return list
}

// safety tells how the objectives, the drills and the ledger stand.
func (s *Service) safety(ctx context.Context, e *examination) {
	if s.Judge == nil {
		return
	}
	v, verdicts, err := s.Judge(ctx)
	if err != nil {
		return // the only error is that of ctx
	}
	for _, part := range []string{"proof", "ledger"} {
		if err := v.Unknown[part]; err != nil {
			e.failed(domain.SeverityFault, part, err, "look at backup.dir")
		}
	}
	for _, d := range verdicts {
		severity := map[domain.Light]domain.Severity{
			domain.Red: domain.SeverityFault, domain.Yellow: domain.SeverityWarning, domain.Green: domain.SeverityOK,
		}[d.Light]
		e.add(severity, "objective "+d.Key, d.Reason, d.Remedy)
	}
	if !v.LastProof.IsZero() {
		e.ok("proofs", "%s was proven %s ago%s", v.ProvenStamp, domain.Span(v.At.Sub(v.LastProof)), measured(v.RestoreTime))
	}
	switch {
	case v.DrillFailed != "":
		e.add(domain.SeverityFault, "drill", "the newest failed: "+v.DrillFailed, "see what it found: atocore drill")
	case !v.LastDrill.IsZero():
		e.ok("drill", "the last that passed was %s ago", domain.Span(v.At.Sub(v.LastDrill)))
	case v.Unknown["ledger"] == nil:
		e.ok("drill", "none has been run: atocore drill")
	}
	for _, f := range v.LedgerFaults {
		where := "as a whole"
		if f.Line > 0 {
			where = fmt.Sprintf("line %d", f.Line)
		}
		e.add(domain.SeverityFault, "ledger", where+": "+f.Problem,
			"find out who changed the backups or their ledger; what is left is sound where atocore backup validate says so")
	}
}

func measured(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return ", restored in " + domain.Span(d)
}

func (s *Service) schedule(ctx context.Context, e *examination) {
	const subject = "schedule"
	if s.Schedule == nil {
		return
	}
	jobs, err := s.Schedule(ctx)
	if err != nil {
		e.failed(domain.SeverityFault, subject, err, "the next run writes a new log; what was damaged is set aside in the data directory")
		return
	}
	if len(jobs) == 0 {
		e.ok(subject, "none: backups are made by hand, or by a timer of the system")
		return
	}
	var fine []string
	for _, j := range jobs {
		run := "see why with: atocore schedule status; then do what is due: atocore schedule run"
		switch {
		case j.Failures > 0:
			why := ""
			if j.Last != nil {
				why = ": " + j.Last.Problem
				if j.Last.Remedy != "" {
					run = j.Last.Remedy
				}
			}
			severity := domain.SeverityWarning
			if j.Failures >= badRow {
				severity = domain.SeverityFault
			}
			e.add(severity, subject, fmt.Sprintf("%s failed %s%s", j.Job, times(j.Failures), why), run)
		case j.Missed, !j.Next.IsZero() && j.Next.Before(s.Clock.Now().Add(-overdue)):
			e.add(domain.SeverityWarning, subject, fmt.Sprintf("%s was due and was not done", j.Job),
				"keep the service running (atocore serve), or do what is due: atocore schedule run")
		default:
			fine = append(fine, string(j.Job))
		}
	}
	if len(fine) > 0 {
		slices.Sort(fine)
		e.ok(subject, "%s on time", strings.Join(fine, ", "))
	}
}

func times(n int) string {
	if n == 1 {
		return "the last time"
	}
	return fmt.Sprintf("%d times in a row", n)
}

func (s *Service) remote(ctx context.Context, e *examination) {
	const subject = "off site"
	if s.Remote == nil {
		return
	}
	place, err := s.Remote(ctx)
	switch {
	case err != nil:
		e.failed(domain.SeverityFault, subject, err, "look at remote.* in the configuration")
	case place == "":
		e.ok(subject, "no copies are sent elsewhere: see backup push")
	default:
		e.ok(subject, "%s answers", place)
	}
}

// notices looks whether somebody is still to be told.
func (s *Service) notices(ctx context.Context, e *examination) {
	const subject = "notices"
	if s.Notices == nil {
		return
	}
	waiting, err := s.Notices(ctx)
	switch {
	case err != nil:
		e.failed(domain.SeverityWarning, subject, err, "look at the data directory")
	case len(waiting) == 0:
		e.ok(subject, "everybody was told")
	default:
		first := waiting[0]
		e.add(domain.SeverityWarning, subject,
			fmt.Sprintf("%d were not delivered yet, the oldest of %s to %s: %s", len(waiting),
				first.Notice.At.Format("2006-01-02 15:04"), first.To, first.Notice.Text()),
			"see that who is to be told can be reached; they are tried again by the service, and with the next notice")
	}
}
