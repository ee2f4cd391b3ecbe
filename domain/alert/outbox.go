package alert

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// keep puts a notice into the outbox, and tells whether it is there. Where it cannot
// be kept it is told all the same, as long as the process lives.
func (s *Service) keep(to ports.Messenger, n domain.Notice) bool {
	if s.cfg.Outbox == nil {
		return false
	}
	dropped, err := s.cfg.Outbox.Keep(context.Background(), domain.PendingNotice{To: to.Name(), Notice: n})
	for _, p := range dropped {
		s.cfg.Report(domain.Delivery{
			To: p.To, Notice: p.Notice, Outcome: domain.Dropped,
			Err: domain.Unavailable("too many notices wait, and it was the oldest"),
		})
	}
	return err == nil
}

// settle takes what is done with out of the outbox: delivered, or refused for good.
// A beat that was delivered makes those before it void.
func (s *Service) settle(to ports.Messenger, d *domain.Delivery) {
	s.mu.Lock()
	delete(s.queued, key(to, d.Notice))
	s.mu.Unlock()
	if s.cfg.Outbox == nil {
		return
	}
	ctx := context.Background() // also when the process is ending
	mine := domain.PendingNotice{To: d.To, Notice: d.Notice}
	waiting, err := s.cfg.Outbox.Waiting(ctx)
	if err != nil {
		return // it is tried once more than is needed
	}
	if d.Err != nil && !final(d.Err) {
		d.Kept = slices.ContainsFunc(waiting, mine.Same)
		return
	}
	for _, p := range waiting {
		older := d.Err == nil && to.Latest() && p.To == d.To && p.Notice.At.Before(d.Notice.At)
		if older || p.Same(mine) {
			_ = s.cfg.Outbox.Remove(ctx, p) // then it is told twice, under the same ID
		}
	}
}

// final tells whether another attempt is of no use: the receiver does not want it.
// What ended with the process is not.
func final(err error) bool {
	return domain.KindOf(err) != domain.KindUnavailable && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// resume puts what waits, and nobody is busy with, into the queues again, oldest
// first. What is for a messenger that is not configured any more is given up.
func (s *Service) resume() {
	if s.cfg.Outbox == nil {
		return
	}
	waiting, err := s.cfg.Outbox.Waiting(s.base)
	if err != nil {
		return // the next time
	}
	now := s.cfg.Clock.Now()
	for _, p := range waiting {
		if age := now.Sub(p.Notice.At).Abs(); age < abandoned { // the clock may have jumped
			continue
		}
		i := slices.IndexFunc(s.ways, func(w way) bool { return w.to.Name() == p.To })
		if i < 0 {
			s.cfg.Report(domain.Delivery{
				To: p.To, Notice: p.Notice, Outcome: domain.Dropped, Err: domain.Refused("it is not configured any more"),
			})
			_ = s.cfg.Outbox.Remove(s.base, p)
			continue
		}
		s.mu.Lock()
		busy := s.queued[key(s.ways[i].to, p.Notice)]
		s.mu.Unlock()
		if !busy {
			_ = s.enqueue(s.ways[i], item{notice: p.Notice}) // the next time
		}
	}
}

// again looks through what waits, now and then, until the service ends.
func (s *Service) again() {
	for {
		s.resume()
		t := time.NewTimer(s.cfg.Again)
		select {
		case <-t.C:
		case <-s.base.Done():
			t.Stop()
			return
		}
	}
}
