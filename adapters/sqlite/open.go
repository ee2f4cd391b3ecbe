package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/atocore/atocore/domain"
)

const driverName = "sqlite"

// smallestDatabase is SQLite's smallest page. It takes a file below that for an
// empty database.
const smallestDatabase = 512

// Open opens the database, makes it first if cfg says so and there is none, and
// brings its schema up to date. A missing file is KindNotFound, one that is not
// atocore's or is damaged KindCorrupt, one that a newer program wrote KindRefused;
// none of them is changed.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := ensure(ctx, path, cfg.Create); err != nil {
		return nil, explain(ctx, path, "open database", err)
	}
	s := &Store{path: path, model: cfg.Model, queued: cfg.Queued}
	if err := s.open(ctx, max(1, cmp.Or(cfg.Readers, defaultReaders))); err != nil {
		return nil, explain(ctx, path, "open database", errors.Join(err, s.discard()))
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, readers int) error {
	w, err := connect(ctx, dsn(s.path, writer), 1)
	if err != nil {
		return err
	}
	s.write = newPool(w)
	if err := checkSchema(ctx, w, s.path); err != nil {
		return err
	}
	if err := migrate(ctx, w, NewestSchema); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	r, err := connect(ctx, dsn(s.path, reader), readers)
	if err != nil {
		return err
	}
	s.read = newPool(r)
	if err := s.ensureVectorIndex(ctx); err != nil {
		return err
	}
	return s.forget(ctx)
}

func (s *Store) discard() error {
	errs := []error{s.pulse.close()}
	for _, p := range []*pool{s.read, s.write} {
		if p != nil {
			errs = append(errs, p.close())
		}
	}
	return errors.Join(errs...)
}

// connect opens a pool of n connections and makes sure that one works. Idle ones
// are kept: a connection is dear, because of the statements prepared on it.
func connect(ctx context.Context, dataSource string, n int) (*sqlx.DB, error) {
	db, err := sqlx.Open(driverName, dataSource)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// ensure makes sure that the file at path is a database of this program, without
// changing one that is not.
func ensure(ctx context.Context, path string, create bool) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		return makeNew(ctx, path)
	case errors.Is(err, fs.ErrNotExist):
		return domain.NotFound("there is no database at %s", path).WithHint(
			"check data_dir; start a new one with: atocore serve, or %s", restoreHint)
	case errors.Is(err, fs.ErrPermission):
		return domain.Unavailable("%s cannot be reached", path).Because(err).
			WithHint("give the user that runs atocore access to the folder")
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return domain.Corrupt("%s is not a file", path).WithHint("name another database, or move it out of the way")
	case info.Size() == 0:
		return domain.Corrupt("the database %s is empty: all of it was lost", path).WithHint(restoreHint)
	case info.Size() < smallestDatabase:
		return domain.Corrupt("%s is not a database: it has %d bytes", path, info.Size()).WithHint(restoreHint)
	}
	// SQLite would open a file that it cannot write, and fail at the first write.
	for _, place := range []string{path, filepath.Dir(path)} {
		if err := writable(place); err != nil {
			return domain.Unavailable("%s cannot be written", place).Because(err).
				WithHint("give the user that runs atocore write access to the file and its folder")
		}
	}
	return probe(ctx, path)
}

// probe looks at a database without changing a byte of it. The writing connection
// would turn it to WAL, and would, as the last one to close it, move what a killed
// process left in the WAL into the file.
func probe(ctx context.Context, path string) (err error) {
	q := dsn(path, prober)
	if wal, statErr := os.Stat(path + "-wal"); statErr == nil && wal.Size() > 0 {
		q = dsn(path, walProber)
	}
	db, err := connect(ctx, q, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return checkSchema(ctx, db, path)
}
