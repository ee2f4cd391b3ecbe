package drill

import (
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// tell tells how a drill ended. One that failed is a failure, though no error.
func (s *Service) tell(began time.Time, d domain.Drill, err error) {
	if s.cfg.Tell == nil {
		return
	}
	r := domain.JobReport{Job: domain.JobDrill, Started: began, Took: max(0, s.cfg.Clock.Now().Sub(began)), Bytes: d.Bytes}
	noticed, all := d.Detected()
	switch {
	case err != nil:
		r = r.Failed(err)
	case d.Passed:
		r.Summary = fmt.Sprintf("passed, %d of %d corruptions detected", noticed, all)
	default:
		r.Problem = fmt.Sprintf("%d of %d corruptions detected", noticed, all)
		for _, step := range d.Steps {
			if !step.Passed {
				r.Problem = step.Name + ": " + step.Detail
				break
			}
		}
		r.Remedy = "see its report: atocore drill"
	}
	s.cfg.Tell(r)
}
