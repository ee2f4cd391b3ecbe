package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/atocore/atocore/ports"
)

// Vectors are the vectors that are kept with the text.
type Vectors struct{ s *Store }

var _ ports.VectorLister = (*Vectors)(nil)

// EachID implements ports.VectorLister.
func (v *Vectors) EachID(ctx context.Context, each func(id string) error) error {
	var index vectorIndex
	err := v.s.view(ctx, "look at the vector index", func(t *tx) (err error) {
		index, err = v.s.usable(t)
		return err
	})
	if err != nil {
		return err
	}
	return v.s.scan(ctx, "list vectors", func(conn *sql.Conn) error {
		_, err := index.eachID(ctx, conn, each)
		return err
	})
}

// eachID calls f with the id of every passage that has a vector in the index, in
// order, and returns the docids of vectors that have no passage. The vectors are
// passed over once for their numbers, and the ids are read from the index of ids:
// no page of the texts is.
func (i vectorIndex) eachID(ctx context.Context, conn *sql.Conn, each func(id string) error) (orphaned []int64, err error) {
	first, last := i.slots()
	numbers := bitset{}
	err = eachRow(ctx, conn, `SELECT slot - ?1 FROM vector_passage WHERE slot BETWEEN ?1 AND ?2`, func(row []driver.Value) error {
		numbers.add(row[0].(int64))
		return nil
	}, first, last)
	if err != nil {
		return nil, err
	}
	err = eachRow(ctx, conn, passageIDs, func(row []driver.Value) error {
		docid := row[1].(int64)
		if !numbers.has(docid) {
			return nil
		}
		numbers.remove(docid)
		return each(row[0].(string))
	})
	return numbers.all(), err
}

// passageIDs reads the index of ids alone.
const passageIDs = `SELECT id, docid FROM passage INDEXED BY sqlite_autoindex_passage_1 ORDER BY id`
