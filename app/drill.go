package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/atocore/atocore/adapters/lockfile"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/drill"
	"github.com/atocore/atocore/domain/restore"
	"github.com/atocore/atocore/domain/schedule"
	"github.com/atocore/atocore/ports"
)

// drill rehearses a restore of the live state, in scratch.
func (i installation) drill() *drill.Service {
	room := i.room()
	return drill.New(drill.Config{
		Scratch: room, Saboteur: room, Disk: osdisk.Disk{}, Clock: system.Clock{}, IDs: system.IDs{},
		CaptureLive: func(ctx context.Context, backupDir string, report func(domain.CopyProgress)) (domain.Manifest, error) {
			return backup.New(backup.Config{
				Store:      i.elsewhere(i.settings.DataDir, backupDir).backupStore(),
				Components: i.components(i.settings.DataDir), Disk: osdisk.Disk{}, Quiet: i.quiet, Clock: system.Clock{}, AppVersion: i.version,
			}).Create(ctx, backup.Options{Report: report})
		},
		Install: func(dataDir, backupDir string) drill.Installation {
			return i.elsewhere(dataDir, backupDir).rehearsed()
		},
		Observe: i.proofs().Observe, AppVersion: i.version, Record: i.record, Tell: i.tell,
		History: func(ctx context.Context) ([]domain.LedgerEntry, error) {
			r, err := i.ledger().Entries(ctx)
			return r.Entries, err
		},
	})
}

// elsewhere is the same program on other folders, with a ledger of its own that
// nobody reads, and nobody to tell.
func (i installation) elsewhere(dataDir, backupDir string) installation {
	s := *i.settings
	s.DataDir, s.Backup.Dir, s.Backup.ScratchDir = dataDir, backupDir, filepath.Join(dataDir, ".scratch")
	// Of Chroma there is what lies on the disk: its tree is rehearsed as the files that
	// it is, and the live server is never asked about another folder's.
	if tree := persistDir(i.settings); s.Vector.Driver == driverChroma && tree != "" {
		s.Chroma.PersistDir = filepath.Join(dataDir, filepath.Base(tree))
	} else {
		s.Vector.Driver = driverSQLite
	}
	i.settings, i.unserved = &s, true
	i.gate = lockfile.New(lockfile.Config{Dir: dataDir})
	i.registry = registryjson.New(registryjson.Config{Path: filepath.Join(dataDir, registryFile)})
	i.told, i.tell = nil, nil
	return i
}

// rehearsed is the installation as a drill uses it.
func (i installation) rehearsed() drill.Installation {
	on := drill.Installation{
		BackUp: func(ctx context.Context, report func(domain.CopyProgress)) (domain.Manifest, string, error) {
			m, err := i.backups().Create(ctx, backup.Options{Report: report})
			return m, filepath.Join(i.settings.Backup.Dir, string(m.Stamp)), err
		},
		Restore: func(ctx context.Context, stamp domain.Stamp, report func(domain.CopyProgress)) (domain.RestoreResult, error) {
			return i.restores().Restore(ctx, restore.Request{Name: string(stamp), Confirmed: true}, report)
		},
		RestoreInto: i.restoreInto,
		Undo: func(ctx context.Context) error {
			_, err := i.restores().Undo(ctx, true, nil)
			return err
		},
		Open: func(ctx context.Context) (ports.State, error) { return i.openRestored(ctx, i.settings.DataDir) },
		OpenBackup: func(ctx context.Context, stamp domain.Stamp) (ports.State, error) {
			return i.openCaptured(ctx, filepath.Join(i.settings.Backup.Dir, string(stamp)))
		},
	}
	for _, c := range i.components(i.settings.DataDir) {
		for _, p := range c.Places() {
			if p.Captured == "" {
				on.Sidecars = append(on.Sidecars, p.Live)
			}
		}
	}
	return on
}

// runDrill runs a drill, for the schedule.
func (i installation) runDrill(ctx context.Context) (schedule.Result, error) {
	d, err := i.drill().Run(ctx, nil)
	if err != nil {
		return schedule.Result{}, err
	}
	noticed, all := d.Detected()
	r := schedule.Result{Detail: fmt.Sprintf("%d of %d corruptions detected", noticed, all)}
	if !d.Passed {
		return r, domain.Corrupt("the drill failed: %s", drill.Problem(d)).
			WithHint("do not trust a restore before this is understood; see all of it with: atocore drill")
	}
	return r, nil
}
