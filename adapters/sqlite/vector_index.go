package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/atocore/atocore/domain"
)

// VectorStatus says whether the vectors can be used.
type VectorStatus string

// The states of the vector index.
const (
	VectorsOff        VectorStatus = "off"        // no model is configured here: another driver keeps the vectors
	VectorsReady      VectorStatus = "ready"      // every text has its vector
	VectorsIncomplete VectorStatus = "incomplete" // usable, but some texts have no vector
	VectorsMismatched VectorStatus = "mismatched" // made with another model: not usable
)

// VectorState describes the vector index.
type VectorState struct {
	Status     VectorStatus
	Stored     domain.EmbeddingModel // of the vectors in use; zero when there are none
	Configured domain.EmbeddingModel
	Missing    int // texts without a vector of the configured model
}

// vectorIndex is a row of vector_index.
type vectorIndex struct {
	No        int64  `db:"no"`
	Model     string `db:"model"`
	Dimension int    `db:"dimension"`
	Live      bool   `db:"live"`
}

func (i vectorIndex) model() domain.EmbeddingModel {
	return domain.EmbeddingModel{Name: i.Model, Dimension: i.Dimension}
}

// name is what people read.
func (i vectorIndex) name() string { return fmt.Sprintf("vector_%d", i.No) }

const (
	indexSelect  = `SELECT no, model, dimension, live FROM vector_index`
	indexByModel = indexSelect + ` WHERE model = ? AND dimension = ?`
	indexLive    = indexSelect + ` WHERE live = 1`
	indexInsert  = `INSERT INTO vector_index (model, dimension, live) VALUES (?, ?, 0) RETURNING no`
	vectorAny    = `SELECT EXISTS (SELECT 1 FROM vector_passage WHERE slot BETWEEN ? AND ?)
    OR EXISTS (SELECT 1 FROM vector_parked WHERE index_no = ?)`
)

// VectorState tells whether the vectors that are stored are those of the
// configured model, and complete.
func (s *Store) VectorState(ctx context.Context) (VectorState, error) {
	state := VectorState{Configured: s.model, Status: VectorsOff}
	err := s.view(ctx, "look at the vector index", func(t *tx) error {
		live, found, err := oneIndex(t, indexLive)
		if err != nil {
			return err
		}
		if found {
			state.Stored = live.model()
		}
		if s.model.Dimension == 0 {
			return nil
		}
		mine, _, err := oneIndex(t, indexByModel, s.model.Name, s.model.Dimension)
		if err != nil {
			return err
		}
		if err := t.get(&state.Missing, missingCount, mine.No); err != nil {
			return err
		}
		switch {
		case !mine.Live:
			state.Status = VectorsMismatched
		case state.Missing > 0:
			state.Status = VectorsIncomplete
		default:
			state.Status = VectorsReady
		}
		return nil
	})
	return state, err
}

// ensureVectorIndex makes an index for the configured model when there is none of
// any model, or only an empty one.
func (s *Store) ensureVectorIndex(ctx context.Context) error {
	if s.model.Dimension == 0 {
		return nil
	}
	var ready bool
	err := s.read.transact(ctx, func(t *tx) error {
		_, found, err := oneIndex(t, indexByModel+` AND live = 1`, s.model.Name, s.model.Dimension)
		ready = found
		return err
	})
	if err != nil || ready {
		return err
	}
	return s.write.transact(ctx, func(t *tx) error {
		live, found, err := oneIndex(t, indexLive)
		if err != nil || (found && live.model() == s.model) {
			return err
		}
		if found {
			var used bool
			first, last := live.slots()
			if err := t.get(&used, vectorAny, first, last, live.No); err != nil || used {
				return err
			}
			if err := dropIndex(t, live); err != nil {
				return err
			}
		}
		mine, found, err := oneIndex(t, indexByModel, s.model.Name, s.model.Dimension)
		if err != nil {
			return err
		}
		if !found {
			if mine, err = createIndex(t, s.model); err != nil {
				return err
			}
		}
		_, err = t.exec(`UPDATE vector_index SET live = 1 WHERE no = ?`, mine.No)
		return err
	})
}

// createIndex makes an index that is not live yet.
func createIndex(t *tx, m domain.EmbeddingModel) (vectorIndex, error) {
	i := vectorIndex{Model: m.Name, Dimension: m.Dimension}
	err := t.get(&i.No, indexInsert, m.Name, m.Dimension)
	return i, err
}

func dropIndex(t *tx, i vectorIndex) error {
	first, last := i.slots()
	if _, err := t.exec(`DELETE FROM vector_passage WHERE slot BETWEEN ? AND ?`, first, last); err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM vector_parked WHERE index_no = ?`, `DELETE FROM vector_index WHERE no = ?`} {
		if _, err := t.exec(q, i.No); err != nil {
			return err
		}
	}
	return nil
}

// oneIndex returns the index that query selects, and whether there is one.
func oneIndex(t *tx, query string, args ...any) (vectorIndex, bool, error) {
	var i vectorIndex
	err := t.get(&i, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return vectorIndex{}, false, nil
	}
	return i, err == nil, err
}

// usable returns the live index, or why it cannot be used.
func (s *Store) usable(t *tx) (vectorIndex, error) {
	if s.model.Dimension == 0 {
		return vectorIndex{}, domain.Unavailable("no vectors are kept in %s", s.path).
			WithHint("set vector.driver and an embedding model")
	}
	live, found, err := oneIndex(t, indexLive)
	if err != nil {
		return vectorIndex{}, err
	}
	if !found || live.model() != s.model {
		return vectorIndex{}, domain.Unavailable("the vectors in %s are those of the embedding model %q (%d wide), not of %q (%d wide)",
			s.path, live.Model, live.Dimension, s.model.Name, s.model.Dimension).
			WithHint("rebuild them from the text with: atocore index rebuild, or configure the former model again")
	}
	return live, nil
}
