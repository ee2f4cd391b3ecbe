package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// KeyStore keeps API keys. What a call committed holds at once for every process.
type KeyStore interface {
	// Add stores a new key. KindConflict when its id exists, or when a key that is
	// not revoked has its name, without regard to the case of a to z.
	Add(ctx context.Context, k domain.Key) error
	// Get returns the key, revoked or not; KindNotFound when there is none.
	Get(ctx context.Context, id string) (domain.Key, error)
	// List returns all keys, also the revoked ones, ordered by creation and then id.
	List(ctx context.Context) ([]domain.Key, error)
	// Update calls change with the key as it is, inside one write transaction, and
	// stores what it left there. ID, CreatedAt and UsedAt cannot be changed. An error
	// of change is returned and nothing is stored. KindNotFound when there is none.
	Update(ctx context.Context, id string, change func(*domain.Key) error) (domain.Key, error)
	// Used notes when keys were used, by id. A time never goes back, and ids of no
	// key are passed over.
	Used(ctx context.Context, at map[string]Moment) error
	// Any tells whether there is a key, or ever was one.
	Any(ctx context.Context) (bool, error)
}
