package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// ProjectRegistry keeps the registered projects.
type ProjectRegistry interface {
	// List returns all projects ordered by folded name. A registry that cannot be
	// read is KindCorrupt, with line and column where they are known.
	List(ctx context.Context) ([]domain.Project, error)
	// Update calls change with all projects, while no other process can change
	// them, and stores what it returns if that is valid (domain.ValidateProjects).
	// An error of change is returned and nothing is stored. A registry that cannot
	// be read is KindCorrupt and is never overwritten.
	Update(ctx context.Context, change func([]domain.Project) ([]domain.Project, error)) error
}
