package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/doctor"
)

// doctor examines the installation. Unlike any other command that opens the
// stores it does not finish an interrupted restore: it says that there is one.
func (p Program) doctor(ctx context.Context, f cli.Flags) ([]domain.Finding, error) {
	i, err := p.installation(f)
	if err != nil {
		return nil, err
	}
	s := i.settings
	return doctor.New(doctor.Config{
		DataDir: s.DataDir, Database: databaseFile, Journal: journalFile, Private: []string{registryFile},
		Disk: osdisk.Disk{}, Registry: i.registry, Clock: system.Clock{},
		Modes:   runtime.GOOS != "windows",
		Open:    i.openForDoctor,
		Backups: i.backups(),
	}).Examine(ctx)
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
	release, err := i.gate.Share(ctx)
	if err != nil {
		return doctor.Stores{}, err
	}
	store, err := i.openStore(ctx, false)
	if err != nil {
		return doctor.Stores{}, errors.Join(err, release())
	}
	return doctor.Stores{
		Documents: store.Documents(),
		Inspect:   store.Inspect,
		Close:     func() error { return errors.Join(store.Close(), release()) },
	}, nil
}
