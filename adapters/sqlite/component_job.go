package sqlite

import (
	"context"
	"database/sql"
	"sync"

	"github.com/atocore/atocore/domain"
)

// digestJob sums up the truth tables with as many workers as are given to it,
// each on a connection of its own that sees the same state.
type digestJob struct {
	mu     sync.Mutex
	queue  []slice
	tables []tableInfo
	sums   []*domain.RowSum
}

func newDigestJob(ctx context.Context, conn *sql.Conn, tables []tableInfo) (*digestJob, error) {
	j := &digestJob{}
	for _, t := range tables {
		if !t.truth() {
			continue
		}
		sum := &domain.RowSum{}
		slices, err := t.slices(ctx, conn, sum)
		if err != nil {
			return nil, err
		}
		j.queue = append(j.queue, slices...)
		j.tables = append(j.tables, t)
		j.sums = append(j.sums, sum)
	}
	return j, nil
}

// work takes slices until none is left.
func (j *digestJob) work(ctx context.Context, conn *sql.Conn) error {
	for {
		j.mu.Lock()
		if len(j.queue) == 0 {
			j.mu.Unlock()
			return nil
		}
		s := j.queue[0]
		j.queue = j.queue[1:]
		j.mu.Unlock()
		sum, err := sumRows(ctx, conn, s.query, s.args)
		if err != nil {
			return &tableError{s.table, err}
		}
		j.mu.Lock()
		s.result.Plus(sum)
		j.mu.Unlock()
	}
}

// digests returns the result, in order of table name, once every worker is done.
func (j *digestJob) digests() []domain.TableDigest {
	var out []domain.TableDigest
	for i, t := range j.tables {
		out = append(out, domain.TableDigest{Name: t.name, Rows: j.sums[i].Rows(), Digest: j.sums[i].String()})
	}
	return out
}

// tableError is an error while a table was read.
type tableError struct {
	table string
	err   error
}

func (e *tableError) Error() string { return "read table " + e.table + ": " + e.err.Error() }
func (e *tableError) Unwrap() error { return e.err }
