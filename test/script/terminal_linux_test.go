package script

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// onTerminal runs the command with a pseudo-terminal for all three streams and
// returns what appeared there.
func onTerminal(t *testing.T, cmd *exec.Cmd) (string, error) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	defer func() { _ = master.Close() }()
	fd := int(master.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}))
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	require.NoError(t, cmd.Start())
	require.NoError(t, slave.Close())
	out, err := io.ReadAll(master)
	if !errors.Is(err, syscall.EIO) { // what reading says when the other side is closed
		require.NoError(t, err)
	}
	return string(out), cmd.Wait()
}

func TestOnATerminal(t *testing.T) {
	p := newProgram(t)
	p.run("memory", "add", "--type", "knowledge", "The canary lives in the cellar, "+strings.Repeat("far down ", 30))
	run := func(env string, args ...string) string {
		cmd := p.command(args...)
		cmd.Env = append(cmd.Env, "TERM=xterm", env)
		out, _ := onTerminal(t, cmd)
		return out
	}
	out := run("NO_COLOR=", "memory", "list")
	assert.Contains(t, out, "\x1b[1mTYPE\x1b[0m", "a header in bold")
	assert.Contains(t, out, "…", "cut at the edge of the terminal")
	assert.Len(t, strings.Split(strings.TrimSpace(out), "\n"), 2)

	out = run("NO_COLOR=1", "memory", "list")
	assert.Contains(t, out, "TYPE")
	assert.NotContains(t, out, "\x1b")

	out = run("NO_COLOR=1", "project", "add", "atlas", p.dir+"/elsewhere")
	assert.Contains(t, out, "warning:")
	assert.Contains(t, out, "ingest it with: atocore project refresh atlas")

	out = run("NO_COLOR=", "project", "show", "atls")
	assert.Contains(t, out, "\x1b[31merror:\x1b[0m unknown project")
	assert.Contains(t, out, "hint:")

	out = run("NO_COLOR=1", "query")
	assert.Contains(t, out, "needs a prompt", "nobody is kept waiting for a prompt")

	out = run("NO_COLOR=1", "memory", "list", "--json")
	assert.True(t, strings.HasPrefix(out, "{"), out)
}
