package sqlite

import (
	"context"
	"fmt"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.InlineVectors = (*Store)(nil)

const (
	// missingIDs are the texts without a vector in index ?1: what can be found, and
	// the memories that may be active again.
	missingIDs = `SELECT id FROM passage p
    WHERE NOT EXISTS (SELECT 1 FROM vector_passage v WHERE v.slot = (?1 << 40) + p.docid)
UNION ALL SELECT id FROM memory m
    WHERE status <> 'active' AND NOT EXISTS (SELECT 1 FROM vector_parked v WHERE v.memory = m.id AND v.index_no = ?1)`
	missingCount = `SELECT count(*) FROM (` + missingIDs + `)`
	vectorCount  = `SELECT (SELECT count(*) FROM vector_passage WHERE slot BETWEEN ?2 AND ?3)
    + (SELECT count(*) FROM vector_parked WHERE index_no = ?1)`
	orphanedPassages = `SELECT slot - ?1 FROM vector_passage v WHERE slot BETWEEN ?1 AND ?2
    AND NOT EXISTS (SELECT 1 FROM passage p WHERE p.docid = v.slot - ?1) ORDER BY slot`
	orphanedMemories = `SELECT memory FROM vector_parked v WHERE index_no = ?
    AND NOT EXISTS (SELECT 1 FROM memory m WHERE m.id = v.memory) ORDER BY memory`
)

// InlineIndex implements ports.InlineVectors. A vector whose passage is gone is
// named by the number that the passage had.
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
			out.Name, out.Model = live.name(), live.model()
		}
		mine, _, err := oneIndex(t, indexByModel, s.model.Name, s.model.Dimension)
		if err != nil {
			return err
		}
		first, last := mine.slots()
		if err := t.get(&out.Records, vectorCount, mine.No, first, last); err != nil {
			return err
		}
		if err := t.all(&out.Missing, missingIDs+` ORDER BY id`, mine.No); err != nil {
			return err
		}
		if err := t.all(&out.Orphaned, orphanedMemories, mine.No); err != nil {
			return err
		}
		var lost []int64
		err = t.all(&lost, orphanedPassages, first, last)
		for _, docid := range lost {
			out.Orphaned = append(out.Orphaned, fmt.Sprintf("#%d", docid))
		}
		return err
	})
	return out, err
}
