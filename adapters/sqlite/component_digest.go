package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/atocore/atocore/domain"
)

// sum adds up the rows of a slice.
func (s slice) sum(ctx context.Context, conn *sql.Conn, pages *pageReader) (domain.RowSum, error) {
	if s.leaves == nil {
		return sumRows(ctx, conn, s.query, s.args...)
	}
	var sum domain.RowSum
	for _, leaf := range s.leaves {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		if err := pages.sumLeaf(leaf, s.record, &sum); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// sumRows adds up the rows that a query returns.
func sumRows(ctx context.Context, conn *sql.Conn, query string, args ...int64) (domain.RowSum, error) {
	var s domain.RowSum
	var buf []byte
	err := eachRow(ctx, conn, query, func(values []driver.Value) (err error) {
		buf = buf[:0]
		for _, v := range values {
			if buf, err = domain.AppendValue(buf, v); err != nil {
				return err
			}
		}
		s.Add(buf)
		return nil
	}, args...)
	return s, err
}

// readRows reads through the driver itself: database/sql's scanning would double
// the time. The values are each's until it returns.
func readRows(
	ctx context.Context, conn *sql.Conn, query string, args []driver.NamedValue, each func([]driver.Value) error,
) error {
	return conn.Raw(func(raw any) error {
		// A context that cannot end: the driver would guard every single row with it.
		rows, err := raw.(driver.QueryerContext).QueryContext(context.WithoutCancel(ctx), query, args)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		values := make([]driver.Value, len(rows.Columns()))
		for n := 0; ; n++ {
			if n%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := rows.Next(values); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			if err := each(values); err != nil {
				return err
			}
		}
	})
}

// eachRow is readRows with plain arguments.
func eachRow(ctx context.Context, conn *sql.Conn, query string, each func([]driver.Value) error, args ...int64) error {
	var named []driver.NamedValue
	for i, a := range args {
		named = append(named, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return readRows(ctx, conn, query, named, each)
}

// sliceRows is how many rows one worker takes at a time: few enough that two
// workers end at about the same moment.
const sliceRows = 8192

// fromRows cuts a table into ranges of its rowid. Columns are taken in the order
// of their declaration. The unary plus keeps the driver from turning a value
// into something else on account of its column's declared type.
func (t *tableSum) fromRows(ctx context.Context, conn *sql.Conn) ([]slice, error) {
	var cols []string
	for _, c := range t.info.columns {
		cols = append(cols, "+"+quoteName(c))
	}
	query := "SELECT " + strings.Join(cols, ", ") + " FROM main." + quoteName(t.info.name)
	key := t.info.rowid()
	if key == "" {
		return []slice{{table: t, query: query}}, nil
	}
	var low, high sql.NullInt64
	err := conn.QueryRowContext(ctx, fmt.Sprintf("SELECT (SELECT min(%[1]s) FROM main.%[2]s), (SELECT max(%[1]s) FROM main.%[2]s)",
		key, quoteName(t.info.name))).Scan(&low, &high)
	if err != nil {
		return nil, err
	}
	if !low.Valid {
		return nil, nil // no rows: the sum stays zero
	}
	span := uint64(high.Int64) - uint64(low.Int64)
	step := uint64(sliceRows)
	if n := span/step + 1; n > 256 {
		step = span/256 + 1 // rowids with large gaps must not make millions of slices
	}
	var out []slice
	for from := low.Int64; ; {
		left := uint64(high.Int64) - uint64(from)
		to := high.Int64
		if left >= step {
			to = int64(uint64(from) + step - 1)
		}
		out = append(out, slice{
			table: t, query: query + " WHERE " + key + " BETWEEN ?1 AND ?2", args: []int64{from, to},
		})
		if to == high.Int64 {
			return out, nil
		}
		from = to + 1
	}
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
