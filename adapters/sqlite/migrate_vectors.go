package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"

	_ "modernc.org/sqlite/vec" // vec0, in which databases before version 20 keep their vectors

	"github.com/atocore/atocore/domain"
)

// vectorRows is the schema version in which vectors became plain rows.
const vectorRows = 20

var (
	//go:embed migrations/code/0020_vector_rows_begin.sql
	vectorRowsBegin string
	//go:embed migrations/code/0020_vector_rows_end.sql
	vectorRowsEnd string
)

// toVectorRows is the step to version 20. No vector is lost: each is rounded to
// one byte a dimension.
func toVectorRows(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, vectorRowsBegin); err != nil {
		return err
	}
	var indexes []vectorIndex
	err := readAll(ctx, tx, `SELECT no, dimension FROM vector_index`, func(rows *sql.Rows) error {
		var i vectorIndex
		err := rows.Scan(&i.No, &i.Dimension)
		indexes = append(indexes, i)
		return err
	})
	if err != nil {
		return err
	}
	for _, i := range indexes {
		if err := i.fromVec0(ctx, tx); err != nil {
			return fmt.Errorf("convert the vectors of index %d: %w", i.No, err)
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf(
			`DROP TRIGGER vector_%[1]d_park; DROP TRIGGER vector_%[1]d_unpark; DROP TABLE vector_%[1]d`, i.No))
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, vectorRowsEnd)
	return err
}

// fromVec0 converts the vectors of one index, a few at a time.
func (i vectorIndex) fromVec0(ctx context.Context, tx *sql.Tx) error {
	const batch = 512
	type row struct {
		slot   int64
		id     string
		docid  sql.NullInt64
		vector []byte
	}
	read := fmt.Sprintf(`SELECT s.slot, s.id, p.docid, e.embedding FROM vector_slot s JOIN vector_%d e ON e.slot = s.slot
    LEFT JOIN passage p ON p.id = s.id
WHERE s.index_no = ? AND s.id IS NOT NULL AND s.slot > ? ORDER BY s.slot LIMIT ?`, i.No)
	var after int64
	for {
		var found []row
		err := readAll(ctx, tx, read, func(rows *sql.Rows) error {
			var r row
			err := rows.Scan(&r.slot, &r.id, &r.docid, &r.vector)
			found = append(found, r)
			return err
		}, i.No, after, batch)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, r := range found {
			after = r.slot
			q := domain.Quantise(unpack(r.vector))
			if len(q.Components) != i.Dimension {
				return fmt.Errorf("the vector of %q has %d dimensions, not %d", r.id, len(q.Components), i.Dimension)
			}
			if r.docid.Valid {
				_, err = tx.ExecContext(ctx, vectorPut, i.slot(r.docid.Int64), q.Scale, octets(q.Components))
			} else {
				_, err = tx.ExecContext(ctx, vectorPark, r.id, i.No, q.Scale, octets(q.Components))
			}
			if err != nil {
				return err
			}
		}
	}
}

func readAll(ctx context.Context, tx *sql.Tx, query string, each func(*sql.Rows) error, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
