package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/atocore/atocore/domain"
)

// digestJob sums up the truth tables with as many workers as are given to it,
// each on a connection of its own that sees the same state.
type digestJob struct {
	pages *pageReader // of the file that is summed up, nil when only SQLite may read it

	mu     sync.Mutex
	queue  []slice
	tables []*tableSum
}

// tableSum is the sum of one table.
type tableSum struct {
	info    tableInfo
	sum     domain.RowSum
	unusual bool // SQLite reads it, and what was read from its pages does not count
}

// slice is a part of a table that one worker sums up.
type slice struct {
	table  *tableSum
	query  string // the rows, with the first and the last number as arguments
	args   []int64
	leaves []uint32 // or their pages
	record []recordColumn
}

// newDigestJob plans the work. With pages, the rows are read from there wherever
// that can be done.
func newDigestJob(ctx context.Context, conn *sql.Conn, tables []tableInfo, pages *pageReader) (*digestJob, error) {
	j := &digestJob{pages: pages}
	for _, t := range tables {
		if !t.truth() {
			continue
		}
		s := &tableSum{info: t}
		j.tables = append(j.tables, s)
		slices, err := s.fromPages(ctx, conn, pages)
		if errors.Is(err, errUnusual) {
			slices, err = s.fromRows(ctx, conn)
		}
		if err != nil {
			return nil, &tableError{t.name, err}
		}
		j.queue = append(j.queue, slices...)
	}
	return j, nil
}

// sumCopy sums up the tables of a captured file, with as many workers as there are
// cores, and finds out what else is known of it; conn is to the same file.
func sumCopy(ctx context.Context, conn *sql.Conn, path string, tables []tableInfo) (facts domain.ComponentFacts, err error) {
	job, done, err := newCopyJob(ctx, conn, path, tables)
	if err != nil {
		return facts, err
	}
	defer done()
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		if facts, err = stateFacts(gctx, conn, tables, job.pages); err != nil {
			return err
		}
		return job.work(gctx, conn)
	})
	for range workers() - 1 {
		group.Go(func() error { return workOnCopy(gctx, path, job.work) })
	}
	err = group.Wait()
	facts.Tables = job.digests()
	return facts, err
}

// newCopyJob plans to sum up a captured file from its pages; done closes it.
func newCopyJob(ctx context.Context, conn *sql.Conn, path string, tables []tableInfo) (job *digestJob, done func(), err error) {
	pages, done, err := openPages(path)
	if err != nil {
		return nil, nil, err
	}
	if job, err = newDigestJob(ctx, conn, tables, pages); err != nil {
		done()
		return nil, nil, err
	}
	return job, done, nil
}

func workers() int { return max(1, min(runtime.GOMAXPROCS(0), 8)) }

// work takes slices until none is left.
func (j *digestJob) work(ctx context.Context, conn *sql.Conn) error {
	var pages *pageReader
	if j.pages != nil {
		pages = j.pages.another()
	}
	for {
		j.mu.Lock()
		if len(j.queue) == 0 {
			j.mu.Unlock()
			return nil
		}
		s := j.queue[0]
		j.queue = j.queue[1:]
		j.mu.Unlock()
		sum, err := s.sum(ctx, conn, pages)
		if errors.Is(err, errUnusual) {
			err = j.leaveToSQLite(ctx, conn, s.table)
			sum = domain.RowSum{}
		}
		if err != nil {
			return &tableError{s.table.info.name, err}
		}
		j.mu.Lock()
		if s.leaves == nil || !s.table.unusual {
			s.table.sum.Plus(sum)
		}
		j.mu.Unlock()
	}
}

func (j *digestJob) leaveToSQLite(ctx context.Context, conn *sql.Conn, t *tableSum) error {
	j.mu.Lock()
	known := t.unusual
	t.unusual = true
	if !known {
		t.sum = domain.RowSum{}
	}
	j.mu.Unlock()
	if known {
		return nil
	}
	slices, err := t.fromRows(ctx, conn)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.queue = append(j.queue, slices...)
	return err
}

// digests returns the result, in order of table name, once every worker is done.
func (j *digestJob) digests() []domain.TableDigest {
	var out []domain.TableDigest
	for _, t := range j.tables {
		out = append(out, domain.TableDigest{Name: t.info.name, Rows: t.sum.Rows(), Digest: t.sum.String()})
	}
	return out
}

// leavesAtOnce is how many leaves one worker takes at a time.
const leavesAtOnce = 512

// fromPages cuts the table into leaves. errUnusual where its rows are not to be
// read from their records.
func (t *tableSum) fromPages(ctx context.Context, conn *sql.Conn, pages *pageReader) ([]slice, error) {
	if pages == nil || t.info.withoutRowid {
		return nil, errUnusual
	}
	root, record, err := t.info.record(ctx, conn)
	if err != nil {
		return nil, err
	}
	leaves, err := pages.leaves(root)
	if err != nil {
		return nil, errUnusual // damaged: SQLite says it better
	}
	var out []slice
	for len(leaves) > 0 {
		n := min(leavesAtOnce, len(leaves))
		out = append(out, slice{table: t, leaves: leaves[:n], record: record})
		leaves = leaves[n:]
	}
	return out, nil
}

// record returns where the table begins and how its columns are kept.
func (t tableInfo) record(ctx context.Context, conn *sql.Conn) (root uint32, columns []recordColumn, err error) {
	var encoding string
	var keyed bool // the primary key is an index of its own, not the row's number
	err = conn.QueryRowContext(ctx, `SELECT rootpage, (SELECT encoding FROM pragma_encoding),
		EXISTS (SELECT 1 FROM pragma_index_list(?1, 'main') WHERE origin = 'pk')
		FROM main.sqlite_schema WHERE type = 'table' AND name = ?1`, t.name).Scan(&root, &encoding, &keyed)
	if err != nil {
		return 0, nil, err
	}
	if encoding != "UTF-8" {
		return 0, nil, errUnusual
	}
	rows, err := conn.QueryContext(ctx, `SELECT type, pk, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid`, t.name)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind string
		var key, hidden int
		if err := rows.Scan(&kind, &key, &hidden); err != nil {
			return 0, nil, err
		}
		if hidden != 0 {
			return 0, nil, errUnusual // a generated column
		}
		columns = append(columns, recordColumn{
			rowid: key == 1 && !keyed && strings.EqualFold(kind, "INTEGER"), real: isReal(kind),
		})
	}
	return root, columns, rows.Err()
}

// isReal tells, by SQLite's rules of affinity, whether whole numbers in a column of
// that type are floating-point numbers that are kept short.
func isReal(kind string) bool {
	kind = strings.ToUpper(kind)
	for _, other := range []string{"INT", "CHAR", "CLOB", "TEXT", "BLOB"} {
		if strings.Contains(kind, other) {
			return false
		}
	}
	return strings.Contains(kind, "REAL") || strings.Contains(kind, "FLOA") || strings.Contains(kind, "DOUB")
}

// tableError is an error while a table was read.
type tableError struct {
	table string
	err   error
}

func (e *tableError) Error() string { return "read table " + e.table + ": " + e.err.Error() }
func (e *tableError) Unwrap() error { return e.err }
