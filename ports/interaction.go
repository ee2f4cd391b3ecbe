package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// InteractionStore keeps interactions.
type InteractionStore interface {
	// Add stores i as it is. An id that exists is KindConflict.
	Add(ctx context.Context, i domain.Interaction) error
	// Interaction returns one; KindNotFound when there is none, or none any more.
	Interaction(ctx context.Context, id string) (domain.Interaction, error)
	// Interactions returns a page, ordered by time and then id, newest first; cursors
	// behave as those of MemoryStore.List.
	Interactions(ctx context.Context, f domain.InteractionFilter) (domain.InteractionPage, error)
	// Amend calls change with the interaction as it is, inside one write transaction,
	// and stores the Confirmations and the Extraction that change left there; nothing
	// else of it can be changed. An error of change is returned and nothing is stored.
	// KindNotFound when there is no such interaction.
	Amend(ctx context.Context, id string, change func(*domain.Interaction) error) (domain.Interaction, error)
}

// InteractionRetention removes interactions, and keeps a record of it.
type InteractionRetention interface {
	// Drop removes one. KindNotFound when there is none.
	Drop(ctx context.Context, id string, at Moment, reason string) error
	// Prune removes those before the moment (the zero moment: none for that) and then
	// the oldest ones beyond the newest keep (0: none for that), at most limit of them,
	// and says what it removed. With dry nothing is removed. The removal and its record
	// are one transaction; removing none leaves no record.
	Prune(ctx context.Context, p domain.Pruning, before Moment, keep, limit int, dry bool) (domain.Pruning, error)
	// Prunings returns the newest limit records, newest first.
	Prunings(ctx context.Context, limit int) ([]domain.Pruning, error)
}
