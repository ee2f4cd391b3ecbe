package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// AuditTrail records what administrators did. Nothing takes an entry away.
type AuditTrail interface {
	// Begin adds an entry with the outcome begun, durably, and returns its number,
	// which is above those of all others. What e says of Entry and Outcome is passed
	// over. A disk that is full is KindUnavailable.
	Begin(ctx context.Context, e domain.AuditEntry) (int64, error)
	// End gives an entry that was begun its outcome, durably; once: an entry that
	// has one, or does not exist, is KindNotFound.
	End(ctx context.Context, entry int64, outcome domain.AuditOutcome, detail string) error
	// List returns entries, newest first. A limit out of range is KindInvalid.
	List(ctx context.Context, f domain.AuditFilter) ([]domain.AuditEntry, error)
}
