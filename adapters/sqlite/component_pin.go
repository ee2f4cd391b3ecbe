package sqlite

import (
	"context"
	"database/sql"
	"net/url"
)

// pin returns two connections that see the same moment of the live database. For
// the instant in which both begin to read, nobody may commit; a store that is
// busy for so long that this fails gets one connection only, and a nil reader.
func (c *Component) pin(ctx context.Context, live *sql.DB) (copier, reader *sql.Conn, err error) {
	defer func() {
		if err != nil {
			release(copier)
			release(reader)
			copier, reader = nil, nil
		}
	}()
	if copier, err = warm(ctx, live); err != nil {
		return copier, reader, err
	}
	if reader, err = warm(ctx, live); err != nil {
		return copier, reader, err
	}
	still, stop := c.standStill(ctx)
	defer stop()
	if err = begin(ctx, copier); err != nil {
		return copier, reader, err
	}
	if !still {
		release(reader)
		return copier, nil, nil
	}
	err = begin(ctx, reader)
	return copier, reader, err
}

// warm returns a connection that has read the schema: doing so takes longer than
// all that is done while writers wait.
func warm(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var tables int
	return conn, conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables)
}

// standStill takes SQLite's write lock, without writing, and tells whether it was
// got. The connection must be closed while others are open, so that closing it
// moves nothing from the -wal into the database.
func (c *Component) standStill(ctx context.Context) (bool, func()) {
	nothing := func() {}
	db, err := openPath(ctx, c.path, url.Values{"mode": {"rw"}, "_busy_timeout": {"2000"}})
	if err != nil {
		return false, nothing // a read-only file, say
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return false, nothing
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		_ = conn.Close()
		_ = db.Close()
		return false, nothing
	}
	return true, func() {
		release(conn)
		_ = db.Close()
	}
}

// begin opens a read transaction and makes it real by reading.
func begin(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	var tables int
	return conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables)
}

// release ends the transaction also when the caller's context has ended.
func release(conn *sql.Conn) {
	if conn == nil {
		return
	}
	_, _ = conn.ExecContext(context.Background(), "ROLLBACK") // closing ends it anyway
	_ = conn.Close()
}
