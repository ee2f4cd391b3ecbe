package offsite

import (
	"context"
	"fmt"

	"github.com/atocore/atocore/domain"
)

// Judge notes with a backup on the remote what came of proving the copy that was
// fetched from there: one that passed is proven, one that did not is proven no
// more.
func (s *Service) Judge(ctx context.Context, p domain.Proof) error {
	release, err := s.cfg.Exclude(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = release() }() // the lock ends with the process in any case
	m, err := s.read(ctx, p.Stamp)
	if err != nil {
		return fmt.Errorf("note the proof of %s on the remote: %w", p.Stamp, err)
	}
	switch {
	case p.Passed:
		m.Standing, m.Since = string(domain.StandingProven), p.At
	case m.Standing == string(domain.StandingProven):
		m.Standing, m.Since = string(domain.StandingWritten), m.PushedAt
	default:
		return nil
	}
	return s.write(ctx, m)
}
