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
	// Deliver makes one attempt. The receiver can tell by the notice's ID that it
	// got one twice. KindUnavailable: another attempt may help. Every other error is
	// for good. No error carries a secret.
	Deliver(ctx context.Context, n domain.Notice) error
}
