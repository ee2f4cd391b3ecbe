package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Facts is the store of project states.
type Facts struct{ s *Store }

var _ ports.FactStore = (*Facts)(nil)

// Facts returns the store of project states.
func (s *Store) Facts() *Facts { return &Facts{s} }

const (
	factColumns = `project, key, value, removed, set_by, reason, at`
	factInsert  = `INSERT INTO project_state (` + factColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?)`
	factLast    = `SELECT ` + factColumns + ` FROM project_state WHERE project = ? AND key = ? ORDER BY entry DESC LIMIT 1`
	factAll     = `SELECT ` + factColumns + ` FROM project_state WHERE project = ? AND key = ? ORDER BY entry`
	factsAt     = `SELECT ` + factColumns + ` FROM project_state WHERE removed = 0 AND entry IN
    (SELECT max(entry) FROM project_state WHERE project = ? AND at <= ? GROUP BY key) ORDER BY key`
)

type factRow struct {
	Project string `db:"project"`
	Key     string `db:"key"`
	Value   string `db:"value"`
	Removed bool   `db:"removed"`
	By      string `db:"set_by"`
	Reason  string `db:"reason"`
	At      int64  `db:"at"`
}

func (r factRow) fact() domain.Fact {
	return domain.Fact{
		Project: r.Project, Key: r.Key, Value: r.Value, Removed: r.Removed, By: r.By, Reason: r.Reason, At: moment(r.At),
	}
}

// Put implements ports.FactStore.
func (f *Facts) Put(ctx context.Context, fact domain.Fact, accept func(now *domain.Fact) error) error {
	return f.s.update(ctx, "set project state", func(t *tx) error {
		var row factRow
		var now *domain.Fact
		err := t.get(&row, factLast, fact.Project, fact.Key)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case !row.Removed:
			now = new(row.fact())
		}
		if err := accept(now); err != nil {
			return err
		}
		_, err = t.exec(factInsert, fact.Project, fact.Key, fact.Value, fact.Removed, fact.By, fact.Reason, micros(fact.At))
		return err
	})
}

// Facts implements ports.FactStore.
func (f *Facts) Facts(ctx context.Context, project string, at ports.Moment) ([]domain.Fact, error) {
	return f.read(ctx, factsAt, project, micros(at))
}

// FactHistory implements ports.FactStore.
func (f *Facts) FactHistory(ctx context.Context, project, key string) ([]domain.Fact, error) {
	return f.read(ctx, factAll, project, key)
}

func (f *Facts) read(ctx context.Context, query string, args ...any) ([]domain.Fact, error) {
	var rows []factRow
	if err := f.s.view(ctx, "read project state", func(t *tx) error { return t.all(&rows, query, args...) }); err != nil {
		return nil, err
	}
	out := make([]domain.Fact, len(rows))
	for i, r := range rows {
		out[i] = r.fact()
	}
	return out, nil
}
