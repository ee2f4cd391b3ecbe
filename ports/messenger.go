package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// Messenger carries notices to somebody outside: a webhook, a heartbeat.
type Messenger interface {
	// Name says in words where they go, without any secret.
	Name() string
	// Wants tells whether it carries such a notice. It asks nobody.
	Wants(n domain.Notice) bool
	// Latest tells whether only the newest notice of a job matters, so that one which
	// waited is void once a newer one was delivered.
	Latest() bool
	// Deliver makes one attempt. The receiver can tell by the notice's ID that it
	// got one twice. KindUnavailable: another attempt may help. Every other error is
	// for good. No error carries a secret.
	Deliver(ctx context.Context, n domain.Notice) error
}

// Outbox keeps notices until they are delivered, so that the end of a process, or of
// the machine's power, loses none. It is safe for concurrent use, by several
// processes, too.
type Outbox interface {
	// Keep stores a notice for a messenger; it is durable when Keep returns. One that
	// is there already stays. When too many wait, the oldest go; dropped lists them.
	Keep(ctx context.Context, p domain.PendingNotice) (dropped []domain.PendingNotice, err error)
	// Waiting returns what was kept and not removed, oldest first.
	Waiting(ctx context.Context) ([]domain.PendingNotice, error)
	// Remove forgets a notice; one that is not there is passed over.
	Remove(ctx context.Context, p domain.PendingNotice) error
}
