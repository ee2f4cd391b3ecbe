package index

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// MostWait bounds how long a receipt waits.
const MostWait = time.Minute

// receiptPoll is how often the queue is looked at while somebody else empties it.
const receiptPoll = 50 * time.Millisecond

// Receipt tells how far the index in use has come with the changes up to the mark;
// 0 stands for all that are committed now. It waits until it has them all, at most
// for the time given, and carries them over itself when nobody else does. An index
// that cannot be reached is a reason in the receipt, no error.
func (s *Service) Receipt(ctx context.Context, mark int64, wait time.Duration) (domain.Receipt, error) {
	if wait < 0 || wait > MostWait {
		return domain.Receipt{}, domain.Invalid("wait %s is out of range", wait).WithField("wait").
			WithHint("give a time up to %s, such as 2s", MostWait)
	}
	if s.Inline != nil {
		return domain.Receipt{Mark: mark}, nil
	}
	r, err := s.backlog(ctx, mark)
	if err != nil || r.Settled() || wait == 0 {
		return r, err
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		_, drained := s.Drain(limited, nil)
		now, err := s.backlog(ctx, r.Mark)
		if err != nil || now.Settled() {
			return now, err
		}
		r = now
		if drained != nil && !errors.Is(drained, context.DeadlineExceeded) {
			r.Reason = drained.Error()
		}
		timer := time.NewTimer(receiptPoll)
		select {
		case <-limited.Done():
			timer.Stop()
			return r, ctx.Err()
		case <-timer.C:
		}
	}
}

func (s *Service) backlog(ctx context.Context, mark int64) (domain.Receipt, error) {
	r := domain.Receipt{Mark: mark}
	ready, building, _, err := s.ours(ctx)
	if err != nil {
		return r, err
	}
	in := ready
	if in == nil {
		in = building
	}
	if in == nil {
		// No index of the configured model knows anything.
		if r.Pending, err = s.Text.Count(ctx); err == nil && r.Pending > 0 {
			r.Reason = s.unready(ctx).Error()
		}
		return r, err
	}
	n, newest, err := s.Queue.Backlog(ctx, in.Name, mark)
	if err != nil {
		return r, fmt.Errorf("count what waits for the vector index: %w", err)
	}
	if r.Pending = n; mark == 0 {
		r.Mark = newest
	}
	return r, nil
}
