package portfake

import (
	"context"
	"slices"
	"sort"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// ProjectRegistry keeps projects in memory. Its zero value is empty.
type ProjectRegistry struct {
	// Fail, when set, is asked at the start of every call ("list", "registry.update") and,
	// as "registry.store", before Update keeps what its change returned.
	Fail func(op string) error

	mu       sync.Mutex
	projects []domain.Project
}

var _ ports.ProjectRegistry = (*ProjectRegistry)(nil)

// NewProjectRegistry returns a registry that holds the projects.
func NewProjectRegistry(projects ...domain.Project) *ProjectRegistry {
	return &ProjectRegistry{projects: cloneProjects(projects)}
}

// List returns all projects ordered by folded name.
func (r *ProjectRegistry) List(ctx context.Context) ([]domain.Project, error) {
	if err := begin(ctx, r.Fail, "registry.list"); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return cloneProjects(r.projects), nil
}

// Update stores what change makes of the projects.
func (r *ProjectRegistry) Update(ctx context.Context, change func([]domain.Project) ([]domain.Project, error)) error {
	if err := begin(ctx, r.Fail, "registry.update"); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	changed, err := change(cloneProjects(r.projects))
	if err != nil {
		return err
	}
	if err := domain.ValidateProjects(changed); err != nil {
		return err
	}
	if err := begin(ctx, r.Fail, "registry.store"); err != nil {
		return err
	}
	r.projects = cloneProjects(changed)
	return nil
}

func cloneProjects(projects []domain.Project) []domain.Project {
	out := slices.Clone(projects)
	for i := range out {
		out[i].Aliases = slices.Clone(out[i].Aliases)
		out[i].IngestRoots = slices.Clone(out[i].IngestRoots)
	}
	sort.SliceStable(out, func(i, j int) bool {
		return domain.FoldName(out[i].Name) < domain.FoldName(out[j].Name)
	})
	return out
}
