package restore

import (
	"context"
	"time"

	"github.com/atocore/atocore/domain"
)

// record notes in the ledger what came of a restore or undo of the live state. What
// was refused, or failed without touching it, is no event. A ledger that cannot be
// written changes nothing about the state: it is said.
func (r *run) record(ctx context.Context, took time.Duration, failure error) {
	if r.s.cfg.Record == nil || failure != nil && !r.committed {
		return
	}
	e := domain.LedgerEntry{
		Kind: domain.LedgerRestore, Outcome: domain.LedgerPassed, Stamp: r.j.Stamp, Took: took,
		Details: map[string]string{},
	}
	if r.j.Undo {
		e.Details["undo"] = "true"
	}
	if r.safety != "" {
		e.Details["safety_backup"] = string(r.safety)
	}
	if failure != nil {
		e.Outcome, e.Details["problem"] = domain.LedgerFailed, failure.Error()
	}
	if err := r.s.cfg.Record(context.WithoutCancel(ctx), e); err != nil {
		r.notes = append(r.notes, "the restore could not be noted in the ledger: "+err.Error())
	}
}

// recordRecovery notes how an interrupted one ended.
func (s *Service) recordRecovery(ctx context.Context, rec *domain.Recovery) {
	if s.cfg.Record == nil || rec.Outcome == domain.RecoveryNone {
		return
	}
	e := domain.LedgerEntry{
		Kind: domain.LedgerRestore, Outcome: domain.LedgerPassed, Stamp: rec.Stamp,
		Details: map[string]string{"interrupted": string(rec.Outcome)},
	}
	if rec.Undo {
		e.Details["undo"] = "true"
	}
	if rec.Outcome == domain.RecoveryRolledBack {
		e.Outcome, e.Details["problem"] = domain.LedgerFailed, rec.Reason
	}
	if err := s.cfg.Record(context.WithoutCancel(ctx), e); err != nil {
		rec.Notes = append(rec.Notes, "the end of the restore could not be noted in the ledger: "+err.Error())
	}
}
