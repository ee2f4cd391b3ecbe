package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
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
	rows, err := tx.QueryContext(ctx, `SELECT no, dimension FROM vector_index`)
	if err != nil {
		return err
	}
	for rows.Next() {
		var i vectorIndex
		if err := rows.Scan(&i.No, &i.Dimension); err != nil {
			return errors.Join(err, rows.Close())
		}
		indexes = append(indexes, i)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
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
		rows, err := tx.QueryContext(ctx, read, i.No, after, batch)
		if err != nil {
			return err
		}
		var found []row
		for rows.Next() {
			var r row
			if err := rows.Scan(&r.slot, &r.id, &r.docid, &r.vector); err != nil {
				return errors.Join(err, rows.Close())
			}
			found = append(found, r)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(found) == 0 {
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
