package portfake

import (
	"context"
	"slices"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// RunLog keeps runs in memory, where they survive whatever the test does to the
// process. Its zero value is empty.
type RunLog struct {
	// Fail is called at the start of every call ("runs.put", "runs.list"); what it
	// returns is returned. It may be nil.
	Fail func(op string) error

	mu      sync.Mutex
	runs    []domain.Run
	damaged bool
}

var _ ports.RunLog = (*RunLog)(nil)

// Damage makes the log unreadable until the next Put.
func (l *RunLog) Damage() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.damaged = true
}

// Put stores a run.
func (l *RunLog) Put(ctx context.Context, r domain.Run) error {
	if err := begin(ctx, l.Fail, "runs.put"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.damaged {
		l.runs, l.damaged = nil, false
	}
	if i := slices.IndexFunc(l.runs, func(o domain.Run) bool { return o.ID == r.ID }); i >= 0 {
		l.runs[i] = r
	} else {
		l.runs = append(l.runs, r)
	}
	l.runs = domain.TrimRuns(l.runs)
	return nil
}

// Runs returns what was stored.
func (l *RunLog) Runs(ctx context.Context) ([]domain.Run, error) {
	if err := begin(ctx, l.Fail, "runs.list"); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.damaged {
		return nil, domain.Corrupt("the log of runs is damaged")
	}
	return slices.Clone(l.runs), nil
}
