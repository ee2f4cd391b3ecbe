package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// shortToken is how long a token is at least that cannot be guessed, in characters.
const shortToken = 16

// exposure looks at who could reach the service.
func (s *Service) exposure(ctx context.Context, e *examination) {
	const subject = "exposure"
	x := s.Exposure
	switch {
	case x.Listen == "":
	case !x.Loopback && x.Token == "" && x.Keys != nil && x.Keys(ctx):
		e.ok(subject, "%s, with keys; they go over the network in the clear unless something before it does TLS", x.Listen)
	case !x.Loopback && x.Token == "":
		e.add(domain.SeverityFault, subject, fmt.Sprintf("listen is %s and there is no token: everyone on the network could read the memory, so serve refuses to start", x.Listen),
			"set api_token or api_token_file, make a key (atocore key create), or listen on 127.0.0.1")
	case x.Token != "" && len(x.Token) < shortToken:
		e.add(domain.SeverityWarning, subject, fmt.Sprintf("the token has %d characters and can be guessed", len(x.Token)),
			"take a longer one, such as what this prints: openssl rand -hex 32")
	case !x.Loopback:
		e.ok(subject, "%s, with a token; the token goes over the network in the clear unless something before it does TLS", x.Listen)
	default:
		e.ok(subject, "%s: this machine alone", x.Listen)
	}
}

// clock looks for signs that the clock is or was wrong: ages, schedules and the
// choice of the newest backup all hang on it.
func (s *Service) clock(e *examination, newest time.Time, list []domain.BackupSummary) {
	const subject = "clock"
	const set = "set the clock of the machine, and have it kept by NTP"
	now := s.Clock.Now()
	fine := true
	if !s.Built.IsZero() && now.Before(s.Built.Add(-24*time.Hour)) {
		fine = false
		e.add(domain.SeverityFault, subject, fmt.Sprintf("it says %s, and this program was built on %s",
			now.Format("2006-01-02"), s.Built.Format("2006-01-02")), set)
	}
	horizon := now.Add(domain.Future)
	if newest.After(horizon) {
		fine = false
		e.add(domain.SeverityWarning, subject, fmt.Sprintf("the newest entry of the database is from %s from now: the clock was put back, or was wrong when it was written",
			domain.Span(newest.Sub(now))), set)
	}
	for _, b := range list {
		if b.CreatedAt.After(horizon) {
			fine = false
			e.add(domain.SeverityWarning, subject, fmt.Sprintf("backup %s is from %s from now and counts neither as new nor as old",
				b.Stamp, domain.Span(b.CreatedAt.Sub(now))), "make one with the right time: atocore backup create; then remove the other")
		}
	}
	if fine {
		e.ok(subject, "%s", now.Format(time.RFC3339))
	}
}
