package sqlite

import (
	"math"
	"unsafe"

	"github.com/atocore/atocore/domain"
)

// A vector is kept under the number of its index and the docid of its passage in
// one: the rows of an index lie side by side, in the order in which the passages
// came, and are found without another index.
const indexShift = 40

func (i vectorIndex) slot(docid int64) int64 { return i.No<<indexShift + docid }

// slots returns where the rows of the index lie, both ends included.
func (i vectorIndex) slots() (first, last int64) {
	return i.No << indexShift, (i.No+1)<<indexShift - 1
}

const (
	vectorPut = `INSERT OR REPLACE INTO vector_passage (slot, scale, vector) VALUES (?, ?, ?)`
	vectorHas = `SELECT EXISTS (SELECT 1 FROM vector_passage WHERE slot = ?)`
	docidByID = `SELECT coalesce(max(docid), 0) FROM passage WHERE id = ?`
	// A vector of a text that is no more is not kept.
	vectorPark = `INSERT OR REPLACE INTO vector_parked (memory, index_no, scale, vector)
    SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM memory WHERE id = ?1)`
	// What stores a vector beside a text that was there before says so. What changes
	// the text needs not: a trigger does.
	feedNote = `INSERT INTO feed_change (passage) VALUES (?)`
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

// indexToWrite returns the configured model's index, be it live or still being
// built. Without one (No is 0) no vector is stored: they are derived from the text
// and can be made again.
func (s *Store) indexToWrite(t *tx) (vectorIndex, error) {
	if s.model.Dimension == 0 {
		return vectorIndex{}, nil
	}
	index, _, err := oneIndex(t, indexByModel, s.model.Name, s.model.Dimension)
	return index, err
}

func (s *Store) storeMemoryVector(t *tx, m domain.Memory, vector []float32) error {
	if err := s.enclose(t, m.ID, vector); err != nil || len(vector) == 0 {
		return err
	}
	index, err := s.indexToWrite(t)
	if err != nil || index.No == 0 {
		return err
	}
	return index.put(t, m.ID, vector)
}

// put stores the vector of a passage, or of a memory that is none now.
func (i vectorIndex) put(t *tx, id string, vector []float32) error {
	var docid int64
	if err := t.get(&docid, docidByID, id); err != nil {
		return err
	}
	q := domain.Quantise(vector)
	if docid == 0 {
		_, err := t.exec(vectorPark, id, i.No, q.Scale, octets(q.Components))
		return err
	}
	if _, err := t.exec(feedNote, id); err != nil {
		return err
	}
	_, err := t.exec(vectorPut, i.slot(docid), q.Scale, octets(q.Components))
	return err
}

// octets is the same memory as bytes.
func octets(v []int8) []byte {
	if len(v) == 0 {
		return []byte{}
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v))
}

// signed is the same memory as numbers.
func signed(v []byte) []int8 {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*int8)(unsafe.Pointer(&v[0])), len(v))
}
