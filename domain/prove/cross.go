package prove

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// cross finds out how registry, database and vector index refer to each other, and
// offers every passage to the sample on the way.
func cross(ctx context.Context, state ports.State, pick *sample) (domain.Crossings, error) {
	var c domain.Crossings
	var registered []domain.Project
	var counts map[string]domain.StoreCounts
	var passages, indexed domain.RowSum
	var known bool
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		if registered, err = state.Registry.List(gctx); err != nil {
			return fmt.Errorf("read the registry: %w", err)
		}
		if counts, err = state.Documents.Counts(gctx); err != nil {
			return fmt.Errorf("count by project: %w", err)
		}
		return nil
	})
	group.Go(func() (err error) {
		known, err = eachVector(gctx, state, func(id string) error {
			indexed.Add([]byte(id))
			return nil
		})
		return err
	})
	group.Go(func() error {
		err := state.Listed.Each(gctx, func(p domain.Passage) error {
			hash := sha256.Sum256([]byte(p.ID))
			pick.offer(p, hash)
			passages.AddHash(hash)
			return nil
		})
		if err != nil {
			return fmt.Errorf("list passages: %w", err)
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return c, err
	}
	projects := map[string]domain.ProjectCrossing{}
	for name, n := range counts {
		projects[name] = domain.ProjectCrossing{Name: name, Counts: n}
	}
	for _, p := range registered {
		projects[p.Name] = domain.ProjectCrossing{Name: p.Name, Registered: true, Counts: counts[p.Name]}
	}
	for _, name := range slices.Sorted(maps.Keys(projects)) {
		c.Projects = append(c.Projects, projects[name])
	}

	c.Passages = digestOf(passages)
	if !known {
		c.Unvectored, c.Orphaned = (&gathered{}).set(), (&gathered{}).set()
		return c, nil
	}
	set := digestOf(indexed)
	c.Vectors = &set
	var err error
	c.Unvectored, c.Orphaned, err = differences(ctx, state, c.Passages == set)
	return c, err
}

// differences returns the passages without a vector and the vectors without a
// passage. Both lists come in order, so that neither has to be held; the same sums
// mean the same ids.
func differences(ctx context.Context, state ports.State, same bool) (unvectored, orphaned domain.IDSet, err error) {
	var without, left gathered
	if same {
		return without.set(), left.set(), nil
	}
	var failed error
	vector, stop := iter.Pull(func(yield func(string) bool) {
		_, failed = eachVector(ctx, state, func(id string) error {
			if !yield(id) {
				return errEnough
			}
			return nil
		})
	})
	defer stop()
	next, more := vector()
	err = state.Listed.Each(ctx, func(p domain.Passage) error {
		for ; more && next < p.ID; next, more = vector() {
			left.add(next)
		}
		if more && next == p.ID {
			next, more = vector()
		} else {
			without.add(p.ID)
		}
		return nil
	})
	for ; err == nil && more; next, more = vector() {
		left.add(next)
	}
	if err = errors.Join(err, failed); err != nil {
		return unvectored, orphaned, fmt.Errorf("compare passages and vectors: %w", err)
	}
	return without.set(), left.set(), nil
}

// errEnough ends a list that nobody reads any more.
var errEnough = errors.New("enough")

// eachVector calls each with the ids in the vector index, in order; known is false
// when it is not to be asked here, or holds the vectors of another model.
func eachVector(ctx context.Context, state ports.State, each func(id string) error) (known bool, err error) {
	if state.Vectors == nil {
		return false, nil
	}
	err = state.Vectors.EachID(ctx, each)
	if domain.KindOf(err) == domain.KindUnavailable {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("list vectors: %w", err)
	}
	return true, nil
}

// gathered is an IDSet in the making; ids come in order.
type gathered struct {
	sum   domain.RowSum
	first []string
}

func (g *gathered) add(id string) {
	g.sum.Add([]byte(id))
	if len(g.first) < domain.MaxIDsShown {
		g.first = append(g.first, id)
	}
}

func (g *gathered) set() domain.IDSet {
	return domain.IDSet{SetDigest: digestOf(g.sum), First: append([]string{}, g.first...)}
}

func digestOf(s domain.RowSum) domain.SetDigest {
	return domain.SetDigest{Count: s.Rows(), Digest: s.String()}
}
