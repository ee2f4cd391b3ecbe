package restore

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Root restores the data of a service that runs as somebody else: everything must
// still be the service's own, and have the modes that it had.
func TestKeepsOwnerAndMode(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	const service = 4711
	p := newProgram(t)
	p.remember("before")
	stamp := p.backUp()
	p.remember(marker)
	own := func(uid int) {
		require.NoError(t, filepath.WalkDir(p.dir, func(path string, _ fs.DirEntry, err error) error {
			require.NoError(t, err)
			return os.Lchown(path, uid, uid)
		}))
	}
	own(service)
	require.NoError(t, os.Chmod(filepath.Join(p.data(), "atocore.db"), 0o640))
	check := func() {
		t.Helper()
		require.NoError(t, filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
			require.NoError(t, err)
			info, err := d.Info()
			require.NoError(t, err)
			if strings.HasPrefix(d.Name(), "restore.json") {
				t.Errorf("%s is left over", path)
			}
			assert.EqualValues(t, service, info.Sys().(*syscall.Stat_t).Uid, path)
			return nil
		}))
	}
	p.run("backup", "restore", stamp, confirm)
	check()
	info, err := os.Stat(filepath.Join(p.data(), "atocore.db"))
	require.NoError(t, err)
	assert.Equal(t, "-rw-r-----", info.Mode().String())
	p.run("backup", "restore", "--undo", confirm)
	check()
	require.NoError(t, os.Remove(filepath.Join(p.data(), "atocore.db")))
	p.run("backup", "restore", stamp, confirm)
	check()
	p.run("backup", "restore", "--accept")
	check()
}
