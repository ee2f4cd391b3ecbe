package prove

import (
	"context"
	"crypto/sha256"
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
	t := tally{pick: pick}
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
	group.Go(func() error { return t.list(gctx, state.Listed) })
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
	t.tell(&c)
	return c, nil
}

// tally adds up the passages and the vectors of a state.
type tally struct {
	pick              *sample
	index             ports.Indexed
	passages, vectors domain.RowSum
	without           gathered
}

// listedOne is a passage of the list.
type listedOne struct {
	domain.Passage
	vectored bool
}

// list reads the list on one core and hashes the ids on another.
func (t *tally) list(ctx context.Context, listed ports.PassageLister) error {
	const several = 1024
	full := make(chan []listedOne, 4)
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		defer close(full)
		var next []listedOne
		hand := func() error {
			select {
			case full <- next:
				next = make([]listedOne, 0, several)
				return nil
			case <-gctx.Done():
				return gctx.Err()
			}
		}
		t.index, err = listed.Each(gctx, func(p domain.Passage, vectored bool) error {
			if next = append(next, listedOne{p, vectored}); len(next) < several {
				return nil
			}
			return hand()
		})
		if err == nil {
			err = hand()
		}
		if err != nil {
			return fmt.Errorf("list passages: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		for some := range full {
			for _, p := range some {
				t.add(p)
			}
		}
		return nil
	})
	return group.Wait()
}

func (t *tally) add(p listedOne) {
	hash := sha256.Sum256([]byte(p.ID))
	t.pick.offer(p.Passage, hash)
	t.passages.AddHash(hash)
	if p.vectored {
		t.vectors.AddHash(hash)
	} else {
		t.without.add(p.ID)
	}
}

// tell writes down what was counted.
func (t *tally) tell(c *domain.Crossings) {
	c.Passages = digestOf(t.passages)
	c.Unvectored, c.Orphaned = (&gathered{}).set(), (&gathered{}).set()
	if !t.index.Known {
		return
	}
	var orphaned gathered
	for _, id := range t.index.Orphaned {
		t.vectors.Add([]byte(id))
		orphaned.add(id)
	}
	vectors := digestOf(t.vectors)
	c.Vectors, c.Unvectored, c.Orphaned = &vectors, t.without.set(), orphaned.set()
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
