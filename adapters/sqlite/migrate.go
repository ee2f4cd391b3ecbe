package sqlite

import (
	"context"
	"embed"
	"io/fs"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/atocore/atocore/domain"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// NewestSchema is the newest schema version that this program reads and writes.
const NewestSchema int64 = vectorRows

// applicationID marks a SQLite file as atocore's ("Atoc").
const applicationID = 1098149731

const (
	versionTable       = "schema_version"
	schemaVersionQuery = `SELECT coalesce(max(version_id), 0) FROM schema_version`
)

// versions is goose's table of applied migrations with one addition: a version
// can be recorded only once. Two processes that both found a migration missing
// therefore cannot both apply it: the second one's transaction fails as a whole.
type versions struct{ database.Store }

func (versions) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	_, err := db.ExecContext(ctx, `CREATE TABLE `+versionTable+` (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    version_id INTEGER NOT NULL UNIQUE,
    is_applied INTEGER NOT NULL,
    tstamp     TEXT    NOT NULL DEFAULT (datetime('now'))
) STRICT`)
	return err
}

func (versions) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	var n int
	err := db.QueryRowContext(ctx,
		`SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?`, versionTable).Scan(&n)
	return n > 0, err
}

func newProvider(db *sqlx.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	store, err := database.NewStore(database.DialectSQLite3, versionTable)
	if err != nil {
		return nil, err
	}
	step := goose.NewGoMigration(vectorRows, &goose.GoFunc{RunTx: toVectorRows}, nil)
	return goose.NewProvider(goose.DialectCustom, db.DB, files, goose.WithGoMigrations(step),
		goose.WithStore(versions{store}), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

// migrate brings the schema to version, which is NewestSchema outside of tests.
// Each step is one transaction. Another process may be doing the same.
func migrate(ctx context.Context, db *sqlx.DB, version int64) error {
	p, err := newProvider(db)
	if err != nil {
		return err
	}
	before, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	for {
		_, err := p.UpTo(ctx, version)
		if err == nil {
			return nil
		}
		// Somebody else may have taken the step that failed here: go on from there.
		now, versionErr := p.GetDBVersion(ctx)
		if versionErr != nil || now == before {
			return err
		}
		before = now
	}
}

// checkSchema refuses what is not atocore's, and what a newer program wrote.
func checkSchema(ctx context.Context, db sqlx.QueryerContext, path string) error {
	var id int64
	if err := sqlx.GetContext(ctx, db, &id, `PRAGMA application_id`); err != nil {
		return err
	}
	if id != applicationID {
		return domain.Corrupt("%s is a database, but not one of atocore's", path).
			WithHint("put the right file there, or %s", restoreHint)
	}
	var v int64
	if err := sqlx.GetContext(ctx, db, &v, schemaVersionQuery); err != nil {
		if strings.Contains(err.Error(), "no such table") {
			return domain.Corrupt("%s holds no schema", path).Because(err).WithHint(restoreHint)
		}
		return err
	}
	if v > NewestSchema {
		return domain.Refused("%s was written by a newer atocore: its schema is version %d, this program knows %d",
			path, v, NewestSchema).WithHint("update atocore; nothing was changed")
	}
	return nil
}
