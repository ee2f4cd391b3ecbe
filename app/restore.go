package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/chroma"
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
func (i installation) components(dataDir string) []ports.Component {
	all := []ports.Component{
		sqlite.NewComponent(sqlite.ComponentConfig{Path: filepath.Join(dataDir, databaseFile)}),
		registryjson.NewComponent(registryjson.Config{Path: filepath.Join(dataDir, registryFile)}),
	}
	if i.settings.Vector.Driver != driverChroma {
		return all
	}
	c := chroma.ComponentConfig{PersistDir: persistDir(i.settings), Answers: i.chromaAnswers}
	if i.unserved || dataDir != i.settings.DataDir { // a place where no server is
		c = chroma.ComponentConfig{PersistDir: filepath.Join(dataDir, filepath.Base(cmp.Or(c.PersistDir, "chroma")))}
	}
	return append(all, chroma.NewComponent(c))
}

// quiet keeps everybody of this installation from writing to the vector index, so
// that its tree and the queue in the database are captured as of one moment. A
// refresh that is under way is waited for.
func (i installation) quiet(ctx context.Context) (release func() error, err error) {
	if i.settings.Vector.Driver != driverChroma {
		return func() error { return nil }, nil
	}
	ingestion, err := i.gate.Ingestion(ctx)
	for deadline := time.Now().Add(quietPatience); domain.KindOf(err) == domain.KindConflict && time.Now().Before(deadline); {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(quietPoll): // whoever holds it does not tell
		}
		ingestion, err = i.gate.Ingestion(ctx)
	}
	if err != nil {
		return nil, err
	}
	indexing, err := i.gate.Indexing(ctx)
	if err != nil {
		return nil, errors.Join(err, ingestion())
	}
	return func() error { return errors.Join(indexing(), ingestion()) }, nil
}

// How long a backup waits for a refresh, and how often it looks.
const (
	quietPatience = 2 * time.Minute
	quietPoll     = 100 * time.Millisecond
)

func (i installation) backupStore() *backupdir.Store {
	return backupdir.New(backupdir.Config{
		Disk: osdisk.Disk{}, Dir: i.settings.Backup.Dir, DataDir: i.settings.DataDir, Lock: backupdir.FileLock, Hold: backupdir.FileHold,
	})
}

func (i installation) backups() *backup.Service {
	store := i.backupStore()
	return backup.New(backup.Config{
		Store: store, Components: i.components(i.settings.DataDir), Disk: osdisk.Disk{}, Quiet: i.quiet,
		Clock: system.Clock{}, AppVersion: i.version, Tell: i.tell,
		Probe: i.proofs().Capture, Proofs: store, Record: i.record,
	})
}

func (i installation) restores() *restore.Service {
	backups := i.backups()
	return restore.New(restore.Config{
		DataDir: i.settings.DataDir, Components: i.components, Disk: osdisk.Disk{}, Store: i.backupStore(),
		Gate: i.gate, Clock: system.Clock{}, Record: i.record,
		Look: backups.Look,
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
