package porttest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestVectorIndex checks a ports.VectorIndex. open returns an empty one for
// vectors of Model. A cosine may be off by tolerance.
func TestVectorIndex(t *testing.T, tolerance float64, open func(t *testing.T) ports.VectorIndex) {
	t.Run("an empty index returns nothing", func(t *testing.T) {
		v := open(t)
		assert.Empty(t, nearest(t, v, axis(0), domain.Scope{}, 10))
		got, err := v.IDs(t.Context())
		require.NoError(t, err)
		assert.Empty(t, got)
		require.NoError(t, v.Delete(t.Context(), []string{"none"}))
		require.NoError(t, v.Upsert(t.Context(), nil))
	})
	t.Run("scores are cosines, best first", func(t *testing.T) {
		v := open(t)
		upsert(t, v, chunk("same", axis(0)), chunk("half", blend(0, 1)), chunk("right angle", axis(1)),
			chunk("opposite", negative(axis(0))), chunk("long", []float32{0, 0, 9, 0, 0, 0, 0, 0}))
		found := nearest(t, v, axis(0), domain.Scope{}, 2)
		require.Equal(t, []string{"same", "half"}, ids(found))
		assert.InDelta(t, 1, found[0].Score, tolerance)
		assert.InDelta(t, 0.70711, found[1].Score, tolerance)
		for _, c := range nearest(t, v, axis(0), domain.Scope{}, 10) {
			assert.GreaterOrEqual(t, c.Score, 0.0, "negative values are 0")
			assert.LessOrEqual(t, c.Score, 1.0)
		}
		found = nearest(t, v, []float32{0, 0, 0.001, 0, 0, 0, 0, 0}, domain.Scope{}, 1)
		require.Equal(t, []string{"long"}, ids(found), "length does not matter")
		assert.InDelta(t, 1, found[0].Score, tolerance)
	})
	t.Run("upsert replaces, delete removes", func(t *testing.T) { vectorWrites(t, tolerance, open) })
	t.Run("another dimension is invalid and stores nothing", func(t *testing.T) {
		v := open(t)
		kind(t, domain.KindInvalid, v.Upsert(t.Context(), []domain.VectorRecord{
			chunk("good", axis(0)), chunk("bad", []float32{1, 2, 3}),
		}))
		_, err := v.Search(t.Context(), []float32{1, 2, 3}, domain.Scope{}, 10)
		kind(t, domain.KindInvalid, err)
		got, err := v.IDs(t.Context())
		require.NoError(t, err)
		assert.Empty(t, got)
	})
	t.Run("a vector without direction is near to nothing", func(t *testing.T) {
		v := open(t)
		upsert(t, v, chunk("blank", make([]float32, Model().Dimension)), chunk("a", axis(0)))
		assert.Equal(t, []string{"a"}, ids(nearest(t, v, axis(0), domain.Scope{}, 1)))
		for _, c := range nearest(t, v, axis(0), domain.Scope{}, 10) {
			assert.True(t, c.ID == "a" || c.Score == 0)
		}
		for _, c := range nearest(t, v, make([]float32, Model().Dimension), domain.Scope{}, 10) {
			assert.Zero(t, c.Score)
		}
		got, err := v.IDs(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "blank"}, got)
	})
	t.Run("ties are ordered by id", func(t *testing.T) {
		v := open(t)
		for i := range 50 {
			upsert(t, v, chunk(fmt.Sprintf("%02d", 49-i), axis(3)))
		}
		assert.Equal(t, []string{"00", "01", "02", "03", "04"}, ids(nearest(t, v, axis(3), domain.Scope{}, 5)))
	})
	t.Run("scope", func(t *testing.T) { vectorScope(t, open) })
	t.Run("ten thousand vectors", func(t *testing.T) { vectorMany(t, open) })
	t.Run("readers and writers at the same time", func(t *testing.T) { vectorConcurrent(t, open) })
	t.Run("a context that ended changes nothing", func(t *testing.T) {
		v := open(t)
		require.Error(t, v.Upsert(ended(t), []domain.VectorRecord{chunk("a", axis(0))}))
		got, err := v.IDs(t.Context())
		require.NoError(t, err)
		assert.Empty(t, got)
	})
}

func vectorWrites(t *testing.T, tolerance float64, open func(t *testing.T) ports.VectorIndex) {
	v := open(t)
	upsert(t, v, chunk("a", axis(0)), chunk("b", axis(1)), chunk("c", axis(2)))
	upsert(t, v, domain.VectorRecord{ID: "a", Project: "q", Kind: domain.PassageMemory, Vector: axis(4)})
	assert.Equal(t, []string{"a"}, ids(nearest(t, v, axis(4), domain.Scope{}, 1)))
	assert.Equal(t, []string{"a"}, ids(nearest(t, v, axis(4), domain.Scope{
		Project: "q", Kinds: []domain.PassageKind{domain.PassageMemory},
	}, 1)), "project and kind are replaced as well")
	for _, c := range nearest(t, v, axis(0), domain.Scope{}, 9) {
		assert.InDelta(t, 0, c.Score, tolerance, "the former vector is gone")
	}
	require.NoError(t, v.Delete(t.Context(), []string{"b", "none", "b"}))
	got, err := v.IDs(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "c"}, got)
	for _, c := range nearest(t, v, axis(1), domain.Scope{}, 9) {
		assert.NotEqual(t, "b", c.ID)
	}
	upsert(t, v, chunk("b", axis(5)))
	assert.Equal(t, []string{"b"}, ids(nearest(t, v, axis(5), domain.Scope{}, 1)), "what was deleted can come back")
}

