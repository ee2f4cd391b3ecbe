package sqlite

import (
	"context"
	"encoding/json"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Recalls counts how often memories were recalled.
type Recalls struct{ s *Store }

var _ ports.RecallStore = (*Recalls)(nil)

// Recalls returns the counts of recalled memories.
func (s *Store) Recalls() *Recalls { return &Recalls{s} }

const (
	recallAdd = `INSERT INTO recall_count (memory, times, last_at)
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
    ON CONFLICT (memory) DO UPDATE SET times = times + excluded.times, last_at = max(last_at, excluded.last_at)`
	recallAll = `SELECT memory, times, last_at FROM recall_count`
)

// AddRecalls implements ports.RecallStore.
func (r *Recalls) AddRecalls(ctx context.Context, recalls map[string]domain.Recall) error {
	rows := make([][3]any, 0, len(recalls))
	for id, c := range recalls {
		rows = append(rows, [3]any{id, c.Times, micros(c.Last)})
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	return r.s.update(ctx, "count what was recalled", func(t *tx) error {
		_, err := t.exec(recallAdd, string(list))
		return err
	})
}

// Recalls implements ports.RecallStore.
func (r *Recalls) Recalls(ctx context.Context) (map[string]domain.Recall, error) {
	var rows []struct {
		Memory string `db:"memory"`
		Times  int64  `db:"times"`
		LastAt int64  `db:"last_at"`
	}
	if err := r.s.view(ctx, "read what was recalled", func(t *tx) error { return t.all(&rows, recallAll) }); err != nil {
		return nil, err
	}
	out := make(map[string]domain.Recall, len(rows))
	for _, row := range rows {
		out[row.Memory] = domain.Recall{Times: row.Times, Last: moment(row.LastAt)}
	}
	return out, nil
}
