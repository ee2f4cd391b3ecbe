package backupdir_test

import (
	"path/filepath"
	"testing"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestProofStore(t *testing.T) {
	t.Run("real disk", func(t *testing.T) {
		porttest.TestProofStore(t, func(t *testing.T) porttest.BackupStoreFixture {
			return porttest.BackupStoreFixture{Disk: osdisk.Disk{}, Store: backupdir.New(backupdir.Config{
				Disk: osdisk.Disk{}, Dir: filepath.Join(t.TempDir(), "backups"), Lock: backupdir.FileLock,
			})}
		})
	})
	t.Run("fake disk", func(t *testing.T) {
		porttest.TestProofStore(t, func(*testing.T) porttest.BackupStoreFixture {
			disk := portfake.NewDisk()
			return porttest.BackupStoreFixture{Disk: disk, Store: backupdir.New(backupdir.Config{Disk: disk, Dir: "/data/backups"})}
		})
	})
}
