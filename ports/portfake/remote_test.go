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

func TestArchiver(t *testing.T) {
	porttest.TestArchiver(t, func(*testing.T) porttest.ArchiverFixture {
		disk := portfake.NewDisk()
		disk.PutFolder("/home")
		return porttest.ArchiverFixture{
			Archiver: portfake.NewArchiver(disk, "key"), Other: portfake.NewArchiver(disk, "other"),
			Keyless: portfake.NewArchiver(disk, ""), Disk: disk, Home: "/home",
		}
	})
}
