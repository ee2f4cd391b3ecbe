package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.MemoryArchive = (*Memories)(nil)

const (
	// The last entry of each history up to the moment, unless that is a deletion.
	archiveList = `SELECT id, ` + memoryState + ` FROM (SELECT memory AS id, ` + memoryState + ` FROM memory_history AS h
    WHERE kind <> 'deleted' AND entry = (SELECT max(entry) FROM memory_history WHERE memory = h.memory AND at <= ?))`
	archiveActive = `SELECT memory AS id, ` + memoryState + ` FROM memory_history
    WHERE entry IN (SELECT max(entry) FROM memory_history WHERE at <= ? GROUP BY memory)
    AND kind <> 'deleted' AND status = 'active' ORDER BY memory`
	archiveGet = `SELECT kind, at, memory AS id, ` + memoryState + ` FROM memory_history
    WHERE memory = ? AND at <= ? ORDER BY entry DESC LIMIT 1`
	archiveLast = `SELECT kind, at, memory AS id, ` + memoryState + ` FROM memory_history
    WHERE memory = ? ORDER BY entry DESC LIMIT 1`
)

type historyRow struct {
	Kind string `db:"kind"`
	At   int64  `db:"at"`
	memoryRow
}

// ListAt implements ports.MemoryArchive.
func (m *Memories) ListAt(ctx context.Context, at ports.Moment, f domain.MemoryFilter) (domain.MemoryPage, error) {
	return m.list(ctx, f, archiveList, micros(at))
}

// ActiveAt implements ports.MemoryArchive.
func (m *Memories) ActiveAt(ctx context.Context, at ports.Moment) ([]domain.Memory, error) {
	var rows []memoryRow
	if err := m.s.view(ctx, "read memories as they were", func(t *tx) error { return t.all(&rows, archiveActive, micros(at)) }); err != nil {
		return nil, err
	}
	out := make([]domain.Memory, len(rows))
	for i, r := range rows {
		out[i] = r.memory()
	}
	return out, nil
}

// GetAt implements ports.MemoryArchive.
func (m *Memories) GetAt(ctx context.Context, id string, at ports.Moment) (domain.Memory, error) {
	var row historyRow
	err := m.s.view(ctx, "get a memory as it was", func(t *tx) error {
		return t.get(&row, archiveGet, id, micros(at))
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.Kind == string(domain.ChangeDeleted) {
		return domain.Memory{}, domain.NoMemoryThen(id)
	}
	return row.memory(), err
}

// Forget implements ports.MemoryArchive.
func (m *Memories) Forget(ctx context.Context, id string, at ports.Moment, act domain.Act) error {
	return m.s.update(ctx, "delete memory", func(t *tx) error {
		mem, err := memoryByID(t, id)
		if err != nil {
			return err
		}
		mem.Last = act
		if err := record(t, domain.ChangeDeleted, micros(at), mem); err != nil {
			return err
		}
		_, err = t.exec(memoryDelete, id)
		return err
	})
}

// Revive implements ports.MemoryArchive.
func (m *Memories) Revive(ctx context.Context, id string, change func(*domain.Memory) ([]float32, error)) (domain.Memory, error) {
	var mem domain.Memory
	err := m.s.update(ctx, "bring a memory back", func(t *tx) error {
		var row historyRow
		err := t.get(&row, archiveLast, id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return domain.NoMemory(id)
		case err != nil:
			return err
		case row.Kind != string(domain.ChangeDeleted):
			return domain.Conflict("memory %q is not deleted", id).WithField("id")
		}
		old := row.memory()
		mem = old
		mem.Last = domain.Act{}
		vector, err := change(&mem)
		if err != nil {
			return err
		}
		if err := m.s.checkVector(vector); err != nil {
			return err
		}
		mem.ID, mem.CreatedAt, mem.Revision = old.ID, old.CreatedAt, old.Revision+1
		mem.UpdatedAt, mem.AffirmedAt = moment(micros(mem.UpdatedAt)), moment(micros(mem.AffirmedAt))
		if _, err := t.exec(memoryInsert, append([]any{id}, memoryValues(mem)...)...); err != nil {
			return err
		}
		if err := record(t, domain.ChangeRestored, micros(mem.UpdatedAt), mem); err != nil {
			return err
		}
		return m.s.storeMemoryVector(t, mem, vector)
	})
	if err != nil {
		return domain.Memory{}, err
	}
	return mem, nil
}
