package sqlite

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/atocore/atocore/domain"
)

// List implements ports.MemoryStore.
func (m *Memories) List(ctx context.Context, f domain.MemoryFilter) (domain.MemoryPage, error) {
	return m.list(ctx, f, `SELECT `+memoryColumns+` FROM memory`)
}

// list returns a page of what the query, which has no condition yet, selects.
func (m *Memories) list(ctx context.Context, f domain.MemoryFilter, from string, with ...any) (domain.MemoryPage, error) {
	limit := cmp.Or(f.Limit, domain.DefaultPageSize)
	if limit < 0 || limit > domain.MaxPageSize {
		return domain.MemoryPage{}, domain.Invalid("limit %d is out of range", f.Limit).WithField("limit").
			WithHint("give a number from 1 to %d", domain.MaxPageSize)
	}
	query, args, err := listQuery(f, limit, from)
	if err != nil {
		return domain.MemoryPage{}, err
	}
	var rows []memoryRow
	if err := m.s.view(ctx, "list memories", func(t *tx) error { return t.all(&rows, query, append(with, args...)...) }); err != nil {
		return domain.MemoryPage{}, err
	}
	var page domain.MemoryPage
	if len(rows) > limit {
		rows = rows[:limit]
		last := rows[limit-1]
		page.NextCursor = cursor{createdAt: last.CreatedAt, id: last.ID}.String()
	}
	page.Memories = make([]domain.Memory, len(rows))
	for i, r := range rows {
		page.Memories[i] = r.memory()
	}
	return page, nil
}

// listQuery asks for one row more than limit, which tells whether there is a next
// page.
func listQuery(f domain.MemoryFilter, limit int, from string) (query string, args []any, err error) {
	var where []string
	add := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	if f.Project != nil {
		add("project = ?", *f.Project)
	}
	if f.Among != nil {
		among, err := json.Marshal(f.Among)
		if err != nil {
			return "", nil, err
		}
		add("project IN (SELECT value FROM json_each(?))", string(among))
	}
	if f.Type != "" {
		add("type = ?", f.Type)
	}
	if f.Status != "" {
		add("status = ?", f.Status)
	}
	if f.Cursor != "" {
		c, err := parseCursor(f.Cursor)
		if err != nil {
			return "", nil, err
		}
		add("(created_at, id) < (?, ?)", c.createdAt, c.id)
	}
	query = from
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, " AND ")
	}
	return query + ` ORDER BY created_at DESC, id DESC LIMIT ?`, append(args, limit+1), nil
}
