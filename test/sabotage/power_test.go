package sabotage_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// memoryService is the backup service, with its real store, over a disk in memory.
func memoryService(disk *portfake.Disk) *backup.Service {
	return backup.New(backup.Config{
		Store: backupdir.New(backupdir.Config{Disk: disk, Dir: "/data/backups", DataDir: "/data"}),
		Components: []ports.Component{
			portfake.NewDatabase(disk, "/data"), portfake.NewRegistry(disk, "/data"), portfake.NewTree(disk, "/data"),
		},
		Disk: disk, Clock: &portfake.Clock{}, Workers: 1,
	})
}

func memoryDisk() *portfake.Disk {
	disk := portfake.NewDisk()
	disk.PutFolder("/data")
	disk.Put("/data/atocore.db", portfake.ComponentFile("one", "two"))
	disk.Put("/data/projects.json", portfake.ComponentFile("alpha"))
	disk.Put("/data/chroma/segments/one", portfake.ComponentFile("v"))
	disk.Put("/data/chroma/segments/two", portfake.ComponentFile("w"))
	return disk
}

// The power goes at every call that reaches the disk, with nothing, all or a part
// of what was not synced surviving: what is listed afterwards is whole, what was
// acknowledged is there, and the next backup works and leaves nothing lying about.
func TestPowerLossDuringCreate(t *testing.T) {
	losses, listed := 0, 0
	for _, during := range []bool{false, true} {
		for seed := range int64(4) {
			for n := 1; ; n++ {
				disk := memoryDisk()
				faults := &portfake.Faults{}
				if during {
					faults.StopDuring(n)
				} else {
					faults.StopBefore(n)
				}
				disk.Fail = faults.Hit
				_, err := memoryService(disk).Create(t.Context(), backup.Options{})
				struck := faults.Struck()
				after := disk.Crash(seed)
				s := memoryService(after)
				list, lerr := s.List(t.Context())
				require.NoError(t, lerr)
				for _, b := range list {
					listed++
					v, verr := s.Validate(t.Context(), string(b.Stamp), nil)
					require.NoError(t, verr)
					assert.Empty(t, v.Faults, "call %d, seed %d", n, seed)
				}
				if err == nil {
					assert.Len(t, list, 1, "what was acknowledged is there (call %d)", n)
				}
				_, err = s.Create(t.Context(), backup.Options{})
				require.NoError(t, err)
				entries, rerr := after.ReadDir("/data/backups")
				require.NoError(t, rerr)
				assert.Len(t, entries, len(list)+1, "nothing lies about after call %d, seed %d", n, seed)
				if !struck {
					break
				}
				losses++
			}
		}
	}
	assert.Greater(t, losses, 200)
	t.Logf("%d power losses, %d backups listed afterwards, all sound", losses, listed)
}
