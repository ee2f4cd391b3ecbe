package sqlite

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/atocore/atocore/domain"
)

const restoreHint = "list the backups with: atocore backup list, then restore one with: atocore backup restore STAMP"

// explain turns what the driver says into what an operator can act upon. op names
// what was being done. Errors that are explained already pass through, and so do
// those of a context that ended.
func (s *Store) explain(ctx context.Context, op string, err error) error {
	return explain(ctx, s.path, op, err)
}

func explain(ctx context.Context, path, op string, err error) error {
	var known *domain.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var se *sqlite.Error
	if !errors.As(err, &se) {
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			// The end of the context rolled the transaction back, and what was under
			// way met that half-way: a transaction that is done, a statement that is
			// closed, whichever of them was torn down first.
			return fmt.Errorf("%s: %w: %w", op, ctx.Err(), err)
		}
		return fmt.Errorf("%s: %w", op, err)
	}
	code := se.Code() & 0xff
	if ctx.Err() != nil && (code == sqlite3.SQLITE_INTERRUPT || code == sqlite3.SQLITE_BUSY) {
		return fmt.Errorf("%s: %w", op, ctx.Err())
	}
	cause := fmt.Errorf("%s: %w", op, err)
	switch code {
	case sqlite3.SQLITE_FULL:
		return domain.Unavailable("the disk is full: %s cannot grow", path).Because(cause).
			WithHint("free some space and try again; nothing was changed")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return domain.Unavailable("another process kept %s locked for %s", path, busyTimeout).Because(cause).
			WithHint("try again; if it stays, look for a process that holds the file open")
	case sqlite3.SQLITE_NOTADB:
		return domain.Corrupt("%s is not a database", path).Because(cause).WithHint(restoreHint)
	case sqlite3.SQLITE_CORRUPT:
		return domain.Corrupt("the database %s is damaged", path).Because(cause).WithHint(restoreHint)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return domain.Unavailable("%s cannot be written", path).Because(cause).
			WithHint("give the user that runs atocore write access to the file and its folder")
	case sqlite3.SQLITE_CANTOPEN:
		return domain.Unavailable("%s cannot be opened", path).Because(cause).
			WithHint("give the user that runs atocore read and write access to the file and its folder")
	case sqlite3.SQLITE_IOERR:
		return domain.Unavailable("the disk under %s does not work", path).Because(cause).
			WithHint("look at the system's log; when the disk works again, check the store with: atocore doctor")
	}
	return cause
}

// isUnique tells whether err says that a key exists already.
func isUnique(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) &&
		(se.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || se.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
