package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// RecallStore keeps how often memories were recalled.
type RecallStore interface {
	// AddRecalls adds to what is counted, by id of the memory, and keeps the later
	// of the two times: all or none. Ids that no memory has are counted, too.
	AddRecalls(ctx context.Context, recalls map[string]domain.Recall) error
	// Recalls returns what is counted of every memory that was ever recalled, by id.
	Recalls(ctx context.Context) (map[string]domain.Recall, error)
}
