package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Memories is the store of memories.
type Memories struct{ s *Store }

var _ ports.MemoryStore = (*Memories)(nil)

const (
	memoryColumns = `id, type, content, project, confidence, source, status, created_at, updated_at, revision`
	memoryInsert  = `INSERT INTO memory (` + memoryColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	memorySelect  = `SELECT ` + memoryColumns + ` FROM memory WHERE id = ?`
	memoryUpdate  = `UPDATE memory SET type = ?, content = ?, project = ?, confidence = ?, source = ?, status = ?,
    updated_at = ?, revision = ? WHERE id = ?`
	memoryDelete  = `DELETE FROM memory WHERE id = ?`
	historyInsert = `INSERT INTO memory_history (kind, at, memory, type, content, project, confidence, source, status,
    created_at, updated_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	historySelect = `SELECT kind, at, memory AS id, type, content, project, confidence, source, status,
    created_at, updated_at, revision FROM memory_history WHERE memory = ? ORDER BY entry`
)

// memoryRow is a row of memory.
type memoryRow struct {
	ID         string  `db:"id"`
	Type       string  `db:"type"`
	Content    string  `db:"content"`
	Project    string  `db:"project"`
	Confidence float64 `db:"confidence"`
	Source     string  `db:"source"`
	Status     string  `db:"status"`
	CreatedAt  int64   `db:"created_at"`
	UpdatedAt  int64   `db:"updated_at"`
	Revision   int64   `db:"revision"`
}

func (r memoryRow) memory() domain.Memory {
	return domain.Memory{
		ID: r.ID, Type: domain.MemoryType(r.Type), Content: r.Content, Project: r.Project,
		Confidence: r.Confidence, Source: r.Source, Status: domain.MemoryStatus(r.Status),
		CreatedAt: moment(r.CreatedAt), UpdatedAt: moment(r.UpdatedAt), Revision: r.Revision,
	}
}

// Create implements ports.MemoryStore.
func (m *Memories) Create(ctx context.Context, mem domain.Memory, vector []float32) error {
	if err := m.s.checkVector(vector); err != nil {
		return err
	}
	mem.Revision = 1
	return m.s.update(ctx, "create memory", func(t *tx) error {
		_, err := t.exec(memoryInsert, mem.ID, mem.Type, mem.Content, mem.Project, mem.Confidence, mem.Source,
			mem.Status, micros(mem.CreatedAt), micros(mem.UpdatedAt), mem.Revision)
		if isUnique(err) {
			return domain.Conflict("there is a memory %q already", mem.ID).WithField("id")
		}
		if err != nil {
			return err
		}
		if err := record(t, domain.ChangeCreated, micros(mem.CreatedAt), mem); err != nil {
			return err
		}
		return m.s.storeMemoryVector(t, mem, vector)
	})
}

// Get implements ports.MemoryStore.
func (m *Memories) Get(ctx context.Context, id string) (domain.Memory, error) {
	var mem domain.Memory
	err := m.s.view(ctx, "get memory", func(t *tx) (err error) {
		mem, err = memoryByID(t, id)
		return err
	})
	return mem, err
}

// Update implements ports.MemoryStore.
func (m *Memories) Update(ctx context.Context, id string, change func(*domain.Memory) ([]float32, error)) (domain.Memory, error) {
	var mem domain.Memory
	err := m.s.update(ctx, "update memory", func(t *tx) error {
		old, err := memoryByID(t, id)
		if err != nil {
			return err
		}
		mem = old
		vector, err := change(&mem)
		if err != nil {
			return err
		}
		if err := m.s.checkVector(vector); err != nil {
			return err
		}
		// What identifies a memory and orders the lists is not for changing.
		mem.ID, mem.CreatedAt, mem.Revision = old.ID, old.CreatedAt, old.Revision+1
		mem.UpdatedAt = moment(micros(mem.UpdatedAt))
		if _, err := t.exec(memoryUpdate, mem.Type, mem.Content, mem.Project, mem.Confidence, mem.Source, mem.Status,
			micros(mem.UpdatedAt), mem.Revision, id); err != nil {
			return err
		}
		if err := record(t, domain.ChangeUpdated, micros(mem.UpdatedAt), mem); err != nil {
			return err
		}
		if len(vector) == 0 && mem.Project != old.Project {
			return m.s.moveVector(t, id, mem.Project)
		}
		return m.s.storeMemoryVector(t, mem, vector)
	})
	if err != nil {
		return domain.Memory{}, err
	}
	return mem, nil
}

// Delete implements ports.MemoryStore.
func (m *Memories) Delete(ctx context.Context, id string, at ports.Moment) error {
	return m.s.update(ctx, "delete memory", func(t *tx) error {
		mem, err := memoryByID(t, id)
		if err != nil {
			return err
		}
		if err := record(t, domain.ChangeDeleted, micros(at), mem); err != nil {
			return err
		}
		_, err = t.exec(memoryDelete, id)
		return err
	})
}

// History implements ports.MemoryStore.
func (m *Memories) History(ctx context.Context, id string) ([]domain.MemoryChange, error) {
	var rows []struct {
		Kind string `db:"kind"`
		At   int64  `db:"at"`
		memoryRow
	}
	err := m.s.view(ctx, "read a memory's history", func(t *tx) error {
		return t.all(&rows, historySelect, id)
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, noMemory(id)
	}
	changes := make([]domain.MemoryChange, len(rows))
	for i, r := range rows {
		changes[i] = domain.MemoryChange{Kind: domain.ChangeKind(r.Kind), At: moment(r.At), Memory: r.memory()}
	}
	return changes, nil
}

func memoryByID(t *tx, id string) (domain.Memory, error) {
	var row memoryRow
	err := t.get(&row, memorySelect, id)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Memory{}, noMemory(id)
	}
	return row.memory(), err
}

func noMemory(id string) error {
	return domain.NotFound("there is no memory %q", id).WithField("id").
		WithHint("list them with: atocore memory list")
}

func record(t *tx, kind domain.ChangeKind, at int64, m domain.Memory) error {
	_, err := t.exec(historyInsert, kind, at, m.ID, m.Type, m.Content, m.Project, m.Confidence, m.Source, m.Status,
		micros(m.CreatedAt), micros(m.UpdatedAt), m.Revision)
	return err
}
