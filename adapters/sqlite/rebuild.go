package sqlite

import (
	"context"
	"fmt"

	"github.com/atocore/atocore/domain"
)

// rebuildBatch is how many passages are embedded at a time.
const rebuildBatch = 256

const (
	// unembedded selects texts without a vector in index ?2.
	unembedded = `SELECT id, kind, project, coalesce(searched, content) AS text FROM passage p WHERE id > ?1
    AND NOT EXISTS (SELECT 1 FROM vector_passage v WHERE v.slot = (?2 << 40) + p.docid)
UNION ALL SELECT id, 'memory', project, content FROM memory m WHERE status <> 'active' AND id > ?1
    AND NOT EXISTS (SELECT 1 FROM vector_parked v WHERE v.memory = m.id AND v.index_no = ?2)
ORDER BY id LIMIT ?3`
	stillSays = `SELECT EXISTS (SELECT 1 FROM vector_source WHERE id = ? AND project = ? AND text = ?)`
)

// textRow is a text to embed.
type textRow struct {
	ID      string `db:"id"`
	Kind    string `db:"kind"`
	Project string `db:"project"`
	Text    string `db:"text"`
}

// RebuildVectors makes the vectors that are missing for the configured model. When
// the vectors in use are another model's, a second index is filled beside theirs
// and takes their place once it is whole. embed is called outside of transactions
// and returns a vector for each text; report, which may be nil, is told how many
// texts are done and how many there are in all. What was made stays made when
// it fails or is ended: the next call goes on from there.
func (s *Store) RebuildVectors(
	ctx context.Context, embed func(ctx context.Context, texts []string) ([][]float32, error), report func(done, total int),
) error {
	if s.model.Dimension == 0 {
		return domain.Unavailable("no vectors are kept in %s", s.path).WithHint("set vector.driver and an embedding model")
	}
	index, err := s.indexToFill(ctx)
	if err != nil {
		return err
	}
	var total, missing int
	err = s.view(ctx, "count passages", func(t *tx) error {
		if err := t.get(&total, `SELECT count(*) FROM vector_source`); err != nil {
			return err
		}
		return t.get(&missing, missingCount, index.No)
	})
	if err != nil {
		return err
	}
	done := total - missing
	for {
		n, err := s.fill(ctx, index, embed, func(n int) {
			if done += n; report != nil {
				report(min(done, total), total)
			}
		})
		if err != nil {
			return fmt.Errorf("rebuild vectors: %w", err)
		}
		if n > 0 {
			continue // others may have written meanwhile: look again
		}
		whole, err := s.cutOver(ctx, index)
		if err != nil || whole {
			return err
		}
	}
}

// indexToFill returns the configured model's index, made if there is none.
func (s *Store) indexToFill(ctx context.Context) (index vectorIndex, err error) {
	err = s.update(ctx, "make a vector index", func(t *tx) (err error) {
		var found bool
		index, found, err = oneIndex(t, indexByModel, s.model.Name, s.model.Dimension)
		if err == nil && !found {
			index, err = createIndex(t, s.model)
		}
		return err
	})
	return index, err
}

// fill goes once through the passages that have no vector and returns how many got
// one.
func (s *Store) fill(
	ctx context.Context, index vectorIndex, embed func(context.Context, []string) ([][]float32, error), progress func(n int),
) (stored int, err error) {
	var last string
	for {
		var rows []textRow
		err := s.view(ctx, "read passages", func(t *tx) error {
			return t.all(&rows, unembedded, last, index.No, rebuildBatch)
		})
		if err != nil || len(rows) == 0 {
			return stored, err
		}
		last = rows[len(rows)-1].ID
		texts := make([]string, len(rows))
		for i, r := range rows {
			texts[i] = r.Text
		}
		vectors, err := embed(ctx, texts)
		if err != nil {
			return stored, err
		}
		if len(vectors) != len(rows) {
			return stored, fmt.Errorf("embed: got %d vectors for %d texts", len(vectors), len(rows))
		}
		n, err := s.storeRebuilt(ctx, index, rows, vectors)
		if err != nil {
			return stored, err
		}
		stored += n
		progress(n)
	}
}

// storeRebuilt stores the vectors of those passages that still say the same.
func (s *Store) storeRebuilt(ctx context.Context, index vectorIndex, rows []textRow, vectors [][]float32) (stored int, err error) {
	for i, v := range vectors {
		if len(v) == 0 {
			return 0, domain.Invalid("the embedding model gave no vector for passage %q", rows[i].ID).WithField("vector")
		}
		if err := s.checkVector(v); err != nil {
			return 0, err
		}
	}
	err = s.update(ctx, "store vectors", func(t *tx) error {
		stored = 0
		for i, r := range rows {
			var same bool
			if err := t.get(&same, stillSays, r.ID, r.Project, r.Text); err != nil {
				return err
			}
			if !same {
				continue
			}
			if err := index.put(t, r.ID, vectors[i]); err != nil {
				return err
			}
			stored++
		}
		return nil
	})
	return stored, err
}

// cutOver puts the index in the place of all others, if no passage lacks a vector.
func (s *Store) cutOver(ctx context.Context, index vectorIndex) (whole bool, err error) {
	err = s.update(ctx, "change over to the new vectors", func(t *tx) error {
		var missing int
		if err := t.get(&missing, missingCount, index.No); err != nil {
			return err
		}
		if whole = missing == 0; !whole {
			return nil
		}
		var others []vectorIndex
		if err := t.all(&others, indexSelect+` WHERE no <> ?`, index.No); err != nil {
			return err
		}
		for _, other := range others {
			if err := dropIndex(t, other); err != nil {
				return err
			}
		}
		_, err := t.exec(`UPDATE vector_index SET live = 1 WHERE no = ?`, index.No)
		return err
	})
	return whole, err
}
