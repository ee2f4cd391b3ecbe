package portfake

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Messenger keeps what it was given to deliver.
type Messenger struct {
	// Fail, when set, is called at the start of every delivery.
	Fail func(op string) error
	// Newest is what Latest returns.
	Newest bool
	// Refuse says which notices it does not want; nil: none.
	Refuse func(n domain.Notice) bool

	mu  sync.Mutex
	got []domain.Notice
}

var _ ports.Messenger = (*Messenger)(nil)

// Name names the fake.
func (m *Messenger) Name() string { return "fake" }

// Wants asks Refuse.
func (m *Messenger) Wants(n domain.Notice) bool { return m.Refuse == nil || !m.Refuse(n) }

// Latest returns Newest.
func (m *Messenger) Latest() bool { return m.Newest }

// Deliver keeps the notice.
func (m *Messenger) Deliver(ctx context.Context, n domain.Notice) error {
	if m.Fail != nil {
		if err := m.Fail("messenger.deliver"); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("deliver: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, n)
	return nil
}

// Got returns what was delivered, in its order.
func (m *Messenger) Got() []domain.Notice {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]domain.Notice(nil), m.got...)
}

// Outbox keeps notices in memory; the zero value is ready.
type Outbox struct {
	// Fail, when set, is called at the start of every call with "outbox.keep" and the
	// like.
	Fail func(op string) error
	// Most is how many it keeps; 0: as many as there are.
	Most int

	mu   sync.Mutex
	kept []domain.PendingNotice
}

var _ ports.Outbox = (*Outbox)(nil)

func (o *Outbox) enter(ctx context.Context, op string) error {
	if o.Fail != nil {
		if err := o.Fail(op); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// Keep stores the notice.
func (o *Outbox) Keep(ctx context.Context, p domain.PendingNotice) (dropped []domain.PendingNotice, err error) {
	if err := o.enter(ctx, "outbox.keep"); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.ContainsFunc(o.kept, p.Same) {
		return nil, nil
	}
	o.kept = append(o.kept, p)
	slices.SortStableFunc(o.kept, func(a, b domain.PendingNotice) int { return a.Notice.At.Compare(b.Notice.At) })
	if over := len(o.kept) - o.Most; o.Most > 0 && over > 0 {
		dropped = slices.Clone(o.kept[:over])
		o.kept = slices.Clone(o.kept[over:])
	}
	return dropped, nil
}

// Waiting returns a copy.
func (o *Outbox) Waiting(ctx context.Context) ([]domain.PendingNotice, error) {
	if err := o.enter(ctx, "outbox.waiting"); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.kept), nil
}

// Remove forgets the notice.
func (o *Outbox) Remove(ctx context.Context, p domain.PendingNotice) error {
	if err := o.enter(ctx, "outbox.remove"); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept = slices.DeleteFunc(o.kept, p.Same)
	return nil
}
