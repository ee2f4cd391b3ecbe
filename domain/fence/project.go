package fence

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// registry is a ports.ProjectRegistry within the fence. Names are resolved in it,
// and the nearest ones are looked for, so that an unknown project and one that does
// not exist for the caller are the same, in the same time.
type registry struct{ inner ports.ProjectRegistry }

func (r *registry) List(ctx context.Context) ([]domain.Project, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return nil, err
	}
	all, err := r.inner.List(ctx)
	if err != nil || !p.Limited {
		return all, err
	}
	return slices.DeleteFunc(all, func(q domain.Project) bool { return !p.Knows(q.Name) }), nil
}

func (r *registry) Update(ctx context.Context, change func([]domain.Project) ([]domain.Project, error)) error {
	p, err := who(ctx, domain.KeyAdmin)
	if err == nil {
		err = p.NeedAll() // names are unique among all projects, and folders are the machine's
	}
	if err != nil {
		return err
	}
	return r.inner.Update(ctx, change)
}

// facts is a ports.FactStore within the fence.
type facts struct{ inner ports.FactStore }

func (s *facts) Put(ctx context.Context, f domain.Fact, accept func(now *domain.Fact) error) error {
	p, err := inside(ctx, domain.KeyWrite, f.Project)
	if err != nil {
		return err
	}
	if !p.Trusted {
		return doubted("project state is what a person says")
	}
	f.By = p.Sign(f.By)
	return s.inner.Put(ctx, f, accept)
}

func (s *facts) Facts(ctx context.Context, project string, at ports.Moment) ([]domain.Fact, error) {
	if _, err := inside(ctx, domain.KeyRead, project); err != nil {
		return nil, err
	}
	return s.inner.Facts(ctx, project, at)
}

func (s *facts) FactHistory(ctx context.Context, project, key string) ([]domain.Fact, error) {
	if _, err := inside(ctx, domain.KeyRead, project); err != nil {
		return nil, err
	}
	return s.inner.FactHistory(ctx, project, key)
}

// documents is a ports.DocumentStore within the fence.
type documents struct{ inner ports.DocumentStore }

func (s *documents) Files(ctx context.Context, project, root string) (map[string]domain.FileState, error) {
	if _, err := inside(ctx, domain.KeyRead, project); err != nil {
		return nil, err
	}
	return s.inner.Files(ctx, project, root)
}

func (s *documents) Replace(ctx context.Context, all ...domain.ChunkedDocument) error {
	for _, d := range all {
		if _, err := inside(ctx, domain.KeyWrite, d.Project); err != nil {
			return err
		}
	}
	return s.inner.Replace(ctx, all...)
}

func (s *documents) Touch(ctx context.Context, key domain.DocumentKey, state domain.FileState) error {
	if _, err := inside(ctx, domain.KeyWrite, key.Project); err != nil {
		return err
	}
	return s.inner.Touch(ctx, key, state)
}

func (s *documents) Remove(ctx context.Context, keys []domain.DocumentKey) error {
	for _, key := range keys {
		if _, err := inside(ctx, domain.KeyWrite, key.Project); err != nil {
			return err
		}
	}
	return s.inner.Remove(ctx, keys)
}

func (s *documents) Roots(ctx context.Context, project string) ([]string, error) {
	if _, err := inside(ctx, domain.KeyRead, project); err != nil {
		return nil, err
	}
	return s.inner.Roots(ctx, project)
}

func (s *documents) Counts(ctx context.Context) (map[string]domain.StoreCounts, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return nil, err
	}
	all, err := s.inner.Counts(ctx)
	maps.DeleteFunc(all, func(project string, _ domain.StoreCounts) bool { return !p.Knows(project) })
	return all, err
}

// catalog is a ports.PassageCatalog within the fence.
type catalog struct {
	inner     ports.PassageCatalog
	documents ports.DocumentStore
}

func (c *catalog) At(ctx context.Context, path string) ([]domain.Passage, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil {
		return nil, err
	}
	found, err := c.inner.At(ctx, path)
	return slices.DeleteFunc(found, func(f domain.Passage) bool { return !p.Knows(f.Project) }), err
}

func (c *catalog) Paths(ctx context.Context) ([]string, error) {
	p, err := who(ctx, domain.KeyRead)
	if err != nil || !p.Limited {
		if err != nil {
			return nil, err
		}
		return c.inner.Paths(ctx)
	}
	seen := map[string]bool{}
	for _, project := range p.Known() {
		roots, err := c.documents.Roots(ctx, project)
		if err != nil {
			return nil, err
		}
		for _, root := range roots {
			files, err := c.documents.Files(ctx, project, root)
			if err != nil {
				return nil, err
			}
			for path := range files {
				seen[path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

// gate is a ports.Gate within the fence. Who is limited is not told who else ingests:
// he waits for his turn.
type gate struct{ ports.Gate }

const turn = 100 * time.Millisecond

func (g *gate) Ingestion(ctx context.Context) (func() error, error) {
	p, err := who(ctx, domain.KeyWrite)
	if err != nil {
		return nil, err
	}
	for {
		release, err := g.Gate.Ingestion(ctx)
		if !p.Limited || domain.KindOf(err) != domain.KindConflict {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(turn):
		}
	}
}
