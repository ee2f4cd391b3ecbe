// Package vitals finds out how safe the state is from what lies on the disk, holds
// it against the operator's objectives, and tells when an objective changes its
// light. It asks by functions, so that a part that is not configured is simply not
// there; a part that cannot be asked is said to be unknown, and hides no other.
package vitals

import (
	"context"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what a Service asks. Every function may be nil.
type Config struct {
	Clock      ports.Clock
	Objectives domain.Objectives
	// Backups lists the backups there are, newest first.
	Backups func(ctx context.Context) ([]domain.BackupSummary, error)
	// Proof returns the last proof of a backup that is proven; KindNotFound when
	// what it said is gone.
	Proof func(ctx context.Context, stamp domain.Stamp) (domain.Proof, error)
	// Ledger reads what was done: drills, copies elsewhere.
	Ledger func(ctx context.Context) (domain.LedgerReading, error)
	// Remote says in words where copies are sent; "" for nowhere.
	Remote string
	// Keep is for how long an answer is given again without looking; 0: not at all.
	Keep time.Duration
}

// Service looks. It is safe for concurrent use.
type Service struct {
	cfg Config

	mu     sync.Mutex
	kept   *domain.Vitals
	lights map[string]domain.Light // as last told by Changes
}

// New returns the service.
func New(c Config) *Service { return &Service{cfg: c} }

// Vitals returns how safe the state is. The error is only that of ctx.
func (s *Service) Vitals(ctx context.Context) (domain.Vitals, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.vitals(ctx)
}

func (s *Service) vitals(ctx context.Context) (domain.Vitals, error) {
	now := s.cfg.Clock.Now()
	if k := s.kept; k != nil && s.cfg.Keep > 0 {
		// A clock that was put back makes the answer stale, too.
		if age := now.Sub(k.At); age >= 0 && age < s.cfg.Keep {
			return *k, nil
		}
	}
	v := domain.Vitals{At: now, Standings: map[domain.Standing]int{}, Unknown: map[string]error{}, Remote: s.cfg.Remote}
	s.backups(ctx, &v)
	s.ledger(ctx, &v)
	if err := ctx.Err(); err != nil {
		return domain.Vitals{}, err
	}
	s.kept = &v
	return v, nil
}

func (s *Service) backups(ctx context.Context, v *domain.Vitals) {
	if s.cfg.Backups == nil {
		return
	}
	list, err := s.cfg.Backups(ctx)
	if err != nil {
		v.Unknown["backups"] = err
		return
	}
	horizon := v.At.Add(domain.Future)
	for _, b := range list {
		v.Standings[b.Standing]++
		v.Bytes += b.Bytes
		switch {
		case b.CreatedAt.After(horizon):
			v.Ahead = append(v.Ahead, b.Stamp)
			continue
		case b.Standing == domain.StandingBroken:
			continue
		case b.Standing == domain.StandingProven && b.Since.After(v.LastProof) && !b.Since.After(horizon):
			v.LastProof, v.ProvenStamp = b.Since, b.Stamp
		}
		// The safety backup of a restore holds what somebody wanted replaced.
		if b.Kind != domain.BackupPreRestore && b.CreatedAt.After(v.LastBackup.CreatedAt) {
			v.LastBackup = b
		}
	}
	if s.cfg.Proof == nil || v.ProvenStamp == "" {
		return
	}
	p, err := s.cfg.Proof(ctx, v.ProvenStamp)
	switch {
	case err == nil:
		v.RestoreTime = p.RestoreTook
	case domain.KindOf(err) != domain.KindNotFound:
		v.Unknown["proof"] = err
	}
}

func (s *Service) ledger(ctx context.Context, v *domain.Vitals) {
	if s.cfg.Ledger == nil {
		return
	}
	r, err := s.cfg.Ledger(ctx)
	if err != nil {
		v.Unknown["ledger"] = err
		return
	}
	v.LedgerFaults = r.Faults
	horizon := v.At.Add(domain.Future)
	elsewhere := map[domain.Stamp]bool{}
	for _, e := range r.Entries { // oldest first
		if e.At.After(horizon) {
			continue // what the clock has not reached yet has not happened
		}
		switch e.Kind {
		case domain.LedgerDrill:
			v.DrillFailed = ""
			if e.Outcome == domain.LedgerPassed {
				v.LastDrill = e.At
			} else {
				v.DrillFailed = failure(e)
			}
		case domain.LedgerRemoteCopy:
			if e.Outcome == domain.LedgerPassed {
				elsewhere[e.Stamp] = true
			}
		case domain.LedgerRemoteGone:
			if e.Outcome == domain.LedgerPassed {
				delete(elsewhere, e.Stamp)
			}
		default:
		}
	}
	for stamp := range elsewhere {
		if _, err := domain.ParseStamp(string(stamp)); err != nil {
			continue
		}
		if at := stamp.Time(); at.After(v.LastPush) && !at.After(horizon) {
			v.LastPush = at
		}
	}
}

// failure says why a drill failed, as far as its entry does.
func failure(e domain.LedgerEntry) string {
	for _, key := range []string{"problem", "error", "failed", "reason"} {
		if why := e.Details[key]; why != "" {
			return why
		}
	}
	return "see its report"
}

// Judge returns the vitals and how each objective that is set stands.
func (s *Service) Judge(ctx context.Context) (domain.Vitals, []domain.Verdict, error) {
	v, err := s.Vitals(ctx)
	if err != nil {
		return v, nil, err
	}
	return v, s.cfg.Objectives.Judge(v), nil
}

// Forget makes the next call look again: something was just done.
func (s *Service) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
}

// Changes returns the verdicts whose light is another than at the last call. At
// the first call, these are the ones that are not green: a service that starts
// into a missed objective says so once.
func (s *Service) Changes(ctx context.Context) ([]domain.Verdict, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.vitals(ctx)
	if err != nil {
		return nil, err
	}
	if s.lights == nil {
		s.lights = map[string]domain.Light{}
	}
	var changed []domain.Verdict
	for _, d := range s.cfg.Objectives.Judge(v) {
		before, known := s.lights[d.Key]
		if !known {
			before = domain.Green
		}
		if s.lights[d.Key] = d.Light; d.Light != before {
			changed = append(changed, d)
		}
	}
	return changed, nil
}

// Watch calls tell for every change until ctx ends, looking every so often.
func (s *Service) Watch(ctx context.Context, every time.Duration, tell func(domain.Verdict)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		changed, err := s.Changes(ctx)
		if err != nil {
			return // the only error is that of ctx
		}
		for _, d := range changed {
			tell(d)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
