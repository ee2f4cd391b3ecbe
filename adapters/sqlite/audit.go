package sqlite

import (
	"cmp"
	"context"
	"math"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Audit is the audit trail.
type Audit struct{ s *Store }

var _ ports.AuditTrail = (*Audit)(nil)

// Audit returns the audit trail.
func (s *Store) Audit() *Audit { return &Audit{s} }

const (
	auditInsert = `INSERT INTO audit (at, key, who, origin, action, target, outcome, detail) VALUES (?, ?, ?, ?, ?, ?, ?, '')`
	auditEnd    = `UPDATE audit SET outcome = ?, detail = ? WHERE entry = ? AND outcome = 'begun'`
	auditList   = `SELECT entry, at, key, who, origin, action, target, outcome, detail FROM audit WHERE entry < ? ORDER BY entry DESC LIMIT ?`
)

type auditRow struct {
	Entry   int64  `db:"entry"`
	At      int64  `db:"at"`
	Key     string `db:"key"`
	Who     string `db:"who"`
	Origin  string `db:"origin"`
	Action  string `db:"action"`
	Target  string `db:"target"`
	Outcome string `db:"outcome"`
	Detail  string `db:"detail"`
}

// Begin implements ports.AuditTrail.
func (a *Audit) Begin(ctx context.Context, e domain.AuditEntry) (entry int64, err error) {
	err = a.s.update(ctx, "write the audit trail", func(t *tx) error {
		r, err := t.exec(auditInsert, micros(e.At), e.Key, e.By, e.From, e.Action, e.Target, string(domain.AuditBegun))
		if err != nil {
			return err
		}
		entry, err = r.LastInsertId()
		return err
	})
	return entry, err
}

// End implements ports.AuditTrail.
func (a *Audit) End(ctx context.Context, entry int64, outcome domain.AuditOutcome, detail string) error {
	return a.s.update(ctx, "write the audit trail", func(t *tx) error {
		r, err := t.exec(auditEnd, string(outcome), detail, entry)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, error(domain.NotFound("audit entry %d is not under way", entry)))
		}
		return nil
	})
}

// List implements ports.AuditTrail.
func (a *Audit) List(ctx context.Context, f domain.AuditFilter) ([]domain.AuditEntry, error) {
	limit := cmp.Or(f.Limit, domain.DefaultPageSize)
	if limit < 0 || limit > domain.MaxPageSize {
		return nil, domain.Invalid("limit %d is out of range", f.Limit).WithField("limit").
			WithHint("give a number from 1 to %d", domain.MaxPageSize)
	}
	var rows []auditRow
	err := a.s.view(ctx, "read the audit trail", func(t *tx) error {
		return t.all(&rows, auditList, cmp.Or(f.Before, math.MaxInt64), limit)
	})
	if err != nil {
		return nil, err
	}
	out := make([]domain.AuditEntry, len(rows))
	for i, r := range rows {
		out[i] = domain.AuditEntry{
			Entry: r.Entry, At: moment(r.At), Key: r.Key, By: r.Who, From: r.Origin, Action: r.Action, Target: r.Target,
			Outcome: domain.AuditOutcome(r.Outcome), Detail: r.Detail,
		}
	}
	return out, nil
}
