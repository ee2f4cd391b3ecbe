package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// keptChanges is how many changes are remembered. Who is further behind starts over.
const keptChanges = 20_000

// Feed tells what changed.
type Feed struct {
	s    *Store
	part *part
}

// part narrows a feed.
type part struct {
	ids  []string // to these passages; nil for all of them
	bare bool     // to their vectors, without any text
}

var _ ports.PassageFeed = (*Feed)(nil)

// Feed returns the feed of changes.
func (s *Store) Feed() *Feed { return &Feed{s: s} }

// FeedOf returns a feed of these passages alone, for an index that is asked once:
// it is followed from the beginning.
func (s *Store) FeedOf(ids []string) *Feed { return &Feed{s, &part{ids: append([]string{}, ids...)}} }

// FeedOfVectors returns such a feed of every vector, without any text.
func (s *Store) FeedOfVectors() *Feed { return &Feed{s, &part{bare: true}} }

const feedHead = `SELECT seq, mark FROM feed_change ORDER BY seq DESC LIMIT 1`

type markRow struct {
	Seq  int64 `db:"seq"`
	Mark int64 `db:"mark"`
}

// Head implements ports.PassageFeed.
func (f *Feed) Head(ctx context.Context) (domain.FeedMark, error) {
	return f.s.seen.head.look(ctx, f.s, func() (m domain.FeedMark, err error) {
		err = f.s.read.row(ctx, feedHead, nil, &m.Seq, &m.Check)
		if errors.Is(err, sql.ErrNoRows) {
			return domain.FeedMark{}, nil
		}
		return m, f.s.explain(ctx, "ask for changes", err)
	})
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
	feedSelect = `SELECT p.id, p.kind, p.project, coalesce(d.root, ''), p.path, p.title, p.heading, p.seq, p.start_line,
    p.end_line, coalesce(m.type, ''), coalesce(m.confidence, 0), p.content, p.searched, %s
FROM passage p
LEFT JOIN document d ON d.id = p.document
LEFT JOIN memory m ON p.kind = 'memory' AND m.id = p.id
%s`
	feedBare = `SELECT p.id, p.kind, p.project, '', '', '', '', 0, 0, 0, '', 0, '', NULL, %s
FROM passage p
%s`
	feedVectors = `LEFT JOIN vector_passage v ON v.slot = ?1 + p.docid
`
	feedChanged = `WHERE p.id IN (SELECT passage FROM feed_change WHERE seq > ?2)`
	feedNamed   = `WHERE p.id IN (SELECT value FROM json_each(?2))`
	feedGone    = `SELECT DISTINCT passage FROM feed_change c WHERE seq > ?
    AND NOT EXISTS (SELECT 1 FROM passage WHERE id = c.passage)`
)

// changeOf reads a row of feedSelect.
func changeOf(row []any) domain.PassageChange {
	text := func(i int) string { s, _ := row[i].(string); return s }
	whole := func(i int) int { n, _ := row[i].(int64); return int(n) }
	c := domain.PassageChange{
		Passage: domain.Passage{
			ID: text(0), Kind: domain.PassageKind(text(1)), Project: text(2), Root: text(3), Path: text(4), Title: text(5),
			Heading: text(6), Seq: whole(7), StartLine: whole(8), EndLine: whole(9), Type: domain.MemoryType(text(10)),
			Content: text(12),
		},
		Searched: text(12),
	}
	c.Passage.Confidence, _ = row[11].(float64)
	if searched, other := row[13].(string); other {
		c.Searched = searched
	}
	if vector, has := row[15].([]byte); has {
		scale, _ := row[14].(float64)
		c.Vector = domain.Quantised{Scale: float32(scale), Components: signed(vector)}
	}
	return c
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
	query, args, err := f.query(t, after)
	if err != nil {
		return err
	}
	rows, err := t.rows(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := rows.SliceScan()
		if err != nil {
			return err
		}
		if err := apply(changeOf(row)); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (f *Feed) query(t *tx, after int64) (string, []any, error) {
	selected, vector, join, args := feedSelect, "0, NULL", "", []any{0}
	if f.part != nil && f.part.bare {
		selected = feedBare
	}
	if live, err := f.s.usable(t); err == nil {
		vector, join, args = "v.scale, v.vector", feedVectors, []any{live.slot(0)}
	}
	switch {
	case after != 0:
		join += feedChanged
		args = append(args, after)
	case f.part != nil && !f.part.bare:
		list, err := json.Marshal(f.part.ids)
		if err != nil {
			return "", nil, err
		}
		join += feedNamed
		args = append(args, string(list))
	case len(join) == 0:
		args = nil
	}
	return fmt.Sprintf(selected, vector, join), args, nil
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
