package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/adapters/httpapi"
	"github.com/atocore/atocore/adapters/lockfile"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/doctor"
)

// doctor examines the installation, and changes nothing: neither does it finish an
// interrupted restore or migrate a database, as any other command would, nor does
// it make a file.
func (p Program) doctor(ctx context.Context, f cli.Flags) ([]domain.Finding, error) {
	i, err := p.installation(f)
	if err != nil {
		return nil, err
	}
	if _, err := i.messengers(); err != nil {
		return nil, err
	}
	s := i.settings
	built, _ := time.Parse(time.RFC3339, version(p.Version).Built) // zero when it is not recorded
	return doctor.New(doctor.Config{
		DataDir: s.DataDir, Database: databaseFile, Journal: journalFile, Private: []string{registryFile, "chroma"},
		BackupDir: s.Backup.Dir,
		Disk:      osdisk.Disk{}, Registry: i.registry, Clock: system.Clock{},
		Modes:    runtime.GOOS != "windows",
		Open:     i.openForDoctor,
		Backups:  i.backups(),
		Judge:    i.vitals(0).Judge,
		Parked:   i.restores().Parked,
		Busy:     backupdir.Busy,
		Exposure: exposure(i),
		Version:  i.version, Schema: sqlite.NewestSchema, Built: built,
	}).Examine(ctx)
}

// exposure is how the service could be reached, and where its secrets are.
func exposure(i installation) doctor.Exposure {
	s := i.settings
	x := doctor.Exposure{Listen: s.Listen, Token: s.APIToken, Loopback: httpapi.CheckExposure(s.Listen, "") == nil}
	if s.APITokenFile != "" {
		x.Secrets = append(x.Secrets, s.APITokenFile)
	}
	for _, v := range s.Values() {
		if v.Key.Secret && v.Text != "" && s.File != "" && string(v.Origin.Source) == "file" {
			x.Secrets = append(x.Secrets, s.File)
			return x
		}
	}
	return x
}

func (i installation) openForDoctor(ctx context.Context) (doctor.Stores, error) {
	if _, err := os.Stat(filepath.Join(i.settings.DataDir, journalFile)); !errors.Is(err, fs.ErrNotExist) {
		return doctor.Stores{}, domain.Refused("not looked into: a restore has to be brought to its end first").
			WithHint("run: atocore project list")
	}
	dir, err := look(i.settings)
	if err != nil {
		return doctor.Stores{}, err
	}
	if dir.fresh() {
		return doctor.Stores{}, dir.missing()
	}
	if err := dir.check(); err != nil {
		return doctor.Stores{}, err
	}
	release, err := i.shareToLook(ctx)
	if err != nil {
		return doctor.Stores{}, err
	}
	store, err := sqlite.OpenToLook(ctx, sqlite.Config{Path: i.databasePath(), Model: i.embedder.Model()})
	if err != nil {
		return doctor.Stores{}, errors.Join(err, release())
	}
	return doctor.Stores{
		Documents: store.Documents(), Inspect: store.Inspect, Schema: store.Schema,
		Index: func(ctx context.Context) (doctor.Index, error) {
			v, err := store.VectorState(ctx)
			return doctor.Index{
				Elsewhere: v.Status == sqlite.VectorsOff, Usable: v.Status != sqlite.VectorsMismatched,
				Stored: v.Stored, Configured: v.Configured, Missing: v.Missing,
			}, err
		},
		Newest: func(ctx context.Context) (time.Time, error) {
			us, err := store.Newest(ctx)
			if err != nil || us == 0 {
				return time.Time{}, err
			}
			return time.UnixMicro(us).UTC(), nil
		},
		Close: func() error { return errors.Join(store.Close(), release()) },
	}, nil
}

// shareToLook shares the stores' lock, so that no restore begins meanwhile. Where
// there is no lock file nobody ever opened the stores here, and none is made.
func (i installation) shareToLook(ctx context.Context) (func() error, error) {
	_, err := os.Stat(filepath.Join(i.settings.DataDir, lockfile.StoresFile))
	if errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at the lock: %w", err)
	}
	return i.gate.Share(ctx)
}
