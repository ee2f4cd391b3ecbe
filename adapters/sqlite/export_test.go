package sqlite

import (
	"context"
	"database/sql"
	"os"
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
		var pages *pageFile
		if fromPages {
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			if pages, err = newPageFile(f); err != nil {
				return err
			}
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
