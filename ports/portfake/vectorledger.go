package portfake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// VectorLedger is a vector ledger with its queue and the passages that it is about, in
// memory. Its zero value is empty.
type VectorLedger struct {
	// Fail is called at the start of every call with "ledger.begin", "queue.settle"
	// and the like; what it returns is returned. It may be nil.
	Fail func(op string) error

	mu       sync.Mutex
	ticket   int64
	made     int
	indexes  []domain.Generation
	queues   map[string]map[string]int64 // by index and id, the ticket
	passages map[string]domain.IndexTask
}

var (
	_ ports.VectorLedger = (*VectorLedger)(nil)
	_ ports.VectorQueue  = (*VectorLedger)(nil)
	_ ports.VectorSource = (*VectorLedger)(nil)
)

// Put adds or changes a passage, as a write of text does.
func (l *VectorLedger) Put(t domain.IndexTask) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.passages == nil {
		l.passages = map[string]domain.IndexTask{}
	}
	l.passages[t.ID] = t
	l.queue(t.ID)
}

// Remove removes a passage, as a write of text does.
func (l *VectorLedger) Remove(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.passages, id)
	l.queue(id)
}

func (l *VectorLedger) queue(id string) {
	for _, q := range l.queues {
		l.ticket++
		q[id] = l.ticket
	}
}

func (l *VectorLedger) do(ctx context.Context, op string, fn func() error) error {
	if err := begin(ctx, l.Fail, op); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return fn()
}

// Generations implements ports.VectorLedger.
func (l *VectorLedger) Generations(ctx context.Context) (out []domain.Generation, err error) {
	err = l.do(ctx, "ledger.generations", func() error {
		out = slices.Clone(l.indexes)
		return nil
	})
	return out, err
}

// Begin implements ports.VectorLedger.
func (l *VectorLedger) Begin(ctx context.Context, m domain.EmbeddingModel) (g domain.Generation, err error) {
	err = l.do(ctx, "ledger.begin", func() error {
		l.made++
		g = domain.Generation{Name: fmt.Sprint("index-", l.made), Model: m}
		l.indexes = append(l.indexes, g)
		if l.queues == nil {
			l.queues = map[string]map[string]int64{}
		}
		l.queues[g.Name] = map[string]int64{}
		for _, id := range slices.Sorted(maps.Keys(l.passages)) {
			l.ticket++
			l.queues[g.Name][id] = l.ticket
		}
		return nil
	})
	return g, err
}

// Promote implements ports.VectorLedger.
func (l *VectorLedger) Promote(ctx context.Context, name string) (replaced []domain.Generation, err error) {
	err = l.do(ctx, "ledger.promote", func() error {
		i := l.at(name)
		if i < 0 {
			return domain.NotFound("there is no vector index %q", name)
		}
		if n := len(l.queues[name]); n > 0 {
			return domain.Conflict("%d passages are not in it yet", n)
		}
		l.indexes[i].Ready = true
		model := l.indexes[i].Model
		for _, g := range l.indexes {
			if g.Model == model && g.Name != name {
				replaced = append(replaced, g)
			}
		}
		for _, g := range replaced {
			l.forget(g.Name)
		}
		return nil
	})
	return replaced, err
}

func (l *VectorLedger) at(name string) int {
	return slices.IndexFunc(l.indexes, func(g domain.Generation) bool { return g.Name == name })
}

func (l *VectorLedger) forget(name string) {
	l.indexes = slices.DeleteFunc(l.indexes, func(g domain.Generation) bool { return g.Name == name })
	delete(l.queues, name)
}

// Forget implements ports.VectorLedger.
func (l *VectorLedger) Forget(ctx context.Context, name string) error {
	return l.do(ctx, "ledger.forget", func() error {
		l.forget(name)
		return nil
	})
}

// Pending implements ports.VectorQueue.
func (l *VectorLedger) Pending(ctx context.Context, name string, limit int) (out []domain.IndexTask, err error) {
	err = l.do(ctx, "queue.pending", func() error {
		for id, ticket := range l.queues[name] {
			t, there := l.passages[id]
			t.ID, t.Gone, t.Ticket = id, !there, ticket
			out = append(out, t)
		}
		slices.SortFunc(out, func(a, b domain.IndexTask) int { return int(a.Ticket - b.Ticket) })
		out = out[:min(limit, len(out))]
		return nil
	})
	return out, err
}

// Settle implements ports.VectorQueue.
func (l *VectorLedger) Settle(ctx context.Context, name string, done []domain.IndexTask) error {
	return l.do(ctx, "queue.settle", func() error {
		for _, t := range done {
			if l.queues[name][t.ID] == t.Ticket {
				delete(l.queues[name], t.ID)
			}
		}
		return nil
	})
}

// Waiting implements ports.VectorQueue.
func (l *VectorLedger) Waiting(ctx context.Context, name string) (n int, err error) {
	err = l.do(ctx, "queue.waiting", func() error {
		n = len(l.queues[name])
		return nil
	})
	return n, err
}

// Backlog implements ports.VectorQueue.
func (l *VectorLedger) Backlog(ctx context.Context, name string, upTo int64) (n int, newest int64, err error) {
	err = l.do(ctx, "queue.backlog", func() error {
		for _, ticket := range l.queues[name] {
			if upTo == 0 || ticket <= upTo {
				n++
				newest = max(newest, ticket)
			}
		}
		return nil
	})
	return n, newest, err
}

// Requeue implements ports.VectorQueue.
func (l *VectorLedger) Requeue(ctx context.Context, name string, ids []string) error {
	return l.do(ctx, "queue.requeue", func() error {
		if l.at(name) < 0 {
			return domain.NotFound("there is no vector index %q", name)
		}
		for _, id := range ids {
			l.ticket++
			l.queues[name][id] = l.ticket
		}
		return nil
	})
}

// Passages implements ports.VectorSource.
func (l *VectorLedger) Passages(ctx context.Context, after string, limit int) (out []domain.IndexTask, err error) {
	err = l.do(ctx, "queue.passages", func() error {
		for _, id := range slices.Sorted(maps.Keys(l.passages)) {
			if id > after && len(out) < limit {
				t := l.passages[id]
				t.Vector, t.Ticket = nil, 0
				out = append(out, t)
			}
		}
		return nil
	})
	return out, err
}

// Count implements ports.VectorSource.
func (l *VectorLedger) Count(ctx context.Context) (n int, err error) {
	err = l.do(ctx, "queue.count", func() error {
		n = len(l.passages)
		return nil
	})
	return n, err
}
