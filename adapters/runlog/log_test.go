package runlog_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/runlog"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestRunLog(t *testing.T) {
	porttest.TestRunLog(t, func(t *testing.T) porttest.RunLogFixture {
		dir := t.TempDir()
		return porttest.RunLogFixture{
			Open: func() ports.RunLog { return runlog.New(runlog.Config{Disk: osdisk.Disk{}, Dir: dir}) },
			Damage: func() {
				require.NoError(t, os.WriteFile(filepath.Join(dir, runlog.FileName), []byte(`{"format":1,"ru`), 0o600))
			},
		}
	})
}

// The process dies, or the power goes, at every step of storing a run: the log
// holds the runs before or the runs after, and takes the next one.
func TestPutSurvivesAnEnd(t *testing.T) {
	at := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	one := domain.Run{ID: "1", Job: domain.JobBackup, Started: at, Outcome: domain.RunDone}
	two := domain.Run{ID: "2", Job: domain.JobBackup, Started: at, Outcome: domain.RunRunning}
	for _, first := range []bool{false, true} {
		for _, power := range []bool{false, true} {
			for _, during := range []bool{false, true} {
				n := 1
				for ; ; n++ {
					disk, faults := portfake.NewDisk(), &portfake.Faults{}
					disk.PutFolder("/data")
					before := []domain.Run(nil)
					if !first {
						require.NoError(t, runlog.New(runlog.Config{Disk: disk, Dir: "/data"}).Put(t.Context(), one))
						before = []domain.Run{one}
					}
					disk.Fail = faults.Hit
					if during {
						faults.StopDuring(n)
					} else {
						faults.StopBefore(n)
					}
					err := runlog.New(runlog.Config{Disk: disk, Dir: "/data"}).Put(t.Context(), two)
					if !faults.Struck() {
						break
					}
					after := disk.Killed()
					if power {
						after = disk.Crash(int64(n))
					}
					l := runlog.New(runlog.Config{Disk: after, Dir: "/data"})
					got, lerr := l.Runs(t.Context())
					require.NoError(t, lerr)
					if err == nil {
						require.Equal(t, append(before, two), got, "what was acknowledged is there")
					}
					if len(got) != len(before) {
						require.Equal(t, append(before, two), got)
					} else {
						require.Equal(t, before, got)
					}
					three := domain.Run{ID: "3", Job: domain.JobDrill, Started: at, Outcome: domain.RunDone}
					require.NoError(t, l.Put(t.Context(), three))
					again, lerr := l.Runs(t.Context())
					require.NoError(t, lerr)
					require.Equal(t, append(got, three), again)
				}
				assert.Greater(t, n, 4)
			}
		}
	}
}

func TestDamagedLogIsKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, runlog.FileName)
	require.NoError(t, os.WriteFile(path, []byte("what was that"), 0o600))
	l := runlog.New(runlog.Config{Disk: osdisk.Disk{}, Dir: dir})
	require.NoError(t, l.Put(t.Context(), domain.Run{ID: "1", Outcome: domain.RunDone}))
	kept, err := os.ReadFile(path + ".damaged-1")
	require.NoError(t, err)
	assert.Equal(t, "what was that", string(kept))
}
