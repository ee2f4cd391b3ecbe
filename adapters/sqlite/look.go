package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
)

// OpenToLook opens the live database in order to examine it beside whoever uses
// it: it makes and migrates nothing, and leaves every byte as it is, also what a
// killed process left in the WAL. What it refuses, it refuses as Open does; a
// database with an older schema is opened as it is, and only Schema, Inspect and
// what that schema has can be asked. Every write is refused.
func OpenToLook(ctx context.Context, cfg Config) (*Store, error) {
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("look at database: %w", err)
	}
	if err := ensure(ctx, path, false); err != nil {
		return nil, explain(ctx, path, "look at database", err)
	}
	q := dsn(path, prober)
	if wal, statErr := os.Stat(path + "-wal"); statErr == nil && wal.Size() > 0 {
		q = dsn(path, walProber)
	}
	s := &Store{path: path, model: cfg.Model}
	db, err := connect(ctx, q, 1)
	if err != nil {
		return nil, explain(ctx, path, "look at database", err)
	}
	s.read = newPool(db)
	// Between the first look and this one a newer program may have come.
	if err := checkSchema(ctx, db, path); err != nil {
		return nil, explain(ctx, path, "look at database", errors.Join(err, s.discard()))
	}
	return s, nil
}

// Schema returns the version of the database's schema, also when it is older than
// the program's.
func (s *Store) Schema(ctx context.Context) (int64, error) {
	var v int64
	err := sqlx.GetContext(ctx, s.read.db, &v, schemaVersionQuery)
	return v, s.explain(ctx, "read the schema version", err)
}

// Newest returns the newest moment at which a memory was changed or a document
// ingested, in microseconds since 1970; 0 when there is none.
func (s *Store) Newest(ctx context.Context) (int64, error) {
	var us int64
	err := s.view(ctx, "find the newest change", func(t *tx) error {
		return t.get(&us, `SELECT max(coalesce((SELECT max(updated_at) FROM memory), 0),
    coalesce((SELECT max(ingested_at) FROM document), 0))`)
	})
	return us, err
}
