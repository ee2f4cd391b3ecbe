package portfake

import (
	"cmp"
	"context"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Audit is ports.AuditTrail in memory. The zero value works.
type Audit struct {
	// Fail is called at the start of every call with "audit.begin" and the like; what
	// it returns is returned. It may be nil.
	Fail func(op string) error

	mu  sync.Mutex
	all []domain.AuditEntry
}

var _ ports.AuditTrail = (*Audit)(nil)

// Begin implements ports.AuditTrail.
func (s *Audit) Begin(ctx context.Context, e domain.AuditEntry) (int64, error) {
	if err := begin(ctx, s.Fail, "audit.begin"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.Entry, e.Outcome, e.Detail = int64(len(s.all)+1), domain.AuditBegun, ""
	s.all = append(s.all, e)
	return e.Entry, nil
}

// End implements ports.AuditTrail.
func (s *Audit) End(ctx context.Context, entry int64, outcome domain.AuditOutcome, detail string) error {
	if err := begin(ctx, s.Fail, "audit.end"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if entry < 1 || entry > int64(len(s.all)) || s.all[entry-1].Outcome != domain.AuditBegun {
		return domain.NotFound("audit entry %d is not under way", entry)
	}
	s.all[entry-1].Outcome, s.all[entry-1].Detail = outcome, detail
	return nil
}

// List implements ports.AuditTrail.
func (s *Audit) List(ctx context.Context, f domain.AuditFilter) ([]domain.AuditEntry, error) {
	if err := begin(ctx, s.Fail, "audit.list"); err != nil {
		return nil, err
	}
	limit := cmp.Or(f.Limit, domain.DefaultPageSize)
	if limit < 0 || limit > domain.MaxPageSize {
		return nil, domain.Invalid("limit %d is out of range", f.Limit).WithField("limit")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []domain.AuditEntry{}
	for i := len(s.all) - 1; i >= 0 && len(out) < limit; i-- {
		if f.Before == 0 || s.all[i].Entry < f.Before {
			out = append(out, s.all[i])
		}
	}
	return out, nil
}
