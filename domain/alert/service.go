// Package alert tells people outside how jobs ended and how the objectives stand.
// Telling never blocks and never fails what is told about: a notice waits in a
// queue of its messenger, is tried several times, and what became of it is
// reported. With an outbox it is on the disk before anything else is done with it,
// and stays there until it is delivered, or refused for good: a process that is
// killed, or a receiver that is away for a day, loses none.
package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what a Service is made of. Zero values of what follows the ports get
// the documented defaults.
type Config struct {
	Messengers []ports.Messenger
	Clock      ports.Clock
	IDs        ports.IDs

	Attempts int           // for one notice; 0: 5
	Timeout  time.Duration // of one attempt; 0: 10 s
	Backoff  time.Duration // before the second attempt, and doubled from then on; 0: 1 s
	Queue    int           // notices that may wait for one messenger; 0: 64

	// Outbox keeps what is not delivered yet; nil: it is in memory alone.
	Outbox ports.Outbox
	// Again is how often a service that runs tries what waits in the outbox; 0: only
	// when something new is told.
	Again time.Duration

	// Report is told what became of every notice on every way out, from several
	// goroutines at once; may be nil.
	Report func(domain.Delivery)
	// Wait waits between attempts, for tests; nil: by the clock of the machine.
	Wait func(ctx context.Context, d time.Duration) error
}

const (
	// longestPause bounds the time between two attempts.
	longestPause = time.Minute
	// abandoned is how old a notice is that no other process is still busy with.
	abandoned = 5 * time.Minute
)

// Service tells. It is safe for concurrent use, and so is a nil one, which tells
// nobody. Make it with New and end it with Close.
type Service struct {
	cfg    Config
	base   context.Context
	cancel context.CancelFunc
	done   chan struct{} // closed when every worker has ended

	mu      sync.Mutex
	closed  bool
	resumed bool            // what waited was looked through once
	queued  map[string]bool // by the key of what is in a queue, or being tried
	ways    []way
}

// way is a messenger and what waits for it.
type way struct {
	to    ports.Messenger
	queue chan item
}

// item is a notice that waits, and who is told what became of it, if anybody.
type item struct {
	notice domain.Notice
	done   chan<- domain.Delivery
}

// New returns a service that is ready to tell.
func New(c Config) *Service {
	c.Attempts = cmp.Or(c.Attempts, 5)
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	c.Backoff = cmp.Or(c.Backoff, time.Second)
	c.Queue = cmp.Or(c.Queue, 64)
	if c.Report == nil {
		c.Report = func(domain.Delivery) {}
	}
	if c.Wait == nil {
		c.Wait = wait
	}
	s := &Service{cfg: c, done: make(chan struct{}), queued: map[string]bool{}}
	s.base, s.cancel = context.WithCancel(context.Background())
	var workers sync.WaitGroup
	for _, m := range c.Messengers {
		w := way{to: m, queue: make(chan item, c.Queue)}
		s.ways = append(s.ways, w)
		workers.Go(func() {
			for i := range w.queue {
				d := s.deliver(w.to, i.notice)
				s.settle(w.to, &d)
				s.cfg.Report(d)
				if i.done != nil {
					i.done <- d // there is room for one of every messenger
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(s.done)
	}()
	if c.Again > 0 && c.Outbox != nil && len(s.ways) > 0 {
		go s.again()
	}
	return s
}

// Job tells how a run of a job ended.
func (s *Service) Job(r domain.JobReport) {
	if s != nil {
		_, _ = s.tell(domain.Notice{Report: &r}, nil) // Report is told
	}
}

// Objective tells that an objective changed its light.
func (s *Service) Objective(v domain.Verdict) {
	if s != nil {
		_, _ = s.tell(domain.Notice{Verdict: &v}, nil)
	}
}

// Tell tells how a run of a job ended. With an outbox that could keep it, it returns
// at once: it is told in the end. Without, it waits for what becomes of it. The error
// says that somebody who wanted to know was not reached; a later call may reach them,
// as another notice.
func (s *Service) Tell(ctx context.Context, r domain.JobReport) error {
	if s == nil {
		return nil
	}
	done := make(chan domain.Delivery, len(s.ways))
	waiting, err := s.tell(domain.Notice{Report: &r}, done)
	for range waiting {
		select {
		case d := <-done:
			if d.Err != nil {
				err = errors.Join(err, fmt.Errorf("tell %s: %w", d.To, d.Err))
			}
		case <-ctx.Done():
			return fmt.Errorf("tell: %w", errors.Join(ctx.Err(), err))
		}
	}
	return err
}

// tell returns on how many ways the notice is now that have to be waited for, and why
// it is not on others.
func (s *Service) tell(n domain.Notice, done chan<- domain.Delivery) (waiting int, err error) {
	if len(s.ways) == 0 {
		return 0, nil
	}
	n.ID, n.At = s.cfg.IDs.NewID(), s.cfg.Clock.Now()
	for _, w := range s.ways {
		if !w.to.Wants(n) {
			continue
		}
		kept := s.keep(w.to, n)
		i := item{n, done}
		if kept {
			i.done = nil
		}
		if lost := s.enqueue(w, i); lost != nil {
			d := domain.Delivery{To: w.to.Name(), Notice: n, Outcome: domain.Dropped, Err: lost, Kept: kept}
			s.cfg.Report(d)
			if !kept {
				err = errors.Join(err, fmt.Errorf("tell %s: %w", d.To, d.Err))
			}
			continue
		}
		if !kept {
			waiting++
		}
	}
	s.mu.Lock()
	first := !s.resumed
	s.resumed = true
	s.mu.Unlock()
	if first {
		s.resume()
	}
	return waiting, err
}

func key(to ports.Messenger, n domain.Notice) string { return to.Name() + "\x00" + n.ID }

// enqueue returns why it was not taken. It never waits.
func (s *Service) enqueue(w way, i item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return domain.Unavailable("the program is ending")
	}
	select {
	case w.queue <- i:
		s.queued[key(w.to, i.notice)] = true
		return nil
	default:
		return domain.Unavailable("%d notices are waiting already", s.cfg.Queue)
	}
}

// deliver tries until it is done, hopeless or the service ends.
func (s *Service) deliver(m ports.Messenger, n domain.Notice) domain.Delivery {
	d := domain.Delivery{To: m.Name(), Notice: n, Outcome: domain.DeliveryFailed}
	pause := s.cfg.Backoff
	for {
		d.Attempts++
		d.Err = s.attempt(m, n)
		if d.Err == nil {
			d.Outcome = domain.Delivered
			return d
		}
		if domain.KindOf(d.Err) != domain.KindUnavailable || d.Attempts >= s.cfg.Attempts {
			return d
		}
		if s.cfg.Wait(s.base, pause) != nil {
			return d // ending; the error of the attempt says more
		}
		pause = min(2*pause, longestPause)
	}
}

func (s *Service) attempt(m ports.Messenger, n domain.Notice) (err error) {
	defer func() {
		if r := recover(); r != nil { // the job must not die of its messenger
			err = fmt.Errorf("deliver: panic: %v", r)
		}
	}()
	ctx, cancel := context.WithTimeout(s.base, s.cfg.Timeout)
	defer cancel()
	return m.Deliver(ctx, n)
}

// Close takes no more notices and waits for those that are there. When ctx ends
// first, what is left is given up; every one of those is reported as failed.
func (s *Service) Close(ctx context.Context) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		for _, w := range s.ways {
			close(w.queue)
		}
	}
	s.mu.Unlock()
	defer s.cancel()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	s.cancel()
	<-s.done
	return fmt.Errorf("tell: %w", ctx.Err())
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
