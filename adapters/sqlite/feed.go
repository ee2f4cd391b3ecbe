package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// keptChanges is how many changes are remembered. Who is further behind starts over.
const keptChanges = 100_000

// Feed tells what changed.
type Feed struct{ s *Store }

var _ ports.PassageFeed = (*Feed)(nil)

// Feed returns the feed of changes.
func (s *Store) Feed() *Feed { return &Feed{s} }

const feedHead = `SELECT seq, mark FROM feed_change ORDER BY seq DESC LIMIT 1`

type markRow struct {
	Seq  int64 `db:"seq"`
	Mark int64 `db:"mark"`
}

// Head implements ports.PassageFeed.
func (f *Feed) Head(ctx context.Context) (domain.FeedMark, error) {
	var m domain.FeedMark
	err := f.s.view(ctx, "ask for changes", func(t *tx) (err error) {
		m, err = oneMark(t, feedHead)
		return err
	})
	return m, err
}

func oneMark(t *tx, query string, args ...any) (domain.FeedMark, error) {
	var r markRow
	err := t.get(&r, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.FeedMark{}, nil
	}
	return domain.FeedMark{Seq: r.Seq, Check: r.Mark}, err
}

const (
	feedSelect = `SELECT p.id, p.kind, p.project, coalesce(d.root, '') AS root, p.path, p.title, p.heading, p.seq,
    p.start_line, p.end_line, coalesce(m.type, '') AS type, coalesce(m.confidence, 0) AS confidence, p.content,
    coalesce(p.searched, p.content) AS searched, %s AS vector
FROM passage p
LEFT JOIN document d ON d.id = p.document
LEFT JOIN memory m ON p.kind = 'memory' AND m.id = p.id
%s`
	feedVectors = `LEFT JOIN vector_slot v ON v.index_no = ? AND v.id = p.id AND v.blank = 0
LEFT JOIN %s e ON e.slot = v.slot
`
	feedChanged = `WHERE p.id IN (SELECT passage FROM feed_change WHERE seq > ?)`
	feedGone    = `SELECT DISTINCT passage FROM feed_change c WHERE seq > ?
    AND NOT EXISTS (SELECT 1 FROM passage WHERE id = c.passage)`
)

type feedRow struct {
	passageRow
	Searched string `db:"searched"`
	Vector   []byte `db:"vector"`
}

// Follow implements ports.PassageFeed.
func (f *Feed) Follow(ctx context.Context, after domain.FeedMark, apply func(domain.PassageChange) error) (domain.FeedMark, error) {
	var head domain.FeedMark
	err := f.s.view(ctx, "follow changes", func(t *tx) (err error) {
		if head, err = oneMark(t, feedHead); err != nil {
			return err
		}
		if after.Seq != 0 {
			known, err := oneMark(t, `SELECT seq, mark FROM feed_change WHERE seq = ?`, after.Seq)
			if err != nil {
				return err
			}
			if known != after {
				return domain.Conflict("the changes since number %d are no longer known", after.Seq)
			}
			if err := f.gone(t, after.Seq, apply); err != nil {
				return err
			}
		}
		return f.present(t, after.Seq, apply)
	})
	if err != nil {
		return domain.FeedMark{}, err
	}
	return head, nil
}

func (f *Feed) gone(t *tx, after int64, apply func(domain.PassageChange) error) error {
	var ids []string
	if err := t.all(&ids, feedGone, after); err != nil {
		return err
	}
	for _, id := range ids {
		if err := apply(domain.PassageChange{Passage: domain.Passage{ID: id}, Gone: true}); err != nil {
			return err
		}
	}
	return nil
}

func (f *Feed) present(t *tx, after int64, apply func(domain.PassageChange) error) error {
	vector, join := "NULL", ""
	var args []any
	if live, err := f.s.usable(t); err == nil {
		vector, join = "e.embedding", fmt.Sprintf(feedVectors, live.table())
		args = append(args, live.No)
	}
	if after != 0 {
		join += feedChanged
		args = append(args, after)
	}
	rows, err := t.rows(fmt.Sprintf(feedSelect, vector, join), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r feedRow
		if err := rows.StructScan(&r); err != nil {
			return err
		}
		c := domain.PassageChange{Passage: r.passage(), Searched: r.Searched, Vector: floats(r.Vector)}
		if err := apply(c); err != nil {
			return err
		}
	}
	return rows.Err()
}

// floats decodes vec0's blobs: 32-bit floats, little endian.
func floats(blob []byte) []float32 {
	if len(blob) == 0 {
		return nil
	}
	v := make([]float32, len(blob)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(blob[4*i:]))
	}
	return v
}

// forget removes changes that nobody should still be waiting for.
func (s *Store) forget(ctx context.Context) error {
	var kept int64
	err := s.view(ctx, "look at old changes", func(t *tx) error {
		return t.get(&kept, `SELECT coalesce(max(seq) - min(seq), 0) FROM feed_change`)
	})
	if err != nil || kept < 2*keptChanges {
		return err
	}
	return s.update(ctx, "forget old changes", func(t *tx) error {
		_, err := t.exec(`DELETE FROM feed_change WHERE seq <= (SELECT max(seq) FROM feed_change) - ?`, keptChanges)
		return err
	})
}
