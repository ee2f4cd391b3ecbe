package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// FactStore keeps the states of projects with their history.
type FactStore interface {
	// Put adds f to the history of its key; it holds from then on. Nothing that was
	// there is overwritten. When accept, called with what holds now inside the same
	// write transaction (nil for nothing), returns an error, nothing is stored and
	// that error is returned.
	Put(ctx context.Context, f domain.Fact, accept func(now *domain.Fact) error) error
	// Facts returns what held at the moment, in order of key, removals left out.
	Facts(ctx context.Context, project string, at Moment) ([]domain.Fact, error)
	// FactHistory returns every entry of the key, oldest first; none is an empty
	// result.
	FactHistory(ctx context.Context, project, key string) ([]domain.Fact, error)
}
