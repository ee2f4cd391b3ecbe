package restore

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const confirm = "--confirm-service-stopped"

func TestRefusesWithoutConfirmation(t *testing.T) {
	p := newProgram(t)
	p.remember("before")
	stamp := p.backUp()
	p.remember(marker)
	before := tree(t, p.dir)
	_, errs := p.exits(4, "backup", "restore", stamp)
	assert.Contains(t, errs, confirm)
	assert.Equal(t, before, tree(t, p.dir))
}

func TestFailsOnAnInvalidBackupAndChangesNothing(t *testing.T) {
	p := newProgram(t)
	p.remember("before")
	stamp := p.backUp()
	p.remember(marker)
	file := filepath.Join(p.backups(), stamp, "db", "atocore.db")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	data[len(data)/2] ^= 1
	require.NoError(t, os.WriteFile(file, data, 0o600))
	before := tree(t, p.data())
	_, errs := p.exits(3, "backup", "restore", stamp, confirm)
	assert.Contains(t, errs, "db/atocore.db")
	assert.Equal(t, before, tree(t, p.data()))
	p.exits(5, "backup", "restore", "20200101T000000Z", confirm)
	p.exits(2, "backup", "restore", "../"+stamp, confirm)
	assert.Equal(t, before, tree(t, p.data()))
}

