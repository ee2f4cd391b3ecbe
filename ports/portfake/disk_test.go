package portfake_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestDisk(t *testing.T) {
	porttest.TestDisk(t, func(*testing.T) porttest.DiskFixture {
		d := portfake.NewDisk()
		d.PutFolder("/root")
		return porttest.DiskFixture{Disk: d, Root: "/root", Link: d.Link}
	})
}

func TestDiskLosesWhatWasNotSynced(t *testing.T) {
	cases := []struct {
		name string
		do   func(t *testing.T, d *portfake.Disk)
		want map[string]string
	}{
		{"a file whose folder was not synced", func(t *testing.T, d *portfake.Disk) {
			require.NoError(t, d.WriteFile("/a", []byte("x"), 0o600))
		}, map[string]string{"old": "old"}},
		{"a file whose folder was synced", func(t *testing.T, d *portfake.Disk) {
			require.NoError(t, d.WriteFile("/a", []byte("x"), 0o600))
			require.NoError(t, d.Sync("/"))
		}, map[string]string{"old": "old", "a": "x"}},
		{"a rename without any sync", func(t *testing.T, d *portfake.Disk) {
			require.NoError(t, d.Rename("/old", "/new"))
		}, map[string]string{"old": "old"}},
		{"a rename with the target synced only", func(t *testing.T, d *portfake.Disk) {
			require.NoError(t, d.Mkdir("/d"))
			require.NoError(t, d.Sync("/"))
			require.NoError(t, d.Rename("/old", "/d/new"))
			require.NoError(t, d.Sync("/d"))
		}, map[string]string{"old": "old", "d/new": "old"}},
		{"a rename with the source synced only", func(t *testing.T, d *portfake.Disk) {
			require.NoError(t, d.Mkdir("/d"))
			require.NoError(t, d.Sync("/"))
			require.NoError(t, d.Rename("/old", "/d/new"))
			require.NoError(t, d.Sync("/"))
		}, map[string]string{"d/": ""}},
		{"a removal", func(t *testing.T, d *portfake.Disk) {
			require.NoError(t, d.RemoveAll("/old"))
		}, map[string]string{"old": "old"}},
		{"a removal that was synced", func(t *testing.T, d *portfake.Disk) {
			require.NoError(t, d.RemoveAll("/old"))
			require.NoError(t, d.Sync("/"))
		}, map[string]string{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := portfake.NewDisk()
			d.Put("/old", "old")
			c.do(t, d)
			assert.Equal(t, c.want, d.Crash(0).Tree("/"))
		})
	}
}

func TestDiskRandomCrashKeepsSomeOfIt(t *testing.T) {
	seen := map[int]bool{}
	for seed := int64(1); seed < 50; seed++ {
		d := portfake.NewDisk()
		for _, name := range []string{"/a", "/b", "/c"} {
			require.NoError(t, d.WriteFile(name, []byte("x"), 0o600))
		}
		seen[len(d.Crash(seed).Tree("/"))] = true
	}
	assert.Equal(t, map[int]bool{0: true, 1: true, 2: true, 3: true}, seen)
}

func TestDiskKilledKeepsEverything(t *testing.T) {
	d := portfake.NewDisk()
	require.NoError(t, d.WriteFile("/a", []byte("x"), 0o600))
	after := d.Killed()
	assert.Equal(t, map[string]string{"a": "x"}, after.Tree("/"))
	assert.Empty(t, after.Crash(0).Tree("/"), "what was not synced is still not")
}

func TestDiskStops(t *testing.T) {
	for _, during := range []bool{false, true} {
		faults := &portfake.Faults{}
		d := portfake.NewDisk()
		d.Fail = faults.Hit
		if during {
			faults.StopDuring(2)
		} else {
			faults.StopBefore(2)
		}
		require.NoError(t, d.Mkdir("/a"))
		require.ErrorIs(t, d.Mkdir("/b"), portfake.ErrStopped)
		require.ErrorIs(t, d.Mkdir("/c"), portfake.ErrStopped)
		_, there := d.Killed().Tree("/")["b/"]
		assert.Equal(t, during, there)
		assert.Equal(t, 2, faults.Calls(), "nothing is counted after the end")
	}
}

func TestDiskFails(t *testing.T) {
	broken := errors.New("broken")
	faults := &portfake.Faults{}
	d := portfake.NewDisk()
	d.Fail = faults.Hit
	faults.FailAt(1, broken)
	require.ErrorIs(t, d.WriteFile("/a", []byte("four"), 0o600), broken)
	assert.Equal(t, map[string]string{"a": "fo"}, d.Tree("/"), "a failed write leaves half")
	require.NoError(t, d.WriteFile("/a", []byte("four"), 0o600))
	assert.True(t, faults.Struck())
}

func TestDiskFillsUp(t *testing.T) {
	d := portfake.NewDisk()
	d.SetCapacity(10)
	require.NoError(t, d.WriteFile("/a", []byte("12345678"), 0o600))
	free, _, err := d.Free("/")
	require.NoError(t, err)
	assert.EqualValues(t, 2, free)
	require.ErrorContains(t, d.WriteFile("/b", []byte("123"), 0o600), "disk is full")
}

func TestDiskMounts(t *testing.T) {
	d := portfake.NewDisk()
	d.Put("/m/a", "x")
	d.Mount("/m", "other")
	require.Error(t, d.Rename("/m/a", "/a"), "across file systems")
	require.Error(t, d.Rename("/m", "/n"), "a mount point")
	require.NoError(t, d.Rename("/m/a", "/m/b"))
}
