// Package project is the use case of registering projects: it completes and checks
// what is registered, keeps atocore's own data from being ingested, and takes a
// project out with everything that was derived from it.
package project

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what the service works with. Every port is needed.
type Config struct {
	Registry  ports.ProjectRegistry
	Documents ports.DocumentStore
	Memories  ports.MemoryStore
	Source    ports.SourceTree
	Gate      ports.Gate
	Clock     ports.Clock

	DataDir string // absolute; neither it nor what lies in it is ingested
	// Resolve returns a path with every link in it followed, and an error for one
	// that does not exist. nil takes paths as they are written.
	Resolve func(path string) (string, error)
}

// Service registers projects. It is safe for concurrent use.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// List returns all projects ordered by folded name.
func (s *Service) List(ctx context.Context) ([]domain.Project, error) {
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list projects: %w", err)
	}
	return projects, nil
}

// Get returns the project with that name or alias; KindNotFound, with the nearest
// names, when there is none.
func (s *Service) Get(ctx context.Context, name string) (domain.Project, error) {
	projects, err := s.List(ctx)
	if err != nil {
		return domain.Project{}, err
	}
	return domain.FindProject(projects, name)
}

// Register adds a project and returns it as it is stored: paths cleaned, labels
// given to the roots that have none. A name or alias that is taken is KindConflict.
// A root need not exist now; Warnings tells.
func (s *Service) Register(ctx context.Context, p domain.Project) (domain.Project, error) {
	p, err := s.complete(p)
	if err != nil {
		return domain.Project{}, err
	}
	err = s.Registry.Update(ctx, func(all []domain.Project) ([]domain.Project, error) {
		for _, name := range p.Names() {
			if other, err := domain.FindProject(all, name); err == nil {
				return nil, domain.Conflict("the name %q belongs to project %q already", name, other.Name).WithField("name").
					WithHint("choose another name, or change that project")
			}
		}
		return append(all, p), nil
	})
	if err != nil {
		return domain.Project{}, fmt.Errorf("register project: %w", err)
	}
	return p, nil
}

// Update replaces everything but the name of the project with that name or alias,
// and returns it as it is stored. Documents of a root that it no longer has are
// removed by its next refresh.
func (s *Service) Update(ctx context.Context, name string, p domain.Project) (domain.Project, error) {
	err := s.Registry.Update(ctx, func(all []domain.Project) ([]domain.Project, error) {
		before, err := domain.FindProject(all, name)
		if err != nil {
			return nil, err
		}
		if p.Name != "" && domain.FoldName(p.Name) != domain.FoldName(before.Name) {
			return nil, domain.Invalid("the name of project %q cannot be changed", before.Name).WithField("name").
				WithHint("give it %q as an alias instead", p.Name)
		}
		p.Name = before.Name
		if p, err = s.complete(p); err != nil {
			return nil, err
		}
		at := slices.IndexFunc(all, func(q domain.Project) bool { return q.Name == before.Name })
		all[at] = p
		return all, nil
	})
	if err != nil {
		return domain.Project{}, fmt.Errorf("update project: %w", err)
	}
	return p, nil
}

// Warnings returns, in plain sentences, what is the matter with the roots of a
// project at present: they may be missing, or not be folders. It looks at no more
// than it must.
func (s *Service) Warnings(ctx context.Context, p domain.Project) ([]string, error) {
	var warnings []string
	for _, root := range p.IngestRoots {
		err := s.Source.Walk(ctx, root.Path,
			func(ports.SourceFile) error { return errSeen },
			func(domain.SkippedFile) error { return errSeen })
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case domain.KindOf(err) == domain.KindUnavailable:
			warnings = append(warnings, fmt.Sprintf("ingest root %q cannot be ingested now: %v", root.Label, err))
		}
	}
	return warnings, nil
}

// complete returns p as it is to be stored.
func (s *Service) complete(p domain.Project) (domain.Project, error) {
	p.Aliases = slices.Clone(p.Aliases)
	p.IngestRoots = slices.Clone(p.IngestRoots)
	for i, root := range p.IngestRoots {
		if filepath.IsAbs(root.Path) { // otherwise validation refuses it as it is
			p.IngestRoots[i].Path = filepath.Clean(root.Path)
		}
	}
	giveLabels(p.IngestRoots)
	if err := p.Validate(); err != nil {
		return domain.Project{}, err
	}
	for i, root := range p.IngestRoots {
		for _, other := range p.IngestRoots[:i] {
			if other.Path == root.Path {
				return domain.Project{}, domain.Invalid("ingest root %q is given twice", root.Path).WithField("ingest_roots")
			}
		}
		if s.isOwn(root.Path) {
			return domain.Project{}, domain.Invalid("ingest root %q is atocore's own data", root.Path).WithField("ingest_roots").
				WithHint("name a folder outside of %s", s.DataDir)
		}
	}
	return p, nil
}
