package offsite

import (
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// tellPush tells how a push ended.
func (s *Service) tellPush(began time.Time, t domain.RemoteTransfer, err error) {
	r := domain.JobReport{Stamp: t.Stamp, Bytes: t.ArchiveBytes, Summary: "sent to " + s.Place()}
	if t.Already {
		r.Bytes, r.Summary = 0, "was there already: "+s.Place()
	}
	s.tell(began, r, err)
}

// tellSync tells how a sync ended.
func (s *Service) tellSync(began time.Time, out domain.RemoteSync, err error) {
	r := domain.JobReport{Summary: fmt.Sprintf("%d sent, %d were there already: %s", len(out.Pushed), len(out.Already), s.Place())}
	for _, t := range out.Pushed {
		r.Bytes += t.ArchiveBytes
		r.Stamp = t.Stamp
	}
	if len(out.Pushed) > 1 {
		r.Stamp = ""
	}
	s.tell(began, r, err)
}

func (s *Service) tell(began time.Time, r domain.JobReport, err error) {
	if s.cfg.Tell == nil {
		return
	}
	r.Job, r.Started, r.Took = domain.JobPush, began, max(0, s.cfg.Clock.Now().Sub(began))
	s.cfg.Tell(r.Failed(err))
}
