package lockfile

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// IndexFile is held while the vector index is written to.
const IndexFile = "index.lock"

// indexPoll is how often a held lock is looked at again: a batch takes as long.
const indexPoll = 50 * time.Millisecond

var _ ports.IndexGate = (*Gate)(nil)

// Indexing implements ports.IndexGate.
func (g *Gate) Indexing(ctx context.Context) (func() error, error) {
	path := filepath.Join(filepath.Dir(g.ingest), IndexFile)
	lock := flock.New(path, flock.SetPermissions(0o600))
	locked, err := lock.TryLockContext(ctx, indexPoll)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || !locked {
		return nil, domain.Unavailable("%s cannot be locked", path).Because(err)
	}
	return func() error {
		if err := lock.Close(); err != nil {
			return fmt.Errorf("release %s: %w", path, err)
		}
		return nil
	}, nil
}
