// Package recall is the use case of knowing which memories are of use: it counts
// those that answers and context packs held. An answer must not wait for that, so
// counts are gathered in memory and written together a few seconds later; what a
// process that dies had not written yet is lost, which a count may be and a memory
// may not.
package recall

import (
	"context"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what the service works with.
type Config struct {
	Store ports.RecallStore
	Clock ports.Clock
	// Delay is how long counts are gathered; 0 means 5 s.
	Delay time.Duration
}

// patience bounds how long writing the counts may take: somebody else may be
// writing, and counts are not worth waiting for.
const patience = 2 * time.Second

// Service counts. It is safe for concurrent use.
type Service struct {
	Config
	mu      sync.Mutex
	waiting map[string]domain.Recall
	timer   *time.Timer // runs while something waits; nil otherwise
	closed  bool
}

// New returns the service.
func New(c Config) *Service {
	if c.Delay == 0 {
		c.Delay = 5 * time.Second
	}
	return &Service{Config: c, waiting: map[string]domain.Recall{}}
}

// Note counts the memories once each. It never waits for the store.
func (s *Service) Note(ids []string) {
	if len(ids) == 0 {
		return
	}
	now := s.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	for _, id := range ids {
		s.waiting[id] = domain.Recall{Times: s.waiting[id].Times + 1, Last: now}
	}
	if s.timer == nil {
		s.timer = time.AfterFunc(s.Delay, func() { _ = s.flush(context.Background()) })
	}
}

// flush writes what waits. What could not be written waits on, and is tried again
// with what comes next.
func (s *Service) flush(ctx context.Context) error {
	s.mu.Lock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	batch := s.waiting
	s.waiting = map[string]domain.Recall{}
	s.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := s.Store.AddRecalls(ctx, batch)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for id, c := range batch {
			now := s.waiting[id]
			if now.Last.Before(c.Last) {
				now.Last = c.Last
			}
			s.waiting[id] = domain.Recall{Times: now.Times + c.Times, Last: now.Last}
		}
	}
	return err
}

// Counts returns what is counted of every memory that was ever recalled, by id.
func (s *Service) Counts(ctx context.Context) (map[string]domain.Recall, error) {
	_ = s.flush(ctx) // counts that cannot be written now are missing here, too
	return s.Store.Recalls(ctx)
}

// Close writes what waits, as far as that is quickly done. Nothing is counted after
// it.
func (s *Service) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.flush(context.Background())
}
