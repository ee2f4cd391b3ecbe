package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"modernc.org/sqlite"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Listed returns the list of everything that can be found.
func (s *Store) Listed() *Listed { return &Listed{s} }

// Listed lists everything that can be found.
type Listed struct{ s *Store }

var _ ports.PassageLister = (*Listed)(nil)

// Each implements ports.PassageLister.
func (l *Listed) Each(ctx context.Context, each func(p domain.Passage, vectored bool) error) (in ports.Indexed, err error) {
	index, err := l.s.usableIndex(ctx)
	in.Known = err == nil
	if err != nil && domain.KindOf(err) != domain.KindUnavailable {
		return in, err
	}
	var memories bitset
	lookup := func(conn *sql.Conn) error {
		return eachRow(ctx, conn, `SELECT p.docid FROM memory m JOIN passage p ON p.id = m.id`, func(row []driver.Value) error {
			memories.add(row[0].(int64))
			return nil
		})
	}
	err = l.s.list(ctx, "list passages", lookup, func(l lists) error {
		var vectors bitset
		if in.Known {
			if vectors, err = l.vectorsOf(ctx, index); err != nil {
				return err
			}
		}
		in.Orphaned, err = l.eachPaired(ctx, vectors, func(id string, docid int64, vectored bool) error {
			p := domain.Passage{ID: id, Kind: domain.PassageChunk}
			if memories.has(docid) {
				p.Kind = domain.PassageMemory
			}
			return each(p, vectored)
		})
		return err
	})
	return in, err
}

// orphans names vectors that have no passage, by their docids.
func orphans(left *bitset) []string {
	var out []string
	for _, docid := range left.all() {
		out = append(out, fmt.Sprintf("#%d", docid))
	}
	slices.Sort(out)
	return out
}

// usableIndex returns the live index, or why it cannot be used.
func (s *Store) usableIndex(ctx context.Context) (index vectorIndex, err error) {
	err = s.view(ctx, "look at the vector index", func(t *tx) (err error) {
		index, err = s.usable(t)
		return err
	})
	return index, err
}

// list runs work on one state of the database, look on a connection before it.
func (s *Store) list(ctx context.Context, op string, look func(*sql.Conn) error, work func(lists) error) error {
	return s.scan(ctx, op, func(conn *sql.Conn) error {
		if err := look(conn); err != nil {
			return err
		}
		l, err := listsOf(ctx, conn)
		if err != nil {
			return err
		}
		on := func(pages *pageReader) error {
			l.pages = pages
			return work(l)
		}
		if s.write != nil {
			return onPages(ctx, conn, on)
		}
		pages, done, err := openPages(s.path) // a captured copy, which nobody writes to
		if err != nil {
			return err
		}
		defer done()
		return on(pages.scattered())
	})
}

// lists reads who is in a database from two trees: the index of the ids of passages,
// and the numbers of the vectors. No page of the texts is read.
type lists struct {
	pages        *pageReader
	ids, vectors uint32 // their roots
}

func listsOf(ctx context.Context, conn *sql.Conn) (l lists, err error) {
	err = conn.QueryRowContext(ctx, `SELECT
		(SELECT rootpage FROM main.sqlite_schema WHERE type = 'index' AND name = 'sqlite_autoindex_passage_1'),
		(SELECT rootpage FROM main.sqlite_schema WHERE type = 'table' AND name = 'vector_passage')`).Scan(&l.ids, &l.vectors)
	return l, err
}

// eachPassage calls each with the id of every passage, in order, and its docid.
func (l lists) eachPassage(ctx context.Context, each func(id string, docid int64) error) error {
	var failed error // of each
	err := l.pages.eachEntry(ctx, l.ids, func(record []byte) error {
		id, docid, err := idEntry(record)
		if err != nil {
			return err
		}
		failed = each(id, docid)
		return failed
	})
	return damaged(ctx, "the index of the passages", failed, err)
}

// vectorsOf returns the docids of what has a vector in the index.
func (l lists) vectorsOf(ctx context.Context, index vectorIndex) (bitset, error) {
	first, last := index.slots()
	var numbers bitset
	err := l.pages.eachRowid(ctx, l.vectors, func(slot int64) {
		if first <= slot && slot <= last {
			numbers.add(slot - first)
		}
	})
	return numbers, damaged(ctx, "the table of the vectors", nil, err)
}

// eachVector calls each with the id of every passage that has a vector in the index,
// in order, and returns names of the vectors that have no passage.
func (l lists) eachVector(ctx context.Context, index vectorIndex, each func(id string) error) (orphaned []string, err error) {
	numbers, err := l.vectorsOf(ctx, index)
	if err != nil {
		return nil, err
	}
	return l.eachPaired(ctx, numbers, func(id string, _ int64, vectored bool) error {
		if !vectored {
			return nil
		}
		return each(id)
	})
}

// eachPaired is eachPassage that also tells what is among the vectors, and returns
// names of those that are of no passage.
func (l lists) eachPaired(
	ctx context.Context, vectors bitset, each func(id string, docid int64, vectored bool) error,
) (orphaned []string, err error) {
	err = l.eachPassage(ctx, func(id string, docid int64) error {
		vectored := vectors.has(docid)
		if vectored {
			vectors.remove(docid)
		}
		return each(id, docid, vectored)
	})
	return orphans(&vectors), err
}

// damaged tells an error of the pages from others.
func damaged(ctx context.Context, what string, known, err error) error {
	if known != nil {
		return known
	}
	var bySQLite *sqlite.Error
	if err == nil || ctx.Err() != nil || errors.As(err, &bySQLite) {
		return errors.Join(err, ctx.Err())
	}
	return domain.Corrupt("%s cannot be read", what).Because(err).WithHint(restoreHint)
}

// idEntry takes an entry of the index of ids apart.
func idEntry(record []byte) (id string, docid int64, err error) {
	size, n := varint(record)
	if n == 0 || size > uint64(len(record)) || size < uint64(n) {
		return "", 0, errShort
	}
	kinds, body := record[n:size], record[size:]
	text, n := varint(kinds)
	number, m := varint(kinds[n:])
	if n == 0 || m == 0 {
		return "", 0, errShort
	}
	if text < 13 || text%2 == 0 || number == 0 || number == 7 || number > 9 {
		return "", 0, fmt.Errorf("an entry of the kinds %d and %d", text, number)
	}
	if lengthOf(text)+lengthOf(number) > uint64(len(body)) {
		return "", 0, errShort
	}
	return string(body[:lengthOf(text)]), integerOf(number, body[lengthOf(text):][:lengthOf(number)]), nil
}
