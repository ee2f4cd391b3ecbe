package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"os"
)

// openPages returns a reader of the pages of a file that nobody writes to; done
// closes it.
func openPages(path string) (pages *pageReader, done func(), err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil {
		pages, err = newPageReader(file, info.Size())
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return pages, func() { _ = file.Close() }, nil // it was only read
}

// onPages runs work on the pages that a connection sees. It must be in a
// transaction, and work must not use it.
func onPages(ctx context.Context, conn *sql.Conn, work func(*pageReader) error) error {
	var pages, size int64
	if err := conn.QueryRowContext(ctx, "SELECT page_count, page_size FROM pragma_page_count, pragma_page_size").Scan(&pages, &size); err != nil {
		return err
	}
	return conn.Raw(func(raw any) error {
		statement, err := raw.(driver.ConnPrepareContext).PrepareContext(ctx, "SELECT data FROM sqlite_dbpage WHERE pgno = ?")
		if err != nil {
			return err
		}
		defer func() { _ = statement.Close() }()
		reader, err := newPageReader(seenPages{statement.(driver.StmtQueryContext), size}, pages*size)
		if err != nil {
			return err
		}
		return work(reader.scattered())
	})
}

// seenPages are the pages that a connection sees.
type seenPages struct {
	page driver.StmtQueryContext
	size int64
}

// ReadAt reads one page, or its beginning.
func (s seenPages) ReadAt(into []byte, at int64) (n int, err error) {
	// A context that cannot end: the driver would guard every single page with it.
	rows, err := s.page.QueryContext(context.Background(), []driver.NamedValue{{Ordinal: 1, Value: at/s.size + 1}})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	value := make([]driver.Value, 1)
	if err := rows.Next(value); err != nil {
		return 0, err
	}
	page, _ := value[0].([]byte)
	if n = copy(into, page); n < len(into) {
		return n, io.EOF
	}
	return n, nil
}
