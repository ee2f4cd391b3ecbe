package portfake

import (
	"context"
	"maps"
	"math"
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Text is ports.TextIndex over a Store.
type Text struct{ s *Store }

var _ ports.TextIndex = (*Text)(nil)

// Search implements ports.TextIndex: the share of the question's words, each as
// often as the question says it, that a passage holds.
func (x *Text) Search(ctx context.Context, question string, scope domain.Scope, limit int) (out []domain.Candidate, err error) {
	err = x.s.do(ctx, "text.search", func() error {
		words := plainWords(question)
		if telling := slices.DeleteFunc(slices.Clone(words), domain.IsStopWord); len(telling) > 0 {
			words = telling
		}
		scores := map[string]float64{}
		for id, f := range x.s.passages() {
			if !inScope(scope, f.Project, f.Kind) {
				continue
			}
			held := map[string]bool{}
			for _, w := range plainWords(f.text) {
				held[w] = true
			}
			for _, w := range words {
				if held[w] {
					scores[id] += 1 / float64(len(words))
				}
			}
		}
		out = best(scores, limit)
		return nil
	})
	return out, err
}

// plainWords returns the words of text in lower case and without accents.
func plainWords(text string) []string {
	var plain []rune
	for _, r := range norm.NFD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			plain = append(plain, r)
		}
	}
	return domain.Words(string(plain))
}

// Vectors is ports.VectorIndex over a Store.
type Vectors struct{ s *Store }

var _ ports.VectorIndex = (*Vectors)(nil)

// Search implements ports.VectorIndex, exactly.
func (v *Vectors) Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) (out []domain.Candidate, err error) {
	err = v.s.do(ctx, "vector.search", func() error {
		if err := v.s.checkVector(vector); err != nil {
			return err
		}
		scores := map[string]float64{}
		for id, r := range v.s.vectors {
			if inScope(scope, r.Project, r.Kind) && !v.asleep(id) {
				scores[id] = cosine(vector, r.Vector)
			}
		}
		out = best(scores, limit)
		return nil
	})
	return out, err
}

// asleep tells whether id is a memory that takes no part in answers.
func (v *Vectors) asleep(id string) bool {
	m, ok := v.s.memories[id]
	return ok && m.Status != domain.MemoryActive
}

// cosine returns the cosine of two vectors, 0 where one has no direction.
func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range min(len(a), len(b)) {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	// Equal vectors have equal scores, whatever the rounding.
	return math.Round(ab/math.Sqrt(aa*bb)*1e9) / 1e9
}

// Upsert implements ports.VectorIndex.
func (v *Vectors) Upsert(ctx context.Context, records []domain.VectorRecord) error {
	return v.s.do(ctx, "vector.upsert", func() error {
		for _, r := range records {
			if len(r.Vector) == 0 {
				return domain.Invalid("record %q has no vector", r.ID).WithField("vector")
			}
			if err := v.s.checkVector(r.Vector); err != nil {
				return err
			}
		}
		for _, r := range records {
			r.Vector = slices.Clone(r.Vector)
			v.s.vectors[r.ID] = r
		}
		return nil
	})
}

// Delete implements ports.VectorIndex.
func (v *Vectors) Delete(ctx context.Context, ids []string) error {
	return v.s.do(ctx, "vector.delete", func() error {
		for _, id := range ids {
			delete(v.s.vectors, id)
		}
		return nil
	})
}

// IDs implements ports.VectorIndex.
func (v *Vectors) IDs(ctx context.Context) (ids []string, err error) {
	err = v.s.do(ctx, "vector.ids", func() error {
		ids = slices.DeleteFunc(slices.Sorted(maps.Keys(v.s.vectors)), v.asleep)
		return nil
	})
	return ids, err
}
