package app

import (
	"context"
	"path/filepath"

	"github.com/atocore/atocore/adapters/ledgerfile"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ledger"
)

// headFile is where this machine remembers how far it has written the ledger.
const headFile = "ledger.head"

// ledger is the record of what was done about the backups, beside them.
func (i installation) ledger() *ledger.Service {
	return ledger.New(ledger.Config{
		Ledger: ledgerfile.New(ledgerfile.Config{
			Path: filepath.Join(i.settings.Backup.Dir, ledgerfile.FileName), Head: filepath.Join(i.settings.DataDir, headFile),
			// What root notes in the service's folders stays the service's.
			Own: func(path string) { _ = osdisk.Disk{}.Match(path, filepath.Dir(path)) },
		}),
		Backups: i.backupStore(), Clock: system.Clock{}, AppVersion: i.version,
	})
}

// record notes in the ledger what was done, or was not.
func (i installation) record(ctx context.Context, e domain.LedgerEntry) error {
	return i.ledger().Record(ctx, e)
}

// drills returns when drills last passed and failed, as the ledger has it.
func (i installation) drills(ctx context.Context) (domain.DrillRecord, error) {
	r, err := i.ledger().Entries(ctx)
	if err != nil {
		return domain.DrillRecord{}, err
	}
	passed, _ := domain.LastLedgerEntry(r.Entries, domain.LedgerDrill, domain.LedgerPassed)
	failed, _ := domain.LastLedgerEntry(r.Entries, domain.LedgerDrill, domain.LedgerFailed)
	return domain.DrillRecord{Passed: passed.At, Failed: failed.At}, nil
}
