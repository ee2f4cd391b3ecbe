package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"maps"
	"slices"

	"github.com/atocore/atocore/ports"
)

// Vectors are the vectors that are kept with the text.
type Vectors struct{ s *Store }

var _ ports.VectorLister = (*Vectors)(nil)

// IDs implements ports.VectorLister.
func (v *Vectors) IDs(ctx context.Context) ([]string, error) {
	var index vectorIndex
	err := v.s.view(ctx, "look at the vector index", func(t *tx) (err error) {
		index, err = v.s.usable(t)
		return err
	})
	if err != nil {
		return nil, err
	}
	ids := []string{}
	err = v.s.scan(ctx, "list vectors", func(conn *sql.Conn) error {
		_, err := index.eachID(ctx, conn, func(id string) { ids = append(ids, id) })
		return err
	})
	return ids, err
}

// eachID calls f with the id of every passage that has a vector in the index, in
// order, and returns the docids of vectors that have no passage. The vectors are
// passed over once for their numbers, and the ids are read from the index of ids:
// no page of the texts is.
func (i vectorIndex) eachID(ctx context.Context, conn *sql.Conn, f func(id string)) (orphaned []int64, err error) {
	first, last := i.slots()
	numbers := map[int64]struct{}{}
	err = eachRow(ctx, conn, `SELECT slot - ?1 FROM vector_passage WHERE slot BETWEEN ?1 AND ?2`, func(row []driver.Value) error {
		numbers[row[0].(int64)] = struct{}{}
		return nil
	}, first, last)
	if err != nil {
		return nil, err
	}
	err = eachRow(ctx, conn, passageIDs, func(row []driver.Value) error {
		docid := row[1].(int64)
		if _, has := numbers[docid]; has {
			f(row[0].(string))
			delete(numbers, docid)
		}
		return nil
	})
	return slices.Sorted(maps.Keys(numbers)), err
}

// passageIDs reads the index of ids alone.
const passageIDs = `SELECT id, docid FROM passage INDEXED BY sqlite_autoindex_passage_1 ORDER BY id`
