package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/restore"
	"github.com/atocore/atocore/ports"
)

// components lists what a data directory consists of, in the order in which it is
// captured: what is not here is in no backup.
func components(dataDir string) []ports.Component {
	return []ports.Component{
		sqlite.NewComponent(sqlite.ComponentConfig{Path: filepath.Join(dataDir, databaseFile)}),
		registryjson.NewComponent(registryjson.Config{Path: filepath.Join(dataDir, registryFile)}),
	}
}

func (i installation) backupStore() *backupdir.Store {
	return backupdir.New(backupdir.Config{
		Disk: osdisk.Disk{}, Dir: i.settings.Backup.Dir, DataDir: i.settings.DataDir, Lock: backupdir.FileLock,
	})
}

func (i installation) backups() *backup.Service {
	return backup.New(backup.Config{
		Store: i.backupStore(), Components: components(i.settings.DataDir), Disk: osdisk.Disk{},
		Clock: system.Clock{}, AppVersion: i.version,
	})
}

func (i installation) restores() *restore.Service {
	backups := i.backups()
	return restore.New(restore.Config{
		DataDir: i.settings.DataDir, Components: components, Disk: osdisk.Disk{}, Store: i.backupStore(),
		Gate: i.gate, Clock: system.Clock{},
		Validate: func(ctx context.Context, stamp domain.Stamp, report func(domain.CopyProgress)) ([]domain.Fault, error) {
			v, err := backups.Validate(ctx, string(stamp), report)
			return v.Faults, err
		},
		BackUp: func(ctx context.Context, report func(domain.CopyProgress)) (domain.Manifest, error) {
			return backups.Create(ctx, backup.Options{Kind: domain.BackupPreRestore, Report: report})
		},
	})
}

// share takes the stores' lock, after an interrupted restore was brought to its
// end, and tells the person what was done about one.
func (i installation) share(ctx context.Context) (release func() error, err error) {
	release, rec, err := i.restores().Enter(ctx)
	what := "restore of backup " + string(rec.Stamp)
	if rec.Undo {
		what = "undo of a restore"
	}
	switch rec.Outcome {
	case domain.RecoveryFinished:
		i.say("an interrupted %s was finished", what)
	case domain.RecoveryRolledBack:
		i.say("an interrupted %s was taken back, the state before it is in place: %s", what, rec.Reason)
	case domain.RecoveryNone:
	}
	for _, note := range rec.Notes {
		i.say("note: %s", note)
	}
	return release, err
}

func (i installation) say(format string, args ...any) {
	if i.told != nil {
		fmt.Fprintf(i.told, format+"\n", args...)
	}
}
