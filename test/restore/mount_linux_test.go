package restore

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A database that is mounted by itself, as container engines do with single files,
// cannot be renamed though it is on the same device. It is said before anything is
// touched.
func TestRefusesAMountedDatabase(t *testing.T) {
	p := newProgram(t)
	p.remember("before")
	stamp := p.backUp()
	file := filepath.Join(p.data(), "atocore.db")
	atocore := p.command("backup", "restore", stamp, confirm)
	script := `mount --bind "$1" "$1" || exit 77; shift; exec "$@"`
	cmd := exec.Command("unshare", append([]string{"-m", "sh", "-c", script, "sh", file}, atocore.Args...)...)
	cmd.Dir, cmd.Env = atocore.Dir, atocore.Env
	before := tree(t, p.dir)
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	if code := cmd.ProcessState.ExitCode(); code != 4 {
		t.Skipf("nothing can be mounted here: %s", out)
	}
	assert.Contains(t, string(out), "is a mount point")
	assert.Equal(t, before, tree(t, p.dir))
}
