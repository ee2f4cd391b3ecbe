package sqlite

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"

	"github.com/jmoiron/sqlx"

	"github.com/atocore/atocore/domain"
)

// OpenCopy opens a captured database in order to ask it: nobody writes to it, so
// it is read without locks, and nothing is changed or left beside it. One whose
// schema is older than this program's cannot be asked: KindUnavailable.
func OpenCopy(ctx context.Context, cfg Config) (*Store, error) {
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, err
	}
	if faults, err := checkHeader(path); err != nil || len(faults) > 0 {
		if err == nil {
			err = domain.Corrupt("%s cannot be asked: expected %s, found %s", path, faults[0].Expected, faults[0].Found)
		}
		return nil, err
	}
	s := &Store{path: path, model: cfg.Model}
	r, err := connect(ctx, copyDSN(path), max(1, cmp.Or(cfg.Readers, defaultReaders)))
	if err != nil {
		return nil, explain(ctx, path, "open captured database", err)
	}
	s.read = newPool(r)
	if err := s.checkCopy(ctx, r); err != nil {
		return nil, explain(ctx, path, "open captured database", errors.Join(err, s.discard()))
	}
	return s, nil
}

func (s *Store) checkCopy(ctx context.Context, db *sqlx.DB) error {
	if err := checkSchema(ctx, db, s.path); err != nil {
		return err
	}
	var v int64
	if err := sqlx.GetContext(ctx, db, &v, schemaVersionQuery); err != nil {
		return err
	}
	if v < NewestSchema {
		return domain.Unavailable("the database has schema version %d and this program asks version %d", v, NewestSchema).
			WithHint("the next command that opens the data brings it up to date")
	}
	return nil
}
