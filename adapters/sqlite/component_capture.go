package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sync/errgroup"
	modernc "modernc.org/sqlite"

	"github.com/atocore/atocore/domain"
)

// Capture copies the database as it is at one moment while writers go on.
//
// Another connection to the live database sees that same moment, and is a witness of
// what the copy must hold: its tables and how many rows they have. The rows of the
// copy are summed up while it is on its way to the disk.
func (c *Component) Capture(ctx context.Context, dir string, report func(done, total int64)) (domain.Captured, error) {
	got, err := c.capture(ctx, filepath.Join(dir, capturedName), report)
	if err != nil && ctx.Err() != nil {
		return got, fmt.Errorf("capture database: %w", ctx.Err())
	}
	if err != nil && isFullDisk(err) {
		return got, domain.Unavailable("disk is full: could not write %s", dir).Because(err).
			WithHint("make room on the disk that holds the backups, or choose another one with backup.dir, and try again")
	}
	if err != nil {
		return got, fmt.Errorf("capture database: %w", err)
	}
	return got, nil
}

func (c *Component) capture(ctx context.Context, to string, report func(done, total int64)) (got domain.Captured, err error) {
	live, err := c.openLive(ctx)
	if err != nil {
		return got, err
	}
	defer func() { _ = live.Close() }()
	copier, reader, err := c.pin(ctx, live)
	if err != nil {
		return got, err
	}
	defer release(copier)
	defer release(reader)

	var file domain.FileEntry
	var seen witness
	copied := make(chan struct{})
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		file, err = copyPages(gctx, copier, to, report, copied)
		return err
	})
	looked := make(chan struct{})
	group.Go(func() error {
		defer close(looked)
		if reader == nil {
			return nil
		}
		return seen.look(gctx, reader)
	})
	group.Go(func() error { // while what was written goes to the disk
		<-looked
		select {
		case <-copied:
		case <-gctx.Done():
			return gctx.Err()
		}
		return workOnCopy(gctx, to, func(ctx context.Context, conn *sql.Conn) error {
			if reader == nil {
				if err := seen.look(ctx, conn); err != nil {
					return err
				}
			}
			got.Facts, err = sumCopy(ctx, conn, to, seen.tables)
			return errors.Join(err, seen.compare(got.Facts.Tables))
		})
	})
	if err := group.Wait(); err != nil {
		return domain.Captured{}, err
	}
	got.Hashed = []domain.FileEntry{file}
	return got, nil
}

// witness is what a connection to the live database saw at the moment that was
// copied.
type witness struct {
	tables []tableInfo
	rows   map[string]int64 // of truth tables
}

func (w *witness) look(ctx context.Context, conn *sql.Conn) (err error) {
	if w.tables, err = tablesOf(ctx, conn); err != nil {
		return err
	}
	w.rows = map[string]int64{}
	for _, t := range w.tables {
		if !t.truth() {
			continue
		}
		var n int64
		if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM main."+quoteName(t.name)).Scan(&n); err != nil {
			return &tableError{t.name, err}
		}
		w.rows[t.name] = n
	}
	return nil
}

// compare holds the copy against what was seen.
func (w *witness) compare(digests []domain.TableDigest) error {
	if len(digests) != len(w.rows) {
		return domain.Corrupt("the copy has %d tables, the database had %d", len(digests), len(w.rows))
	}
	for _, d := range digests {
		if n, there := w.rows[d.Name]; !there || n != d.Rows {
			return domain.Corrupt("the copy has %d rows in table %s, the database had %d", d.Rows, d.Name, n).
				WithHint("make another backup; if that fails as well, examine the database: atocore doctor")
		}
	}
	return nil
}

// workOnCopy hands a reader of the captured file to work.
func workOnCopy(ctx context.Context, path string, work func(context.Context, *sql.Conn) error) error {
	db, err := openCopy(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return work(ctx, conn)
}

// isFullDisk recognises a full disk: SQLITE_FULL, or the system's own word for it.
func isFullDisk(err error) bool {
	var e *modernc.Error
	const sqliteFull = 13
	return errors.As(err, &e) && e.Code()&0xff == sqliteFull || isFullOS(err)
}
