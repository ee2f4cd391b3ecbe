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
// The digests are read from the live database at that same moment, not from the
// copy, so that they are an independent witness of what the copy must hold. Once
// the copy is done its reader helps to finish them.
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

	var job *digestJob
	var file domain.FileEntry
	copied := make(chan struct{})
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		file, err = copyPages(gctx, copier, to, report, copied)
		return err
	})
	prepare := func(conn *sql.Conn) error {
		tables, err := tablesOf(gctx, conn)
		if err != nil {
			return err
		}
		if got.Facts, err = stateFacts(gctx, conn, tables); err != nil {
			return err
		}
		job, err = newDigestJob(gctx, conn, tables, nil)
		return err
	}
	if reader != nil {
		ready := make(chan struct{})
		group.Go(func() error {
			err := prepare(reader)
			close(ready)
			if err != nil {
				return err
			}
			return job.work(gctx, reader)
		})
		group.Go(func() error {
			<-ready
			if err := wait(gctx, copied); err != nil {
				return err
			}
			return workOnCopy(gctx, to, job.work)
		})
	} else {
		group.Go(func() error {
			if err := wait(gctx, copied); err != nil {
				return err
			}
			return workOnCopy(gctx, to, func(ctx context.Context, conn *sql.Conn) error {
				if err := prepare(conn); err != nil {
					return err
				}
				return job.work(ctx, conn)
			})
		})
	}
	if err := group.Wait(); err != nil {
		return domain.Captured{}, err
	}
	got.Facts.Tables, got.Hashed = job.digests(), []domain.FileEntry{file}
	return got, nil
}

func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
