package sqlite

import (
	"context"

	"github.com/atocore/atocore/ports"
)

// Vectors are the vectors that are kept with the text.
type Vectors struct{ s *Store }

var _ ports.VectorLister = (*Vectors)(nil)

const vectorIDs = `SELECT p.id FROM vector_passage v JOIN passage p ON p.docid = v.slot - ?1
WHERE v.slot BETWEEN ?1 AND ?2 ORDER BY p.id`

// IDs implements ports.VectorLister.
func (v *Vectors) IDs(ctx context.Context) ([]string, error) {
	ids := []string{}
	err := v.s.view(ctx, "list vectors", func(t *tx) error {
		index, err := v.s.usable(t)
		if err != nil {
			return err
		}
		first, last := index.slots()
		return t.all(&ids, vectorIDs, first, last)
	})
	return ids, err
}
