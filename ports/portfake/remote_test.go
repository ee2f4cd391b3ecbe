package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestRemote(t *testing.T) {
	porttest.TestRemoteStore(t, func(*testing.T) ports.RemoteStore { return &portfake.Remote{} })
}

func TestBackupAdopter(t *testing.T) {
	porttest.TestBackupAdopter(t, func(*testing.T) porttest.BackupStoreFixture {
		disk := portfake.NewDisk()
		disk.PutFolder("/backups")
		return porttest.BackupStoreFixture{Disk: disk, Store: portfake.NewBackupStore(disk, "/backups")}
	})
}
