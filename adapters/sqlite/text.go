package sqlite

import (
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Text is the full-text index.
type Text struct{ s *Store }

var _ ports.TextIndex = (*Text)(nil)

// saturation is what a word adds to a passage's score at the very most, in units
// of its weight: BM25's k1 + 1, with the k1 that FTS5 has.
const saturation = 1.2 + 1

// Words in the title count double. FTS5 clamps the weight of a word that more than
// half of the passages hold to clampedWeight.
const (
	textRank      = `bm25(passage_fts, 2.0, 1.0, 1.0, 1.0)`
	clampedWeight = 1e-6
)

const (
	textSearch = `SELECT rowid, ` + textRank + `, 1 FROM passage_fts WHERE passage_fts MATCH ?`
	// Passages out of scope are counted, because a word's weight is that in the
	// whole index, and left out by the flag.
	textSearchScoped = `SELECT f.rowid, ` + textRank + `,
    (?2 = '' OR p.project IN (?2, '')) AND CASE p.kind WHEN 'memory' THEN ?3 WHEN 'chunk' THEN ?4 ELSE 0 END
FROM passage_fts f JOIN passage p ON p.docid = f.rowid WHERE passage_fts MATCH ?1`
	passageCount = `SELECT count(*) FROM passage`
	docidNames   = `SELECT docid, id FROM passage WHERE docid IN (SELECT value FROM json_each(?))`
)

// Search implements ports.TextIndex. The score is BM25 over title, heading, path
// and text, divided by the most that any passage could reach for this question; a
// word that no passage holds counts there as one that a single passage holds.
func (x *Text) Search(ctx context.Context, question string, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	words := questionWords(question)
	if len(words) == 0 || limit <= 0 {
		return nil, ctx.Err()
	}
	var found []domain.Candidate
	err := x.s.view(ctx, "search text", func(t *tx) (err error) {
		found, err = searchText(t, words, scope, limit)
		return err
	})
	return found, err
}

// hit is a passage that holds a word.
type hit struct {
	docid int64
	score float64
}

func searchText(t *tx, words []questionWord, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	var passages int
	if err := t.get(&passages, passageCount); err != nil {
		return nil, err
	}
	scores := map[int64]float64{}
	var most float64
	var hits []hit
	for _, w := range words {
		var count int
		var err error
		if hits, count, err = wordHits(t, w, scope, hits[:0]); err != nil {
			return nil, err
		}
		weight := float64(w.count) * wordWeight(passages, max(count, 1))
		most += weight * saturation
		factor := weight / ftsWeight(passages, count)
		for _, h := range hits {
			scores[h.docid] += h.score * factor
		}
	}
	best := make([]hit, 0, len(scores))
	for docid, score := range scores {
		best = append(best, hit{docid, score / most})
	}
	return nameHits(t, best, limit)
}

// wordHits returns the passages in scope that hold the word, with what FTS5 gives
// them for it, and the number of passages that hold it anywhere.
func wordHits(t *tx, w questionWord, scope domain.Scope, into []hit) (hits []hit, count int, err error) {
	query, args := textSearch, []any{w.match()}
	if scope.Project != "" || len(scope.Kinds) > 0 {
		wants := func(k domain.PassageKind) bool { return len(scope.Kinds) == 0 || slices.Contains(scope.Kinds, k) }
		query = textSearchScoped
		args = append(args, scope.Project, wants(domain.PassageMemory), wants(domain.PassageChunk))
	}
	rows, err := t.rows(query, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	hits = into
	for rows.Next() {
		var h hit
		var rank float64
		var inScope bool
		if err := rows.Scan(&h.docid, &rank, &inScope); err != nil {
			return nil, 0, err
		}
		count++
		if inScope {
			h.score = -rank
			hits = append(hits, h)
		}
	}
	return hits, count, rows.Err()
}

// wordWeight is a word's inverse document frequency, in the form that stays above
// 0 also for words that most passages hold.
func wordWeight(passages, count int) float64 {
	n, c := float64(passages), float64(count)
	return math.Log(1 + (max(n-c, 0)+0.5)/(c+0.5))
}

// ftsWeight is the weight that FTS5 has multiplied its score with.
func ftsWeight(passages, count int) float64 {
	w := math.Log((float64(passages-count) + 0.5) / (float64(count) + 0.5))
	if w <= 0 {
		return clampedWeight
	}
	return w
}

// nameHits returns the limit best, ties by id.
func nameHits(t *tx, best []hit, limit int) ([]domain.Candidate, error) {
	slices.SortFunc(best, func(a, b hit) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	end := min(limit, len(best))
	for end > 0 && end < len(best) && best[end].score == best[limit-1].score {
		end++
	}
	best = best[:end]
	docids := make([]int64, len(best))
	for i, h := range best {
		docids[i] = h.docid
	}
	list, err := json.Marshal(docids)
	if err != nil {
		return nil, err
	}
	var named []struct {
		DocID int64  `db:"docid"`
		ID    string `db:"id"`
	}
	if err := t.all(&named, docidNames, string(list)); err != nil {
		return nil, err
	}
	ids := make(map[int64]string, len(named))
	for _, n := range named {
		ids[n.DocID] = n.ID
	}
	found := make([]domain.Candidate, 0, len(best))
	for _, h := range best {
		found = append(found, domain.Candidate{ID: ids[h.docid], Score: min(1, h.score)})
	}
	slices.SortFunc(found, byScoreThenID)
	return found[:min(limit, len(found))], nil
}
