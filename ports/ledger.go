package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// Ledger keeps what was done about backups, in a form in which a change shows.
type Ledger interface {
	// Append adds an entry at the end and returns it with Seq, Prev and Hash; what
	// those were before is passed over. Where there is no entry yet begin is called
	// first, and what it returns goes before; it may be nil. Entries that this
	// process wrote earlier and that are gone are recorded as a gap. Several
	// processes may append at once. A last line that was never finished is replaced.
	// A place that cannot be written is KindUnavailable.
	Append(ctx context.Context, e domain.LedgerEntry, begin func() (domain.LedgerEntry, error)) (domain.LedgerEntry, error)
	// Read returns every entry and everything wrong with the chain. No ledger at all
	// is an empty one.
	Read(ctx context.Context) (domain.LedgerReading, error)
}
