package backupdir_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
)

// fakeCommit makes a backup of one file on a disk in memory.
func fakeCommit(t *testing.T, disk *portfake.Disk) domain.Stamp {
	t.Helper()
	s := backupdir.New(backupdir.Config{Disk: disk, Dir: "/data/backups"})
	building, err := s.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, disk.Mkdir(filepath.Join(building, "db")))
	require.NoError(t, disk.WriteFile(filepath.Join(building, "db", "atocore.db"), []byte("content"), 0o600))
	size, sum, err := disk.Hash(t.Context(), filepath.Join(building, "db", "atocore.db"), nil)
	require.NoError(t, err)
	m, err := s.Commit(t.Context(), building, domain.Manifest{Kind: domain.BackupManual, CreatedAt: moment, Components: []domain.ComponentEntry{{
		Name: "sqlite", Dir: "db", Included: true,
		Files: []domain.FileEntry{{Path: "db/atocore.db", Mode: 0o600, Size: size, SHA256: sum}},
	}}})
	require.NoError(t, err)
	return m.Stamp
}

// The process dies, or the power goes, at every single step of a removal: then the
// backup is there whole, or it is not there, and nothing is left after the next.
func TestRemovalEndsWholeOrGone(t *testing.T) {
	for _, power := range []bool{false, true} {
		for _, during := range []bool{false, true} {
			n := 1
			for ; ; n++ {
				disk, faults := portfake.NewDisk(), &portfake.Faults{}
				stamp := fakeCommit(t, disk)
				disk.Fail = faults.Hit
				if during {
					faults.StopDuring(n)
				} else {
					faults.StopBefore(n)
				}
				_ = backupdir.New(backupdir.Config{Disk: disk, Dir: "/data/backups"}).Remove(t.Context(), stamp)
				if !faults.Struck() {
					break
				}
				after := disk.Killed()
				if power {
					after = disk.Crash(int64(n))
				}
				s := backupdir.New(backupdir.Config{Disk: after, Dir: "/data/backups"})
				list, err := s.List(t.Context())
				require.NoError(t, err)
				for _, b := range list {
					require.Equal(t, domain.StandingWritten, b.Standing, b.Problem)
					in, err := s.Inspect(t.Context(), b.Stamp)
					require.NoError(t, err)
					require.Empty(t, in.Faults)
					_, err = after.ReadFile(filepath.Join(in.Dir, "db", "atocore.db"))
					require.NoError(t, err)
				}
				fakeCommit(t, after)
				for name := range after.Tree("/data/backups") {
					require.NotContains(t, name, ".removed-", "swept by the next backup")
				}
			}
			assert.Greater(t, n, 3)
		}
	}
}

// An error at any step leaves the backup whole, or gone without an error.
func TestRemovalThatFails(t *testing.T) {
	for n := 1; ; n++ {
		disk, faults := portfake.NewDisk(), &portfake.Faults{}
		stamp := fakeCommit(t, disk)
		disk.Fail = faults.Hit
		faults.FailAt(n, assert.AnError)
		s := backupdir.New(backupdir.Config{Disk: disk, Dir: "/data/backups"})
		err := s.Remove(t.Context(), stamp)
		if !faults.Struck() {
			require.NoError(t, err)
			assert.Greater(t, n, 3)
			return
		}
		disk.Fail = nil
		list, lerr := s.List(t.Context())
		require.NoError(t, lerr)
		if err != nil {
			require.Len(t, list, 1, "step %d", n)
		} else {
			require.Empty(t, list, "step %d", n)
		}
	}
}

// Another process, as far as a lock on a file can tell, keeps backups from being removed.
func TestUseHoldsBetweenStores(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "backups")
	open := func() *backupdir.Store {
		return backupdir.New(backupdir.Config{Disk: osdisk.Disk{}, Dir: dir, Lock: backupdir.FileLock, Hold: backupdir.FileHold})
	}
	one, two := open(), open()
	m, _ := commit(t, one)
	release, err := one.Use(t.Context())
	require.NoError(t, err)
	err = two.Remove(t.Context(), m.Stamp)
	require.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
	require.NoError(t, release())
	require.NoError(t, two.Remove(t.Context(), m.Stamp))
}

func TestPinIsAFileBesideTheBackup(t *testing.T) {
	s, dir := realStore(t)
	m, _ := commit(t, s)
	require.NoError(t, s.Pin(t.Context(), m.Stamp, true))
	entries, err := osdisk.Disk{}.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.Contains(t, strings.Join(names, " "), ".pin-"+string(m.Stamp))
	in, err := s.Inspect(t.Context(), m.Stamp)
	require.NoError(t, err)
	assert.Empty(t, in.Faults, "a pin is no fault")
}
