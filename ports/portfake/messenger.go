package portfake

import (
	"context"
	"fmt"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Messenger keeps what it was given to deliver.
type Messenger struct {
	// Fail, when set, is called at the start of every delivery.
	Fail func(op string) error
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
