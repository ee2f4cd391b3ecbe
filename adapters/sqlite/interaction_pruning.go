package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.InteractionRetention = (*Interactions)(nil)

const (
	pruningInsert = `INSERT INTO interaction_pruning (at, removed, oldest, newest, reason) VALUES (?, ?, ?, ?, ?)`
	pruningSelect = `SELECT at, removed, oldest, newest, reason FROM interaction_pruning ORDER BY entry DESC LIMIT ?`
	// Those before a moment, and those that are not among the newest so many.
	pruneDue = `SELECT id FROM interaction WHERE at < ?1
    OR (?2 > 0 AND (at, id) < (SELECT at, id FROM interaction ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?2 - 1))
    ORDER BY at, id LIMIT ?3`
	pruneCount  = `SELECT count(*) AS removed, coalesce(min(at), 0) AS oldest, coalesce(max(at), 0) AS newest FROM interaction WHERE id IN (` + pruneDue + `)`
	pruneDelete = `DELETE FROM interaction WHERE id IN (` + pruneDue + `)`
)

type pruningRow struct {
	At      int64  `db:"at"`
	Removed int    `db:"removed"`
	Oldest  int64  `db:"oldest"`
	Newest  int64  `db:"newest"`
	Reason  string `db:"reason"`
}

// Drop implements ports.InteractionRetention.
func (n *Interactions) Drop(ctx context.Context, id string, at ports.Moment, reason string) error {
	return n.s.update(ctx, "remove an interaction", func(t *tx) error {
		i, err := interactionByID(t, id)
		if err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM interaction WHERE id = ?`, id); err != nil {
			return err
		}
		_, err = t.exec(pruningInsert, micros(at), 1, micros(i.At), micros(i.At), reason)
		return err
	})
}

// Prune implements ports.InteractionRetention.
func (n *Interactions) Prune(ctx context.Context, p domain.Pruning, before ports.Moment, keep, limit int, dry bool) (domain.Pruning, error) {
	run := n.s.update
	if dry {
		run = n.s.view
	}
	err := run(ctx, "remove old interactions", func(t *tx) error {
		var row pruningRow
		if err := t.get(&row, pruneCount, micros(before), keep, limit); err != nil {
			return err
		}
		p.Removed, p.Oldest, p.Newest = row.Removed, time.Time{}, time.Time{}
		if row.Removed == 0 {
			return nil
		}
		p.Oldest, p.Newest = moment(row.Oldest), moment(row.Newest)
		if dry {
			return nil
		}
		if _, err := t.exec(pruneDelete, micros(before), keep, limit); err != nil {
			return err
		}
		_, err := t.exec(pruningInsert, micros(p.At), p.Removed, row.Oldest, row.Newest, p.Reason)
		return err
	})
	if err != nil {
		return domain.Pruning{}, fmt.Errorf("prune: %w", err)
	}
	return p, nil
}

// Prunings implements ports.InteractionRetention.
func (n *Interactions) Prunings(ctx context.Context, limit int) ([]domain.Pruning, error) {
	var rows []pruningRow
	if err := n.s.view(ctx, "list removals of interactions", func(t *tx) error { return t.all(&rows, pruningSelect, limit) }); err != nil {
		return nil, err
	}
	out := make([]domain.Pruning, len(rows))
	for i, r := range rows {
		out[i] = domain.Pruning{At: moment(r.At), Removed: r.Removed, Oldest: moment(r.Oldest), Newest: moment(r.Newest), Reason: r.Reason}
	}
	return out, nil
}
