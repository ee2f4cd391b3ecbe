package sqlite

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// maxNeighbours is the most that vec0 returns for one question.
const maxNeighbours = 4096

// Vectors is the vector index.
type Vectors struct{ s *Store }

var _ ports.VectorIndex = (*Vectors)(nil)

// Search implements ports.VectorIndex. It is exact: every vector in the scope is
// compared.
func (v *Vectors) Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	if len(vector) == 0 || limit < 0 {
		return nil, domain.Invalid("a search needs a vector and a limit of 0 or more").WithField("vector")
	}
	if err := v.s.checkVector(vector); err != nil {
		return nil, err
	}
	var found []domain.Candidate
	err := v.s.view(ctx, "search vectors", func(t *tx) error {
		index, err := v.s.usable(t)
		if err != nil {
			return err
		}
		blob, blank := unitBlob(vector)
		if blank || limit == 0 {
			return nil
		}
		found, err = index.nearest(t, blob, scope, min(limit, maxNeighbours))
		return err
	})
	return found, err
}

// neighbour is a row of a vec0 search.
type neighbour struct {
	Slot     int64   `db:"slot"`
	Distance float64 `db:"distance"`
}

// nearest returns the limit nearest of the scope. vec0 breaks ties as it likes, so
// more is asked for until a tie at the end is seen whole.
func (i vectorIndex) nearest(t *tx, blob []byte, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	where, args := scopeCondition(scope)
	query := fmt.Sprintf(`SELECT slot, distance FROM %s WHERE embedding MATCH ? AND k = ? AND %s`, i.table(), where)
	for k := min(limit+1, maxNeighbours); ; k = min(4*k, maxNeighbours) {
		var near []neighbour
		if err := t.all(&near, query, append([]any{blob, k}, args...)...); err != nil {
			return nil, err
		}
		near = slices.DeleteFunc(near, func(n neighbour) bool { return n.Distance >= 1 })
		slices.SortFunc(near, func(a, b neighbour) int { return cmp.Compare(a.Distance, b.Distance) })
		whole := len(near) < k || k == maxNeighbours || near[len(near)-1].Distance > near[limit-1].Distance
		if whole {
			return name(t, near, limit)
		}
	}
}

// name puts ids to slots and orders by score and id.
func name(t *tx, near []neighbour, limit int) ([]domain.Candidate, error) {
	slots := make([]int64, len(near))
	for i, n := range near {
		slots[i] = n.Slot
	}
	list, err := json.Marshal(slots)
	if err != nil {
		return nil, err
	}
	var named []struct {
		Slot int64  `db:"slot"`
		ID   string `db:"id"`
	}
	if err := t.all(&named, `SELECT slot, id FROM vector_slot
WHERE slot IN (SELECT value FROM json_each(?)) AND id IS NOT NULL`, string(list)); err != nil {
		return nil, err
	}
	ids := make(map[int64]string, len(named))
	for _, n := range named {
		ids[n.Slot] = n.ID
	}
	found := make([]domain.Candidate, 0, len(near))
	for _, n := range near {
		if id, ok := ids[n.Slot]; ok {
			found = append(found, domain.Candidate{ID: id, Score: min(1, 1-n.Distance)})
		}
	}
	slices.SortFunc(found, byScoreThenID)
	return found[:min(limit, len(found))], nil
}

func byScoreThenID(a, b domain.Candidate) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
}

// scopeCondition returns what vec0 filters by while it searches.
func scopeCondition(scope domain.Scope) (where string, args []any) {
	kinds := []string{fmt.Sprint(kindMemory), fmt.Sprint(kindChunk)}
	if len(scope.Kinds) > 0 {
		kinds = kinds[:0]
		for _, k := range scope.Kinds {
			switch k {
			case domain.PassageMemory:
				kinds = append(kinds, fmt.Sprint(kindMemory))
			case domain.PassageChunk:
				kinds = append(kinds, fmt.Sprint(kindChunk))
			default:
				kinds = append(kinds, "-1") // nothing is of a kind that is not known
			}
		}
	}
	where = "kind IN (" + strings.Join(kinds, ", ") + ")"
	if scope.Project == "" {
		return where, nil
	}
	return where + " AND scope IN (0, ?)", []any{scopeNumber(scope.Project)}
}

// Upsert implements ports.VectorIndex.
func (v *Vectors) Upsert(ctx context.Context, records []domain.VectorRecord) error {
	for _, r := range records {
		if len(r.Vector) == 0 {
			return domain.Invalid("record %q has no vector", r.ID).WithField("vector")
		}
		if err := v.s.checkVector(r.Vector); err != nil {
			return err
		}
	}
	return v.s.update(ctx, "store vectors", func(t *tx) error {
		index, err := v.s.usable(t)
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := index.put(t, r, false); err != nil {
				return err
			}
		}
		return nil
	})
}

// Delete implements ports.VectorIndex.
func (v *Vectors) Delete(ctx context.Context, ids []string) error {
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	return v.s.update(ctx, "delete vectors", func(t *tx) error {
		index, err := v.s.usable(t)
		if err != nil {
			return err
		}
		_, err = t.exec(`UPDATE vector_slot SET id = NULL WHERE index_no = ? AND id IN (SELECT value FROM json_each(?))`,
			index.No, string(list))
		return err
	})
}

// IDs implements ports.VectorIndex.
func (v *Vectors) IDs(ctx context.Context) ([]string, error) {
	ids := []string{}
	err := v.s.view(ctx, "list vectors", func(t *tx) error {
		index, err := v.s.usable(t)
		if err != nil {
			return err
		}
		return t.all(&ids, `SELECT id FROM vector_slot WHERE index_no = ? AND id IS NOT NULL AND parked = 0 ORDER BY id`,
			index.No)
	})
	return ids, err
}
