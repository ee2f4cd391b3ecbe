package portfake

import (
	"context"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Gate excludes within one process. Its zero value is open.
type Gate struct {
	// Fail, when set, is asked at the start of every call ("gate.share", "gate.exclude",
	// "gate.ingestion", "gate.upkeep") and of every release ("gate.release").
	Fail func(op string) error

	mu     sync.Mutex
	shared int
	alone  bool
	ingest bool
	upkeep bool
}

var _ ports.Gate = (*Gate)(nil)

// Share takes the stores' lock beside others.
func (g *Gate) Share(ctx context.Context) (func() error, error) {
	return g.take(ctx, "gate.share", func() error {
		if g.alone {
			return domain.Refused("a restore holds the stores")
		}
		g.shared++
		return nil
	}, func() { g.shared-- })
}

// Exclude takes the stores' lock alone.
func (g *Gate) Exclude(ctx context.Context) (func() error, error) {
	return g.take(ctx, "gate.exclude", func() error {
		if g.alone || g.shared > 0 {
			return domain.Refused("the stores are open")
		}
		g.alone = true
		return nil
	}, func() { g.alone = false })
}

// Ingestion takes the ingestion gate.
func (g *Gate) Ingestion(ctx context.Context) (func() error, error) {
	return g.take(ctx, "gate.ingestion", func() error {
		if g.ingest {
			return domain.Conflict("an ingestion is under way")
		}
		g.ingest = true
		return nil
	}, func() { g.ingest = false })
}

// Upkeep takes the lock of unattended work.
func (g *Gate) Upkeep(ctx context.Context) (func() error, error) {
	return g.take(ctx, "gate.upkeep", func() error {
		if g.upkeep {
			return domain.Conflict("unattended work is under way")
		}
		g.upkeep = true
		return nil
	}, func() { g.upkeep = false })
}

// Held tells what is taken now.
func (g *Gate) Held() (shared int, alone, ingestion bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shared, g.alone, g.ingest
}

func (g *Gate) take(ctx context.Context, op string, lock func() error, unlock func()) (func() error, error) {
	if err := begin(ctx, g.Fail, op); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := lock(); err != nil {
		return nil, err
	}
	var once sync.Once
	return func() error {
		once.Do(func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			unlock()
		})
		return begin(context.Background(), g.Fail, "gate.release")
	}, nil
}
