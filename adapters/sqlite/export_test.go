package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// StoredVectors counts the vectors in a store, of all indexes, whosever they are.
func StoredVectors(t *testing.T, s *Store) (n int) {
	t.Helper()
	require.NoError(t, s.read.db.Get(&n, `SELECT (SELECT count(*) FROM vector_passage) + (SELECT count(*) FROM vector_parked)`))
	return n
}

// DigestsOf sums up the tables of a file, from its pages or by SQLite, and tells
// which tables were left to SQLite.
func DigestsOf(ctx context.Context, path string, fromPages bool) (digests []domain.TableDigest, bySQLite []string, err error) {
	err = workOnCopy(ctx, path, func(ctx context.Context, conn *sql.Conn) error {
		tables, err := tablesOf(ctx, conn)
		if err != nil {
			return err
		}
		var pages *pageReader
		if fromPages {
			var done func()
			if pages, done, err = openPages(path); err != nil {
				return err
			}
			defer done()
		}
		job, err := newDigestJob(ctx, conn, tables, pages)
		if err != nil {
			return err
		}
		planned := map[*tableSum]bool{}
		for _, s := range job.queue {
			planned[s.table] = planned[s.table] || s.leaves != nil
		}
		if err := job.work(ctx, conn); err != nil {
			return err
		}
		for _, t := range job.tables {
			if t.unusual || !planned[t] {
				bySQLite = append(bySQLite, t.info.name)
			}
		}
		digests = job.digests()
		return nil
	})
	return digests, bySQLite, err
}

// ListsOf reads the ids and docids of the passages of a file, and the numbers of its
// vectors, from its pages: as a file, or as a connection sees them.
func ListsOf(ctx context.Context, path string, asFile bool) (ids []string, docids, slots []int64, err error) {
	err = workOnCopy(ctx, path, func(ctx context.Context, conn *sql.Conn) error {
		l, err := listsOf(ctx, conn)
		if err != nil {
			return err
		}
		read := func(pages *pageReader) error {
			l.pages = pages
			err := l.eachPassage(ctx, func(id string, docid int64) error {
				ids, docids = append(ids, id), append(docids, docid)
				return nil
			})
			return errors.Join(err, pages.eachRowid(ctx, l.vectors, func(slot int64) { slots = append(slots, slot) }))
		}
		if !asFile {
			return onPages(ctx, conn, read)
		}
		pages, done, err := openPages(path)
		if err != nil {
			return err
		}
		defer done()
		return read(pages.scattered())
	})
	return ids, docids, slots, err
}
