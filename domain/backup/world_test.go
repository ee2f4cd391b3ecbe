package backup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// world is a small installation on a disk in memory.
type world struct {
	disk     *portfake.Disk
	database *portfake.Component
	registry *portfake.Component
	tree     *portfake.Component
	store    *portfake.BackupStore
	clock    *portfake.Clock
	faults   *portfake.Faults
}

func newWorld(t *testing.T) *world {
	t.Helper()
	disk := portfake.NewDisk()
	disk.PutFolder("/data/backups")
	disk.Put("/data/atocore.db", portfake.ComponentFile("one", "two"))
	disk.Put("/data/projects.json", portfake.ComponentFile("alpha"))
	return worldOn(disk)
}

// worldOn is the installation as a new process finds it on a disk.
func worldOn(disk *portfake.Disk) *world {
	return &world{
		disk: disk, clock: &portfake.Clock{}, faults: &portfake.Faults{},
		database: portfake.NewDatabase(disk, "/data"),
		registry: portfake.NewRegistry(disk, "/data"),
		tree:     portfake.NewTree(disk, "/data"),
		store:    portfake.NewBackupStore(disk, "/data/backups"),
	}
}

// arm lets the shared faults strike from now on.
func (w *world) arm() {
	w.disk.Fail, w.store.Fail = w.faults.Hit, w.faults.Hit
	w.database.Fail, w.registry.Fail, w.tree.Fail = w.faults.Hit, w.faults.Hit, w.faults.Hit
}

func (w *world) disarm() {
	w.disk.Fail, w.store.Fail = nil, nil
	w.database.Fail, w.registry.Fail, w.tree.Fail = nil, nil, nil
}

func (w *world) service(components ...ports.Component) *backup.Service {
	if components == nil {
		components = []ports.Component{w.database, w.registry}
	}
	return backup.New(backup.Config{
		Store: w.store, Components: components, Disk: w.disk, Clock: w.clock, AppVersion: "1.2.3", Workers: 1,
	})
}

func (w *world) create(ctx context.Context, t *testing.T) domain.Manifest {
	t.Helper()
	m, err := w.service().Create(ctx, backup.Options{})
	require.NoError(t, err)
	return m
}
