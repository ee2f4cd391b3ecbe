package sqlite

import (
	"context"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.InlineVectors = (*Store)(nil)

// InlineIndex implements ports.InlineVectors.
func (s *Store) InlineIndex(ctx context.Context) (domain.InlineIndex, error) {
	var out domain.InlineIndex
	err := s.view(ctx, "compare the vectors with the text", func(t *tx) error {
		out = domain.InlineIndex{}
		if err := t.get(&out.Passages, `SELECT count(*) FROM vector_source`); err != nil {
			return err
		}
		live, found, err := oneIndex(t, indexLive)
		if err != nil {
			return err
		}
		if found {
			out.Name, out.Model = live.table(), live.model()
		}
		mine, _, err := oneIndex(t, indexByModel, s.model.Name, s.model.Dimension)
		if err != nil {
			return err
		}
		if err := t.get(&out.Records, `SELECT count(*) FROM vector_slot WHERE index_no = ? AND id IS NOT NULL`, mine.No); err != nil {
			return err
		}
		if err := t.all(&out.Missing, `SELECT id FROM vector_source p WHERE NOT EXISTS
    (SELECT 1 FROM vector_slot v WHERE v.id = p.id AND v.index_no = ?) ORDER BY id`, mine.No); err != nil {
			return err
		}
		return t.all(&out.Orphaned, `SELECT id FROM vector_slot v WHERE index_no = ? AND id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM vector_source p WHERE p.id = v.id) ORDER BY id`, mine.No)
	})
	return out, err
}
