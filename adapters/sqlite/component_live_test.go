package sqlite_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
)

var m0 = time.UnixMicro(1_700_000_000_000_000).UTC()

// filesIn returns name and content of every file of a folder.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := map[string]string{}
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(raw)
	}
	return files
}

func TestCaptureChangesNothingOfAStoppedInstallation(t *testing.T) {
	path := createStore(t, 3)
	before := filesIn(t, filepath.Dir(path))
	require.Len(t, before, 1)
	dir, _ := captured(t, path)
	assert.Equal(t, before, filesIn(t, filepath.Dir(path)))
	_, err := sqlite.NewComponent(sqlite.ComponentConfig{Path: path}).Losses(t.Context(), dir)
	require.NoError(t, err)
	assert.Equal(t, before, filesIn(t, filepath.Dir(path)))
}

// What a killed process left in its -wal is committed data: it is in the backup,
// and stays where it is.
func TestCaptureReadsWhatAKillLeft(t *testing.T) {
	path := createStore(t, 3)
	killed := filepath.Join(t.TempDir(), sqlite.FileName)
	withStore(t, path, false, func(s *sqlite.Store) {
		remember(t.Context(), t, s, "in the log")
		for _, suffix := range []string{"", "-wal"} {
			raw, err := os.ReadFile(path + suffix)
			require.NoError(t, err)
			require.NotEmpty(t, raw)
			require.NoError(t, os.WriteFile(killed+suffix, raw, 0o600))
		}
	})
	before := filesIn(t, filepath.Dir(killed))
	dir, e := captured(t, killed)
	after := filesIn(t, filepath.Dir(killed))
	assert.Equal(t, before[sqlite.FileName], after[sqlite.FileName])
	assert.Equal(t, before[sqlite.FileName+"-wal"], after[sqlite.FileName+"-wal"])
	for _, table := range e.Facts.Tables {
		if table.Name == "memory" {
			assert.EqualValues(t, 4, table.Rows)
		}
	}
	withStore(t, filepath.Join(dir, sqlite.FileName), false, func(s *sqlite.Store) {
		_, err := s.Memories().Get(t.Context(), "in the log")
		require.NoError(t, err)
	})
}

const holderPath = "ATOCORE_TEST_SQLITE_HOLD"

// TestHoldDatabase is what the other process of TestUsers runs: it opens the
// database, reads, and then sits idle.
func TestHoldDatabase(t *testing.T) {
	path := os.Getenv(holderPath)
	if path == "" {
		t.Skip("runs as a process of another test")
	}
	withStore(t, path, false, func(*sqlite.Store) {
		_, _ = os.Stdout.WriteString("holding\n")
		_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the pipe ends
	})
}

func TestUsers(t *testing.T) {
	path := createStore(t, 1)
	c := sqlite.NewComponent(sqlite.ComponentConfig{Path: path})
	users, err := c.Users(t.Context())
	require.NoError(t, err)
	assert.Empty(t, users)

	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHoldDatabase$")
	cmd.Env = append(os.Environ(), holderPath+"="+path)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "holding\n", line)

	users, err = c.Users(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, users, "an idle process in WAL mode is seen")
	assert.Equal(t, path, users[0].What)
	if runtime.GOOS == "linux" {
		require.Len(t, users, 1)
		assert.Equal(t, cmd.Process.Pid, users[0].PID)
		assert.Contains(t, users[0].Command, "TestHoldDatabase")
	}
	if runtime.GOOS != "windows" {
		held, err := sqlite.LocksOf(path)
		require.NoError(t, err)
		require.NotEmpty(t, held, "its locks alone betray it")
		assert.Equal(t, cmd.Process.Pid, held[0].PID)
	}
	require.NoError(t, in.Close())
	require.NoError(t, cmd.Wait())
	users, err = c.Users(t.Context())
	require.NoError(t, err)
	assert.Empty(t, users)
}

// Asking who uses a database must not let go of this process's own locks.
func TestUsersKeepsOwnLocks(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what this process has open")
	}
	path := createStore(t, 1)
	withStore(t, path, false, func(*sqlite.Store) {
		users, err := sqlite.NewComponent(sqlite.ComponentConfig{Path: path}).Users(t.Context())
		require.NoError(t, err)
		assert.Empty(t, users, "this process is not another one")
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAskForUsers$")
		cmd.Env = append(os.Environ(), holderPath+"="+path)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	})
}

// TestAskForUsers is what the other process of TestUsersKeepsOwnLocks runs: it
// must still see the locks of the first.
func TestAskForUsers(t *testing.T) {
	path := os.Getenv(holderPath)
	if path == "" {
		t.Skip("runs as a process of another test")
	}
	held, err := sqlite.LocksOf(path)
	require.NoError(t, err)
	require.NotEmpty(t, held)
	assert.Equal(t, os.Getppid(), held[0].PID)
}
