package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
	modernc "modernc.org/sqlite"

	"github.com/atocore/atocore/domain"
)

// backupPages is how many pages are copied, and synced, at a time. Measured: fewer
// make it slower, more keep writers waiting.
const backupPages = 2048

// Capture copies the database as it is at one moment while writers go on.
//
// The read snapshot is pinned before the online backup begins: unpinned, the
// backup starts over with every commit of another process and never ends under a
// steady writer. The digests are read from the live database at that same moment,
// not from the copy, so that they are an independent witness of what the copy must
// hold. Once the copy is done its reader helps to finish them.
func (c *Component) Capture(ctx context.Context, dir string, report func(done, total int64)) (domain.ComponentFacts, error) {
	facts, err := c.capture(ctx, filepath.Join(dir, capturedName), report)
	if err != nil && ctx.Err() != nil {
		return facts, fmt.Errorf("capture database: %w", ctx.Err())
	}
	if err != nil && isFullDisk(err) {
		return facts, domain.Unavailable("disk is full: could not write %s", dir).Because(err).
			WithHint("make room on the disk that holds the backups, or choose another one with backup.dir, and try again")
	}
	if err != nil {
		return facts, fmt.Errorf("capture database: %w", err)
	}
	return facts, nil
}

func (c *Component) capture(ctx context.Context, to string, report func(done, total int64)) (facts domain.ComponentFacts, err error) {
	live, err := c.openLive(ctx)
	if err != nil {
		return facts, err
	}
	defer func() { _ = live.Close() }()
	copier, reader, err := c.pin(ctx, live)
	if err != nil {
		return facts, err
	}
	defer release(copier)
	defer release(reader)

	var job *digestJob
	copied := make(chan struct{})
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(copied)
		return backupTo(gctx, copier, to, report)
	})
	prepare := func(conn *sql.Conn) error {
		tables, err := tablesOf(gctx, conn)
		if err != nil {
			return err
		}
		if facts, err = stateFacts(gctx, conn, tables); err != nil {
			return err
		}
		job, err = newDigestJob(gctx, conn, tables)
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
			<-copied
			if gctx.Err() != nil {
				return gctx.Err()
			}
			return workOnCopy(gctx, to, job.work)
		})
	} else {
		group.Go(func() error {
			<-copied
			if gctx.Err() != nil {
				return gctx.Err()
			}
			return workOnCopy(gctx, to, func(ctx context.Context, conn *sql.Conn) error {
				if err := prepare(conn); err != nil {
					return err
				}
				return job.work(ctx, conn)
			})
		})
	}
	group.Go(func() error {
		<-copied
		if gctx.Err() != nil {
			return gctx.Err()
		}
		return flush(to) // begun now, it costs no time of its own
	})
	if err := group.Wait(); err != nil {
		return domain.ComponentFacts{}, err
	}
	if err := standsAlone(to); err != nil {
		return domain.ComponentFacts{}, err
	}
	facts.Tables = job.digests()
	return facts, nil
}

// standsAlone is an error when SQLite left a sidecar beside the copy: it passes
// over a removal that fails, and the copy would not be the whole of it.
func standsAlone(copied string) error {
	for _, suffix := range sidecars {
		if _, err := os.Lstat(copied + suffix); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("%s%s is left beside the copy", copied, suffix), err)
		}
	}
	return nil
}

// backupTo writes the database that conn sees to a new file that needs no sidecar.
func backupTo(ctx context.Context, conn *sql.Conn, to string, report func(done, total int64)) error {
	// Made here, because SQLite would make it readable by everyone.
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	var pageSize int64
	if err := conn.QueryRowContext(ctx, "PRAGMA page_size").Scan(&pageSize); err != nil {
		return err
	}
	return conn.Raw(func(raw any) error {
		source, ok := raw.(interface {
			NewBackup(string) (*modernc.Backup, error)
		})
		if !ok {
			return errors.New("the SQLite driver offers no online backup")
		}
		// A copy that is cut short is thrown away, so it needs no journal.
		b, err := source.NewBackup(fileURI(to, url.Values{"mode": {"rw"}, "_pragma": {"journal_mode(off)", "synchronous(off)"}}))
		if err != nil {
			return err
		}
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return errors.Join(err, b.Finish())
			}
			if more, err = b.Step(backupPages); err != nil {
				return errors.Join(err, b.Finish())
			}
			// A little at a time: the commits of the live database would have to wait
			// behind the whole of a large file.
			if err := f.Sync(); err != nil {
				return errors.Join(err, b.Finish())
			}
			if report != nil {
				total := int64(b.PageCount()) * pageSize
				report(total-int64(b.Remaining())*pageSize, total)
			}
		}
		copied, err := b.Commit()
		if err != nil {
			return err
		}
		return errors.Join(unwal(ctx, copied), copied.Close())
	})
}

// unwal takes the mark of the write-ahead log out of the copy's header: with it,
// even a reader would make sidecars.
func unwal(ctx context.Context, conn driver.Conn) error {
	queryer, ok := conn.(driver.QueryerContext)
	if !ok {
		return errors.New("the SQLite driver cannot query the copy")
	}
	rows, err := queryer.QueryContext(ctx, "PRAGMA journal_mode=DELETE", nil)
	if err != nil {
		return err
	}
	mode := make([]driver.Value, 1)
	err = rows.Next(mode)
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	if s, _ := mode[0].(string); err == nil && !strings.EqualFold(s, "delete") {
		err = fmt.Errorf("the copy stays in journal mode %v", mode[0])
	}
	return err
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

func flush(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// isFullDisk recognises a full disk: SQLITE_FULL, or the system's own word for it.
func isFullDisk(err error) bool {
	var e *modernc.Error
	const sqliteFull = 13
	return errors.As(err, &e) && e.Code()&0xff == sqliteFull || isFullOS(err)
}
