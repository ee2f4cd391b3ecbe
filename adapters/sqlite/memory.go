package sqlite

import (
	"cmp"
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
	// memoryState is what a memory and each entry of its history have in common.
	memoryState = `type, content, project, confidence, source, status, created_at, updated_at, revision,
    superseded_by, contradicts, reinforced, affirmed_at, last_kind, last_by, last_reason`
	memoryColumns = `id, ` + memoryState
	memoryInsert  = `INSERT INTO memory (` + memoryColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	memorySelect  = `SELECT ` + memoryColumns + ` FROM memory WHERE id = ?`
	memoryUpdate  = `UPDATE memory SET type = ?, content = ?, project = ?, confidence = ?, source = ?, status = ?,
    created_at = ?, updated_at = ?, revision = ?, superseded_by = ?, contradicts = ?, reinforced = ?, affirmed_at = ?,
    last_kind = ?, last_by = ?, last_reason = ? WHERE id = ?`
	memoryDelete  = `DELETE FROM memory WHERE id = ?`
	historyInsert = `INSERT INTO memory_history (kind, at, memory, ` + memoryState + `)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	historySelect = `SELECT kind, at, memory AS id, ` + memoryState + ` FROM memory_history WHERE memory = ? ORDER BY entry`
)

// memoryRow is a row of memory.
type memoryRow struct {
	ID           string  `db:"id"`
	Type         string  `db:"type"`
	Content      string  `db:"content"`
	Project      string  `db:"project"`
	Confidence   float64 `db:"confidence"`
	Source       string  `db:"source"`
	Status       string  `db:"status"`
	CreatedAt    int64   `db:"created_at"`
	UpdatedAt    int64   `db:"updated_at"`
	Revision     int64   `db:"revision"`
	SupersededBy string  `db:"superseded_by"`
	Contradicts  string  `db:"contradicts"`
	Reinforced   int64   `db:"reinforced"`
	AffirmedAt   int64   `db:"affirmed_at"`
	LastKind     string  `db:"last_kind"`
	LastBy       string  `db:"last_by"`
	LastReason   string  `db:"last_reason"`
}

func (r memoryRow) memory() domain.Memory {
	return domain.Memory{
		ID: r.ID, Type: domain.MemoryType(r.Type), Content: r.Content, Project: r.Project,
		Confidence: r.Confidence, Source: r.Source, Status: domain.MemoryStatus(r.Status),
		CreatedAt: moment(r.CreatedAt), UpdatedAt: moment(r.UpdatedAt), Revision: r.Revision,
		SupersededBy: r.SupersededBy, Contradicts: r.Contradicts, Reinforced: r.Reinforced,
		AffirmedAt: moment(r.AffirmedAt),
		Last:       domain.Act{Kind: domain.ChangeKind(r.LastKind), By: r.LastBy, Reason: r.LastReason},
	}
}

// memoryValues are the values of memoryState.
func memoryValues(m domain.Memory) []any {
	return []any{
		m.Type, m.Content, m.Project, m.Confidence, m.Source, m.Status, micros(m.CreatedAt), micros(m.UpdatedAt), m.Revision,
		m.SupersededBy, m.Contradicts, m.Reinforced, micros(m.AffirmedAt), m.Last.Kind, m.Last.By, m.Last.Reason,
	}
}

// Create implements ports.MemoryStore.
func (m *Memories) Create(ctx context.Context, mem domain.Memory, vector []float32) error {
	if err := m.s.checkVector(vector); err != nil {
		return err
	}
	mem.Revision = 1
	return m.s.update(ctx, "create memory", func(t *tx) error {
		_, err := t.exec(memoryInsert, append([]any{mem.ID}, memoryValues(mem)...)...)
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
		mem.Last = domain.Act{}
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
		mem.AffirmedAt = moment(micros(mem.AffirmedAt))
		if _, err := t.exec(memoryUpdate, append(memoryValues(mem), id)...); err != nil {
			return err
		}
		if err := record(t, domain.ChangeUpdated, micros(mem.UpdatedAt), mem); err != nil {
			return err
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
	return m.Forget(ctx, id, at, domain.Act{})
}

// History implements ports.MemoryStore.
func (m *Memories) History(ctx context.Context, id string) ([]domain.MemoryChange, error) {
	var rows []historyRow
	err := m.s.view(ctx, "read a memory's history", func(t *tx) error {
		return t.all(&rows, historySelect, id)
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, domain.NoMemory(id)
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
		return domain.Memory{}, domain.NoMemory(id)
	}
	return row.memory(), err
}

// record adds to the history; what the act says of the kind goes before kind.
func record(t *tx, kind domain.ChangeKind, at int64, m domain.Memory) error {
	_, err := t.exec(historyInsert, append([]any{cmp.Or(m.Last.Kind, kind), at, m.ID}, memoryValues(m)...)...)
	return err
}
