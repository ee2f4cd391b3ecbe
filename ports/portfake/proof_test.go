package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestProofStore(t *testing.T) {
	porttest.TestProofStore(t, func(*testing.T) porttest.BackupStoreFixture {
		disk := portfake.NewDisk()
		disk.PutFolder("/backups")
		return porttest.BackupStoreFixture{Disk: disk, Store: portfake.NewBackupStore(disk, "/backups")}
	})
}

func TestPassageLister(t *testing.T) {
	porttest.TestPassageLister(t, func(*testing.T) (porttest.Stores, ports.PassageLister) {
		s := portfake.NewStore()
		return porttest.Stores{
			Memories: s.Memories(), Documents: s.Documents(), Text: s.Text(), Passages: s.Passages(), Vectors: s.Vectors(), Listed: s.Listed(),
		}, s.Listed()
	})
}
