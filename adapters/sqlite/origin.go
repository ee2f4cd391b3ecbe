package sqlite

import (
	"context"
	"encoding/json"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var (
	_ ports.OriginStore = (*Passages)(nil)
	_ ports.MemoryFeed  = (*Memories)(nil)
)

const originSelect = `SELECT p.id, coalesce(m.source, '') AS source, coalesce(max(m.created_at, m.affirmed_at), 0) AS said_at,
    coalesce(d.mtime_ns, 0) AS mtime_ns
FROM passage p
LEFT JOIN document d ON d.id = p.document
LEFT JOIN memory m ON p.kind = 'memory' AND m.id = p.id
WHERE p.id IN (SELECT value FROM json_each(?))`

// Origins implements ports.OriginStore.
func (p *Passages) Origins(ctx context.Context, ids []string) (map[string]domain.Origin, error) {
	found := make(map[string]domain.Origin, len(ids))
	if len(ids) == 0 {
		return found, ctx.Err()
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID     string `db:"id"`
		Source string `db:"source"`
		SaidAt int64  `db:"said_at"`
		Mtime  int64  `db:"mtime_ns"`
	}
	err = p.s.view(ctx, "read where passages come from", func(t *tx) error { return t.all(&rows, originSelect, string(list)) })
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		o := domain.Origin{At: time.Unix(0, r.Mtime).UTC(), Source: r.Source}
		if r.SaidAt != 0 {
			o.At = moment(r.SaidAt)
		}
		found[r.ID] = o
	}
	return found, nil
}

const (
	changedMark  = `SELECT coalesce(max(entry), 0) FROM memory_history`
	changedFirst = `SELECT ` + memoryColumns + ` FROM memory WHERE status IN (SELECT value FROM json_each(?))`
	changedSince = `SELECT ` + memoryColumns + ` FROM memory WHERE id IN (SELECT memory FROM memory_history WHERE entry > ?)`
	changedGone  = `SELECT DISTINCT memory FROM memory_history h WHERE entry > ?
    AND NOT EXISTS (SELECT 1 FROM memory WHERE id = h.memory)`
)

// Changed implements ports.MemoryFeed.
func (m *Memories) Changed(ctx context.Context, after int64, of []domain.MemoryStatus, each func(domain.Memory) error) (int64, error) {
	statuses, err := json.Marshal(of)
	if err != nil {
		return 0, err
	}
	var rows []memoryRow
	var gone []string
	// Every question asks, and nearly always nothing has changed.
	mark, err := m.s.seen.changed.look(ctx, m.s, func() (mark int64, err error) {
		err = m.s.read.row(ctx, changedMark, nil, &mark)
		return mark, m.s.explain(ctx, "read which memories changed", err)
	})
	if err != nil || mark == after {
		return mark, err
	}
	err = m.s.view(ctx, "read which memories changed", func(t *tx) error {
		if err := t.get(&mark, changedMark); err != nil || mark == after {
			return err
		}
		if after == 0 {
			return t.all(&rows, changedFirst, string(statuses))
		}
		if err := t.all(&gone, changedGone, after); err != nil {
			return err
		}
		return t.all(&rows, changedSince, after)
	})
	if err != nil {
		return 0, err
	}
	for _, id := range gone {
		rows = append(rows, memoryRow{ID: id})
	}
	for _, r := range rows {
		mem := r.memory()
		if r.Status == "" {
			mem = domain.Memory{ID: r.ID}
		}
		if err := each(mem); err != nil {
			return 0, err
		}
	}
	return mark, nil
}
