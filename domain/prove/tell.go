package prove

import (
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// tell tells how a proof ended. One that found differences is a failure, though
// no error.
func (s *Service) tell(began time.Time, name string, p domain.Proof, err error) {
	if s.cfg.Tell == nil {
		return
	}
	r := domain.JobReport{Job: domain.JobProve, Stamp: p.Stamp, Started: began, Took: max(0, s.cfg.Clock.Now().Sub(began))}
	if stamp, perr := domain.ParseStamp(name); perr == nil {
		r.Stamp = stamp
	}
	switch {
	case err != nil:
		r = r.Failed(err)
	case p.Passed:
		r.Summary = "proven, restores in " + domain.Span(p.RestoreTook)
	default:
		r.Problem = fmt.Sprintf("it differs in %d points", len(p.Differences))
		if len(p.Differences) > 0 {
			r.Problem += ": " + p.Differences[0].String()
		}
		r.Remedy = "do not rely on it: make a new one with atocore backup create, and prove that"
	}
	s.cfg.Tell(r)
}
