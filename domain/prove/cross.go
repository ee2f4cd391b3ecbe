package prove

import (
	"context"
	"fmt"
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
	var vectors []string
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
		vectors, known, err = vectorIDs(gctx, state)
		return err
	})
	var all []string
	group.Go(func() error {
		err := state.Listed.Each(gctx, func(p domain.Passage) error {
			pick.offer(p)
			all = append(all, p.ID)
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

	var passages, indexed domain.RowSum
	var unvectored, orphaned gathered
	at := 0 // in vectors, which are sorted as the passages are
	for _, id := range all {
		passages.Add([]byte(id))
		if !known {
			continue
		}
		for ; at < len(vectors) && vectors[at] < id; at++ {
			orphaned.add(vectors[at])
		}
		if at < len(vectors) && vectors[at] == id {
			at++
		} else {
			unvectored.add(id)
		}
	}
	for ; at < len(vectors); at++ {
		orphaned.add(vectors[at])
	}
	c.Passages = digestOf(passages)
	c.Unvectored, c.Orphaned = unvectored.set(), orphaned.set()
	if known {
		for _, id := range vectors {
			indexed.Add([]byte(id))
		}
		set := digestOf(indexed)
		c.Vectors = &set
	}
	return c, nil
}

// vectorIDs returns the ids in the vector index, sorted; known is false when it is
// not to be asked here, or holds the vectors of another model.
func vectorIDs(ctx context.Context, state ports.State) (ids []string, known bool, err error) {
	if state.Vectors == nil {
		return nil, false, nil
	}
	ids, err = state.Vectors.IDs(ctx)
	if domain.KindOf(err) == domain.KindUnavailable {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("list vectors: %w", err)
	}
	return ids, true, nil
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
