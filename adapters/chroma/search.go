package chroma

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/atocore/atocore/domain"
)

const (
	// spare is how many more hits are asked for than are wanted: those that tie
	// with the last one are to be chosen by id, not by the graph's whim.
	spare = 16
	// exactRows is the largest scope that is compared vector by vector where the
	// graph does not reach all of it.
	exactRows = 2000
)

// Search returns the nearest records of the scope. The server's graph is
// approximate: see docs/vector-drivers.md for how much it misses.
func (x *Index) Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	if limit < 0 {
		return nil, domain.Invalid("a search needs a limit of 0 or more").WithField("limit")
	}
	if err := x.fits(vector); err != nil {
		return nil, err
	}
	if limit == 0 || length(vector) == 0 {
		return nil, nil
	}
	found, err := x.search(ctx, vector, scopeFilter(scope), limit)
	if err != nil {
		return nil, fmt.Errorf("search vectors: %w", err)
	}
	return found[:min(limit, len(found))], nil
}

func scopeFilter(scope domain.Scope) filter {
	var f filter
	if scope.Project != "" {
		f.projects = []string{"", scope.Project}
	}
	for _, k := range scope.Kinds {
		f.kinds = append(f.kinds, string(k))
	}
	return f
}

// search returns at least the limit nearest, as far as there are so many.
func (x *Index) search(ctx context.Context, vector []float32, f filter, limit int) ([]domain.Candidate, error) {
	for n := limit + spare; ; n *= 4 {
		var hits []hit
		err := x.with(ctx, x.server.search(), func(ctx context.Context, id string) (err error) {
			hits, err = x.server.conn.Query(ctx, id, vector, f, n)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(hits) < n {
			return x.complete(ctx, vector, f, n, hits)
		}
		found := candidates(hits)
		if len(found) < n || found[n-1].Score < found[limit-1].Score || n > 64*(limit+spare) {
			return found, nil
		}
	}
}

// complete adds what the graph did not reach: among many equal vectors, or under
// a filter that few pass, it may end its walk early. near is what it gave when it
// was asked for n.
func (x *Index) complete(ctx context.Context, vector []float32, f filter, n int, near []hit) ([]domain.Candidate, error) {
	get := func(limit int, vectors bool) (rows []row, err error) {
		err = x.with(ctx, x.server.search(), func(ctx context.Context, id string) (err error) {
			rows, err = x.server.conn.Select(ctx, id, f, limit, vectors)
			return err
		})
		return rows, err
	}
	l, err := x.server.bounds(ctx)
	if err != nil {
		return nil, err
	}
	there, err := get(min(n, l.page), false)
	if err != nil || len(there) <= len(near) {
		return candidates(near), err
	}
	most := min(exactRows, l.page)
	all, err := get(most, true)
	if err != nil || len(all) == most {
		return candidates(near), err
	}
	hits := make([]hit, 0, len(all))
	for _, r := range all {
		if len(r.vector) == len(vector) {
			hits = append(hits, hit{id: r.id, distance: 1 - cosine(vector, r.vector)})
		}
	}
	return candidates(hits), nil
}

// candidates returns the hits best first, ties by id. What is at a right angle or
// beyond is not related, and left out.
func candidates(hits []hit) []domain.Candidate {
	out := make([]domain.Candidate, 0, len(hits))
	for _, h := range hits {
		if h.distance < 1 {
			out = append(out, domain.Candidate{ID: h.id, Score: min(1-h.distance, 1)})
		}
	}
	slices.SortFunc(out, func(a, b domain.Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func cosine(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	if both := length(a) * length(b); both > 0 {
		return sum / both
	}
	return 0
}

func length(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}
