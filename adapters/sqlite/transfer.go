package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Transfer gives out everything and takes it in.
type Transfer struct{ s *Store }

var _ ports.TransferStore = (*Transfer)(nil)

// Transfer returns the way in and out.
func (s *Store) Transfer() *Transfer { return &Transfer{s} }

const (
	transferMemories = `SELECT kind, at, memory AS id, ` + memoryState + ` FROM memory_history ORDER BY memory, entry`
	transferFacts    = `SELECT ` + factColumns + ` FROM project_state ORDER BY project, key, entry`
	transferTurns    = `SELECT ` + interactionColumns + ` FROM interaction ORDER BY at, id`
)

// Export implements ports.TransferStore.
func (x *Transfer) Export(ctx context.Context, each func(domain.Record) error) error {
	return x.s.view(ctx, "export", func(t *tx) error {
		if err := exportMemories(t, each); err != nil {
			return err
		}
		if err := exportFacts(t, each); err != nil {
			return err
		}
		return scan(t, transferTurns, func(row interactionRow) error {
			i, err := row.interaction()
			if err != nil {
				return err
			}
			return each(domain.Record{Interaction: &i})
		})
	})
}

// scan reads row by row.
func scan[T any](t *tx, query string, each func(T) error) error {
	rows, err := t.rows(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var row T
		if err := rows.StructScan(&row); err != nil {
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

func exportMemories(t *tx, each func(domain.Record) error) error {
	var h domain.MemoryHistory
	flush := func() error {
		if len(h.Changes) == 0 {
			return nil
		}
		whole := h
		h = domain.MemoryHistory{}
		return each(domain.Record{Memory: &whole})
	}
	err := scan(t, transferMemories, func(row historyRow) error {
		if row.ID != h.ID {
			if err := flush(); err != nil {
				return err
			}
			h.ID = row.ID
		}
		h.Changes = append(h.Changes, domain.MemoryChange{Kind: domain.ChangeKind(row.Kind), At: moment(row.At), Memory: row.memory()})
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func exportFacts(t *tx, each func(domain.Record) error) error {
	var h domain.FactHistory
	flush := func() error {
		if len(h.Entries) == 0 {
			return nil
		}
		whole := h
		h = domain.FactHistory{}
		return each(domain.Record{State: &whole})
	}
	err := scan(t, transferFacts, func(row factRow) error {
		if row.Project != h.Project || row.Key != h.Key {
			if err := flush(); err != nil {
				return err
			}
			h.Project, h.Key = row.Project, row.Key
		}
		h.Entries = append(h.Entries, row.fact())
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// Import implements ports.TransferStore.
func (x *Transfer) Import(ctx context.Context, records []domain.Record, vectors map[string][]float32, dry bool) ([]domain.Outcome, error) {
	for _, v := range vectors {
		if err := x.s.checkVector(v); err != nil {
			return nil, err
		}
	}
	run := x.s.update
	if dry {
		run = x.s.view
	}
	var out []domain.Outcome
	err := run(ctx, "import", func(t *tx) error {
		out = make([]domain.Outcome, 0, len(records))
		for _, r := range records {
			o := domain.Outcome{Kind: r.Kind(), Name: r.Name()}
			var err error
			switch o.Kind {
			case domain.RecordMemory:
				err = x.putHistory(t, *r.Memory, vectors[r.Memory.ID], dry, &o)
			case domain.RecordState:
				err = putFacts(t, *r.State, dry, &o)
			case domain.RecordInteraction:
				err = putInteraction(t, *r.Interaction, dry, &o)
			default:
				err = fmt.Errorf("a record of kind %q is not for the store", o.Kind)
			}
			if err != nil {
				return err
			}
			out = append(out, o)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (x *Transfer) putHistory(t *tx, h domain.MemoryHistory, vector []float32, dry bool, o *domain.Outcome) error {
	var rows []historyRow
	if err := t.all(&rows, historySelect, h.ID); err != nil {
		return err
	}
	stored := make([]domain.MemoryChange, len(rows))
	for i, r := range rows {
		stored[i] = domain.MemoryChange{Kind: domain.ChangeKind(r.Kind), At: moment(r.At), Memory: r.memory()}
	}
	o.Meeting, o.Reason = domain.MeetHistory(stored, h)
	if dry || o.Meeting != domain.MeetsNothing {
		return nil
	}
	for _, c := range h.Changes {
		if _, err := t.exec(historyInsert, append([]any{c.Kind, micros(c.At), h.ID}, memoryValues(c.Memory)...)...); err != nil {
			return err
		}
	}
	m, ok := h.Now()
	if !ok {
		return nil
	}
	if _, err := t.exec(memoryInsert, append([]any{m.ID}, memoryValues(m)...)...); err != nil {
		return err
	}
	return x.s.storeMemoryVector(t, m, vector)
}

func putFacts(t *tx, h domain.FactHistory, dry bool, o *domain.Outcome) error {
	var rows []factRow
	if err := t.all(&rows, factAll, h.Project, h.Key); err != nil {
		return err
	}
	stored := make([]domain.Fact, len(rows))
	for i, r := range rows {
		stored[i] = r.fact()
	}
	o.Meeting, o.Reason = domain.MeetFacts(stored, h)
	if dry || o.Meeting != domain.MeetsNothing {
		return nil
	}
	for _, f := range h.Entries {
		if _, err := t.exec(factInsert, f.Project, f.Key, f.Value, f.Removed, f.By, f.Reason, micros(f.At)); err != nil {
			return err
		}
	}
	return nil
}

func putInteraction(t *tx, i domain.Interaction, dry bool, o *domain.Outcome) error {
	var row interactionRow
	var stored *domain.Interaction
	err := t.get(&row, interactionSelect, i.ID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return err
	default:
		was, err := row.interaction()
		if err != nil {
			return err
		}
		stored = &was
	}
	o.Meeting, o.Reason = domain.MeetInteraction(stored, i)
	if dry || o.Meeting != domain.MeetsNothing {
		return nil
	}
	return addInteraction(t, i)
}