func vectorScope(t *testing.T, open func(t *testing.T) ports.VectorIndex) {
	v := open(t)
	// What is out of scope is nearer and there is much of it: a search that filters
	// afterwards comes back empty-handed.
	var records []domain.VectorRecord
	for i := range 500 {
		records = append(records, domain.VectorRecord{
			ID: fmt.Sprintf("far%03d", i), Project: "q", Kind: domain.PassageChunk, Vector: axis(0),
		})
	}
	for i, project := range []string{"p", "p", "", ""} {
		records = append(records, domain.VectorRecord{
			ID: fmt.Sprint("in", i), Project: project, Vector: blend(0, 1),
			Kind: []domain.PassageKind{domain.PassageChunk, domain.PassageMemory}[i%2],
		})
	}
	upsert(t, v, records...)
	chunks, memories := []domain.PassageKind{domain.PassageChunk}, []domain.PassageKind{domain.PassageMemory}
	for name, tc := range map[string]struct {
		scope domain.Scope
		want  []string
	}{
		"a project and no one's":  {domain.Scope{Project: "p"}, []string{"in0", "in1", "in2", "in3"}},
		"an unknown project":      {domain.Scope{Project: "x"}, []string{"in2", "in3"}},
		"chunks of a project":     {domain.Scope{Project: "p", Kinds: chunks}, []string{"in0", "in2"}},
		"memories":                {domain.Scope{Kinds: memories}, []string{"in1", "in3"}},
		"both kinds of a project": {domain.Scope{Project: "p", Kinds: append(chunks, memories...)}, []string{"in0", "in1", "in2", "in3"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, ids(nearest(t, v, axis(0), tc.scope, 4)))
		})
	}
	assert.Equal(t, []string{"far000"}, ids(nearest(t, v, axis(0), domain.Scope{}, 1)))
}

func vectorMany(t *testing.T, open func(t *testing.T) ports.VectorIndex) {
	v := open(t)
	rng := rand.New(rand.NewPCG(1, 2))
	records := make([]domain.VectorRecord, 10_000)
	for i := range records {
		records[i] = chunk(fmt.Sprintf("%05d", i), random(rng))
	}
	for batch := range slices.Chunk(records, 1000) {
		upsert(t, v, batch...)
	}
	got, err := v.IDs(t.Context())
	require.NoError(t, err)
	require.Len(t, got, len(records))
	// An approximate index may miss some: nine of ten have to be right.
	var hits, all int
	for range 20 {
		q := random(rng)
		slices.SortFunc(records, func(a, b domain.VectorRecord) int {
			if dot(a.Vector, q) > dot(b.Vector, q) {
				return -1
			}
			return 1
		})
		found := ids(nearest(t, v, q, domain.Scope{}, 10))
		require.Len(t, found, 10)
		for _, r := range records[:10] {
			all++
			if slices.Contains(found, r.ID) {
				hits++
			}
		}
	}
	assert.GreaterOrEqual(t, float64(hits)/float64(all), 0.9)
}

func vectorConcurrent(t *testing.T, open func(t *testing.T) ports.VectorIndex) {
	v := open(t)
	upsert(t, v, chunk("fixed", axis(7)))
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := range 20 {
				id := fmt.Sprint(w, "-", i)
				assert.NoError(t, v.Upsert(t.Context(), []domain.VectorRecord{chunk(id, axis(w))}))
				if i%2 == 0 {
					assert.NoError(t, v.Delete(t.Context(), []string{id}))
				}
			}
		})
		wg.Go(func() {
			for range 20 {
				found, err := v.Search(t.Context(), axis(7), domain.Scope{}, 1)
				if assert.NoError(t, err) && assert.Len(t, found, 1) {
					assert.Equal(t, "fixed", found[0].ID)
				}
			}
		})
	}
	wg.Wait()
	got, err := v.IDs(t.Context())
	require.NoError(t, err)
	assert.Len(t, got, 1+3*10)
}

func nearest(t *testing.T, v ports.VectorSearcher, q []float32, scope domain.Scope, limit int) []domain.Candidate {
	t.Helper()
	found, err := v.Search(t.Context(), q, scope, limit)
	require.NoError(t, err)
	return found
}

func upsert(t *testing.T, v ports.VectorIndex, records ...domain.VectorRecord) {
	t.Helper()
	require.NoError(t, v.Upsert(t.Context(), records))
}

func chunk(id string, vector []float32) domain.VectorRecord {
	return domain.VectorRecord{ID: id, Project: "p", Kind: domain.PassageChunk, Vector: vector}
}

// axis returns the unit vector along the i-th axis.
func axis(i int) []float32 {
	v := make([]float32, Model().Dimension)
	v[i] = 1
	return v
}

// blend returns the unit vector half way between two axes.
func blend(i, j int) []float32 {
	v := axis(i)
	v[j] = 1
	return unit(v)
}

func negative(v []float32) []float32 {
	for i := range v {
		v[i] = -v[i]
	}
	return v
}

func random(rng *rand.Rand) []float32 {
	v := make([]float32, Model().Dimension)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return unit(v)
}

// VectorIDs returns the ids of everything that has a vector, in order.
func VectorIDs(t *testing.T, list ports.PassageLister) []string {
	t.Helper()
	ids, err := Vectored(t.Context(), list)
	require.NoError(t, err)
	require.True(t, slices.IsSorted(ids), "not in order")
	return ids
}

// Vectored does so where no test is at hand. Vectors of no passage are an error.
func Vectored(ctx context.Context, list ports.PassageLister) ([]string, error) {
	ids := []string{}
	in, err := list.Each(ctx, func(p domain.Passage, vectored bool) error {
		if vectored {
			ids = append(ids, p.ID)
		}
		return nil
	})
	if err == nil && len(in.Orphaned) > 0 {
		err = fmt.Errorf("vectors of no passage: %v", in.Orphaned)
	}
	return ids, err
}
