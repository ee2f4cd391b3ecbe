package sqlite

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/atocore/atocore/domain"
)

// What vec0 knows of a vector's kind. 0 takes part in no search: a free slot, a
// memory that is not active, a vector without direction.
const (
	kindNone   = 0
	kindMemory = 1
	kindChunk  = 2
)

const (
	slotByID   = `SELECT slot FROM vector_slot WHERE id = ? AND index_no = ?`
	slotFree   = `SELECT slot FROM vector_slot WHERE index_no = ? AND id IS NULL LIMIT 1`
	slotInsert = `INSERT INTO vector_slot (index_no, id, blank, parked) VALUES (?, ?, ?, ?) RETURNING slot`
	slotUpdate = `UPDATE vector_slot SET id = ?, blank = ?, parked = ? WHERE slot = ?`
	inactive   = `SELECT EXISTS (SELECT 1 FROM memory WHERE id = ? AND status <> 'active')`
)

// checkVector refuses vectors that cannot be of the configured model. None at all
// is accepted: the text is stored without.
func (s *Store) checkVector(v []float32) error {
	if len(v) == 0 || s.model.Dimension == 0 {
		return nil
	}
	if len(v) != s.model.Dimension {
		return domain.Invalid("the vector has %d dimensions, the embedding model %q has %d",
			len(v), s.model.Name, s.model.Dimension).WithField("vector")
	}
	for _, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return domain.Invalid("the vector holds a value that is no number").WithField("vector")
		}
	}
	return nil
}

func (s *Store) storeMemoryVector(t *tx, m domain.Memory, vector []float32) error {
	return s.storeVectors(t, false, []domain.VectorRecord{
		{ID: m.ID, Project: m.Project, Kind: domain.PassageMemory, Vector: vector},
	})
}

// storeMissingVectors stores the vectors of passages that have none yet. Those
// that have one keep it: triggers took it away if the text changed.
func (s *Store) storeMissingVectors(t *tx, records []domain.VectorRecord) error {
	return s.storeVectors(t, true, records)
}

// storeVectors stores what belongs to the configured model's index, be it live or
// still being built. Without such an index nothing is stored: vectors are derived
// from the text and can be rebuilt.
func (s *Store) storeVectors(t *tx, missingOnly bool, records []domain.VectorRecord) error {
	if err := s.enclose(t, records); err != nil {
		return err
	}
	if s.model.Dimension == 0 {
		return nil
	}
	index, found, err := oneIndex(t, indexByModel, s.model.Name, s.model.Dimension)
	if err != nil || !found {
		return err
	}
	for _, r := range records {
		if len(r.Vector) == 0 {
			continue
		}
		if err := index.put(t, r, missingOnly); err != nil {
			return err
		}
	}
	return nil
}

// put stores one vector in the slot that its id has, in a free one or in a new one.
func (i vectorIndex) put(t *tx, r domain.VectorRecord, missingOnly bool) error {
	kind := kindChunk
	var parked bool
	if r.Kind == domain.PassageMemory {
		kind = kindMemory
		if err := t.get(&parked, inactive, r.ID); err != nil {
			return err
		}
	}
	blob, blank := unitBlob(r.Vector)
	if blank || parked {
		kind = kindNone
	}
	var slot int64
	err := t.get(&slot, slotByID, r.ID, i.No)
	if err == nil && missingOnly {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = t.get(&slot, slotFree, i.No)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if err := t.get(&slot, slotInsert, i.No, r.ID, blank, parked); err != nil {
			return err
		}
		_, err = t.exec(fmt.Sprintf(`INSERT INTO %s (slot, scope, kind, embedding) VALUES (?, ?, ?, ?)`, i.table()),
			slot, scopeNumber(r.Project), kind, blob)
		return err
	case err != nil:
		return err
	}
	if _, err := t.exec(slotUpdate, r.ID, blank, parked, slot); err != nil {
		return err
	}
	_, err = t.exec(fmt.Sprintf(`UPDATE %s SET scope = ?, kind = ?, embedding = ? WHERE slot = ?`, i.table()),
		scopeNumber(r.Project), kind, blob, slot)
	return err
}

// moveVector gives the vectors of a passage, whatever their model, another project.
func (s *Store) moveVector(t *tx, id, project string) error {
	var indexes []vectorIndex
	if err := t.all(&indexes, indexSelect); err != nil {
		return err
	}
	for _, i := range indexes {
		_, err := t.exec(fmt.Sprintf(`UPDATE %s SET scope = ? WHERE slot = (`+slotByID+`)`, i.table()),
			scopeNumber(project), id, i.No)
		if err != nil {
			return err
		}
	}
	return nil
}

// scopeNumber is what stands for a project in vec0, which compares numbers faster
// than names: 63 bits of the name's hash, 0 for no project.
func scopeNumber(project string) int64 {
	if project == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(project))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// unitBlob returns the vector in length 1 as vec0 takes it, and whether it has no
// direction. Vectors of odd sizes would lose precision in float32 arithmetic.
func unitBlob(v []float32) (blob []byte, blank bool) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	norm := math.Sqrt(sum)
	blob = make([]byte, 0, 4*len(v))
	for _, x := range v {
		if norm > 0 {
			x = float32(float64(x) / norm)
		}
		blob = binary.LittleEndian.AppendUint32(blob, math.Float32bits(x))
	}
	return blob, norm == 0
}