func TestRoundTrip(t *testing.T) {
	p := newProgram(t)
	docs := filepath.Join(p.dir, "docs")
	require.NoError(t, os.Mkdir(docs, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(docs, "a.md"), []byte("# Kept\n\nThe gate holds.\n"), 0o600))
	p.remember("before")
	p.run("project", "add", "kept", docs)
	p.run("project", "refresh", "kept")
	found := p.run("query", "the gate holds", "--json")
	stamp := p.backUp()

	p.remember(marker)
	p.run("project", "add", "vanishes", docs)
	plan := p.run("backup", "restore", stamp, "--dry-run")
	assert.Contains(t, plan, "1 memory")
	assert.Contains(t, plan, "1 project")
	out := p.run("backup", "restore", stamp, confirm, "--json")
	var res struct {
		Safety string `json:"safety_backup"`
		Parked string `json:"parked"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &res))

	assert.False(t, p.remembers(marker))
	assert.True(t, p.remembers("before"))
	assert.NotContains(t, p.run("project", "list"), "vanishes")
	assert.JSONEq(t, found, p.run("query", "the gate holds", "--json"))
	p.run("doctor")

	// The safety backup holds what the restore took away.
	require.NotEmpty(t, res.Safety)
	p.run("backup", "restore", res.Safety, confirm, "--skip-pre-restore-snapshot")
	assert.True(t, p.remembers(marker))
	assert.Contains(t, p.run("project", "list"), "vanishes")

	// And the instant undo goes there and back.
	p.run("backup", "restore", "--undo", confirm)
	assert.False(t, p.remembers(marker))
	p.run("backup", "restore", "--undo", confirm)
	assert.True(t, p.remembers(marker))
	p.run("backup", "restore", "--accept")
	assert.True(t, p.remembers(marker))
	p.exits(5, "backup", "restore", "--undo", confirm)
	p.exits(4, "backup", "restore", "latest")
}

func TestSkipsTheSafetyBackup(t *testing.T) {
	p := newProgram(t)
	p.remember("before")
	stamp := p.backUp()
	p.run("backup", "restore", stamp, confirm, "--skip-pre-restore-snapshot")
	assert.Equal(t, []string{stamp}, p.stamps())
	p.run("backup", "restore", stamp, confirm)
	assert.Len(t, p.stamps(), 2)
}

func TestStaleSidecarsDoNotSurvive(t *testing.T) {
	p := newProgram(t)
	p.remember("before")
	stamp := p.backUp()
	p.remember(marker)
	junk := strings.Repeat(marker, 500)
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		require.NoError(t, os.WriteFile(filepath.Join(p.data(), "atocore.db"+suffix), []byte(junk), 0o600))
	}
	p.run("backup", "restore", stamp, confirm, "--skip-pre-restore-snapshot")
	assert.False(t, p.remembers(marker))
	assert.True(t, p.remembers("before"))
	for _, file := range holds(t, p.data(), marker) {
		assert.Contains(t, file, ".restore-parked-", "only what is parked holds it")
	}
	p.run("backup", "restore", "--accept")
	assert.Empty(t, holds(t, p.data(), marker))
	assert.False(t, p.remembers(marker))
}

// A real log of the replaced database, with its checksums right, is what silently
// undoes a restore.
func TestAStaleLogOfTheReplacedDatabaseDoesNotSurvive(t *testing.T) {
	p := newProgram(t)
	p.remember("before")
	stamp := p.backUp()
	shell := openShell(t, p, "create table sentinel(x); insert into sentinel values('"+marker+"');")
	for _, suffix := range []string{"-wal", "-shm"} {
		data, err := os.ReadFile(filepath.Join(p.data(), "atocore.db"+suffix))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, "stale"+suffix), data, 0o600))
	}
	shell.end(t)
	for _, suffix := range []string{"-wal", "-shm"} {
		require.NoError(t, os.Rename(filepath.Join(p.dir, "stale"+suffix), filepath.Join(p.data(), "atocore.db"+suffix)))
	}
	p.run("backup", "restore", stamp, confirm, "--skip-pre-restore-snapshot")
	p.run("backup", "restore", "--accept")
	assert.Empty(t, holds(t, p.data(), marker))
	assert.True(t, p.remembers("before"))
	out, err := exec.Command("sqlite3", filepath.Join(p.data(), "atocore.db"), "pragma integrity_check; select count(*) from sqlite_master where name='sentinel';").CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, "ok\n0\n", string(out))
}

// shell is a sqlite3 shell that has the database open.
type shell struct {
	cmd *exec.Cmd
	in  io.WriteCloser
}

func openShell(t *testing.T, p program, sql string) shell {
	t.Helper()
	if _, err := exec.LookPath("sqlite3"); err != nil {
		if os.Getenv("ATOCORE_TEST_REQUIRE_PARTS") != "" {
			t.Fatal("there is no sqlite3 shell")
		}
		t.Skip("there is no sqlite3 shell")
	}
	cmd := exec.Command("sqlite3", filepath.Join(p.data(), "atocore.db"))
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	_, err = io.WriteString(in, sql+"\nselect 'ready', count(*) from sqlite_master;\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "ready")
	return shell{cmd, in}
}

func (s shell) end(t *testing.T) {
	t.Helper()
	require.NoError(t, s.in.Close())
	require.NoError(t, s.cmd.Wait())
}

func TestRefusesWhileInUseAndNamesTheUser(t *testing.T) {
	p := newProgram(t)
	p.remember(strings.Repeat("long ", 10000))
	p.remember(strings.Repeat("text ", 10000))
	stamp := p.backUp()
	refused := func(t *testing.T, who int, named string) {
		t.Helper()
		before := tree(t, p.backups())
		_, errs := p.exits(4, "backup", "restore", stamp, confirm)
		assert.Contains(t, errs, "process "+strconv.Itoa(who))
		assert.Contains(t, errs, named)
		assert.Equal(t, before, tree(t, p.backups()), "no safety backup was made")
	}
	t.Run("a server", func(t *testing.T) {
		cmd := p.command("serve", "--listen", "127.0.0.1:0", "--log-level", "error")
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		_, err = bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		refused(t, cmd.Process.Pid, "serve")
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(t, cmd.Wait())
	})
	t.Run("another command", func(t *testing.T) {
		cmd := p.command("memory", "list", "--json")
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		// It prints more than a pipe holds, with the stores open.
		_, err = io.ReadFull(out, make([]byte, 1))
		require.NoError(t, err)
		refused(t, cmd.Process.Pid, "memory list")
		_, err = io.Copy(io.Discard, out)
		require.NoError(t, err)
		require.NoError(t, cmd.Wait())
	})
	t.Run("a foreign shell", func(t *testing.T) {
		s := openShell(t, p, "")
		refused(t, s.cmd.Process.Pid, "sqlite3")
		s.end(t)
	})
	p.run("backup", "restore", stamp, confirm)
}

func TestAMachineLost(t *testing.T) {
	p := newProgram(t)
	p.remember("before")
	p.backUp()
	require.NoError(t, os.RemoveAll(p.data()))
	p.run("backup", "restore", "latest", confirm)
	assert.True(t, p.remembers("before"))
	for _, garbage := range []string{"", "not a database"} {
		require.NoError(t, os.WriteFile(filepath.Join(p.data(), "atocore.db"), []byte(garbage), 0o600))
		p.run("backup", "restore", "latest", confirm, "--skip-pre-restore-snapshot")
		assert.True(t, p.remembers("before"))
	}
	info, err := os.Stat(filepath.Join(p.data(), "atocore.db"))
	require.NoError(t, err)
	assert.Equal(t, "-rw-------", info.Mode().String())
}

func TestTarget(t *testing.T) {
	p := newProgram(t)
	p.remember("before")
	stamp := p.backUp()
	p.remember(marker)
	target := filepath.Join(p.dir, "elsewhere")
	p.run("backup", "restore", stamp, "--target", target)
	assert.Contains(t, p.run("memory", "list", "--data-dir", target), "before")
	assert.NotContains(t, p.run("memory", "list", "--data-dir", target), marker)
	assert.True(t, p.remembers(marker), "what is live is untouched")
	p.exits(4, "backup", "restore", stamp, "--target", target)
}
