package portfake

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Ledger keeps entries in memory. The zero value is empty.
type Ledger struct {
	// Fail is called at the start of every call with "ledger.append" and the like;
	// what it returns is returned. It may be nil.
	Fail func(op string) error

	mu      sync.Mutex
	entries []domain.LedgerEntry
}

var _ ports.Ledger = (*Ledger)(nil)

// Append implements ports.Ledger.
func (l *Ledger) Append(ctx context.Context, e domain.LedgerEntry, first func() (domain.LedgerEntry, error)) (domain.LedgerEntry, error) {
	if err := begin(ctx, l.Fail, "ledger.append"); err != nil {
		return e, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) == 0 && first != nil {
		b, err := first()
		if err != nil {
			return e, err
		}
		l.add(b)
	}
	return l.add(e), nil
}

func (l *Ledger) add(e domain.LedgerEntry) domain.LedgerEntry {
	e.Seq, e.Prev = int64(len(l.entries)+1), strings.Repeat("0", 64)
	if e.Seq > 1 {
		e.Prev = l.entries[e.Seq-2].Hash
	}
	e.Hash, e.Details = "", maps.Clone(e.Details)
	e.Hash = hexSum([]byte(fmt.Sprint(e)))
	l.entries = append(l.entries, e)
	return e
}

// Read implements ports.Ledger.
func (l *Ledger) Read(ctx context.Context) (domain.LedgerReading, error) {
	if err := begin(ctx, l.Fail, "ledger.read"); err != nil {
		return domain.LedgerReading{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var r domain.LedgerReading
	for i, e := range l.entries {
		hash := e.Hash
		e.Hash = ""
		if hexSum([]byte(fmt.Sprint(e))) != hash || i > 0 && e.Prev != l.entries[i-1].Hash {
			r.Faults = append(r.Faults, domain.LedgerFault{Line: i + 1, Problem: "it does not follow the line before"})
		}
		e.Hash, e.Details = hash, maps.Clone(e.Details)
		r.Entries = append(r.Entries, e)
	}
	return r, nil
}

// Tamper lets change alter the entries, as an editor would.
func (l *Ledger) Tamper(change func([]domain.LedgerEntry) []domain.LedgerEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = change(l.entries)
}
