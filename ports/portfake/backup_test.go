package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestBackupStore(t *testing.T) {
	porttest.TestBackupStore(t, func(*testing.T) porttest.BackupStoreFixture {
		d := portfake.NewDisk()
		d.PutFolder("/backups")
		return porttest.BackupStoreFixture{Store: portfake.NewBackupStore(d, "/backups"), Disk: d}
	})
}
