package noticebox_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/noticebox"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestBox(t *testing.T) {
	porttest.TestOutbox(t, func(t *testing.T) porttest.OutboxFixture {
		dir := t.TempDir()
		return porttest.OutboxFixture{Most: noticebox.Most, Open: func() ports.Outbox {
			return noticebox.New(noticebox.Config{Disk: osdisk.Disk{}, Dir: dir})
		}}
	})
}

// The process dies, or the power goes, at every step of keeping a notice: one that
// was kept stays, and half a notice is none.
func TestKeepSurvivesAnEnd(t *testing.T) {
	all := porttest.Notices()
	one, two := domain.PendingNotice{To: "a", Notice: all[0]}, domain.PendingNotice{To: "a", Notice: all[1]}
	for _, power := range []bool{false, true} {
		for _, during := range []bool{false, true} {
			for n := 1; ; n++ {
				disk, faults := portfake.NewDisk(), &portfake.Faults{}
				disk.PutFolder("/data")
				box := noticebox.New(noticebox.Config{Disk: disk, Dir: "/data"})
				_, err := box.Keep(t.Context(), one)
				require.NoError(t, err)
				disk.Fail = faults.Hit
				if during {
					faults.StopDuring(n)
				} else {
					faults.StopBefore(n)
				}
				_, err = box.Keep(t.Context(), two)
				struck := faults.Struck()
				after := disk.Killed()
				if power {
					after = disk.Crash(int64(n))
				}
				if !struck {
					require.NoError(t, err)
				}
				box = noticebox.New(noticebox.Config{Disk: after, Dir: "/data"})
				got, lerr := box.Waiting(t.Context())
				require.NoError(t, lerr)
				require.NotEmpty(t, got)
				assert.Equal(t, one, got[0])
				if err == nil {
					assert.Equal(t, []domain.PendingNotice{one, two}, got, "what was kept is there")
				}
				if !struck {
					assert.Greater(t, n, 3)
					break
				}
				_, err = box.Keep(t.Context(), two)
				require.NoError(t, err, "it can be kept again")
			}
		}
	}
}

func TestWhatIsNoNoticeIsPassedOver(t *testing.T) {
	dir := t.TempDir()
	box := noticebox.New(noticebox.Config{Disk: osdisk.Disk{}, Dir: dir})
	one := domain.PendingNotice{To: "a", Notice: porttest.Notices()[1]}
	_, err := box.Keep(t.Context(), one)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, noticebox.DirName, "19700101T000000.000000000Z-0.json"), []byte(`{"to`), 0o600))
	got, err := box.Waiting(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []domain.PendingNotice{one}, got)
	info, err := os.Stat(filepath.Join(dir, noticebox.DirName))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}
