package lockfile_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/lockfile"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

// TestMain lets the test binary stand in for another process that holds a lock
// until its standard input ends.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LOCKFILE_TEST_DIR"); dir != "" {
		hold(dir, os.Getenv("LOCKFILE_TEST_LOCK"))
		return
	}
	os.Exit(m.Run())
}

func hold(dir, lock string) {
	gate := lockfile.New(lockfile.Config{Dir: dir})
	take := map[string]func() (func() error, error){
		"share":     func() (func() error, error) { return gate.Share(context.Background()) },
		"exclude":   func() (func() error, error) { return gate.Exclude(context.Background()) },
		"ingestion": func() (func() error, error) { return gate.Ingestion(context.Background()) },
	}[lock]
	if _, err := take(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0) // without a release: the system must do it
}

func other(t *testing.T, dir, lock string) (pid int, end func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "pretend", "serve")
	cmd.Env = append(os.Environ(), "LOCKFILE_TEST_DIR="+dir, "LOCKFILE_TEST_LOCK="+lock)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "held\n", line)
	return cmd.Process.Pid, func() {
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	}
}

func TestGate(t *testing.T) {
	porttest.TestGate(t, func(t *testing.T) ports.Gate {
		return lockfile.New(lockfile.Config{Dir: t.TempDir()})
	})
}

func TestGateHoldsBetweenProcesses(t *testing.T) {
	for lock, test := range map[string]struct {
		take func(*lockfile.Gate) (func() error, error)
		kind domain.Kind
	}{
		"share":     {func(g *lockfile.Gate) (func() error, error) { return g.Exclude(context.Background()) }, domain.KindRefused},
		"exclude":   {func(g *lockfile.Gate) (func() error, error) { return g.Share(context.Background()) }, domain.KindRefused},
		"ingestion": {func(g *lockfile.Gate) (func() error, error) { return g.Ingestion(context.Background()) }, domain.KindConflict},
	} {
		t.Run(lock, func(t *testing.T) {
			dir := t.TempDir()
			gate := lockfile.New(lockfile.Config{Dir: dir})
			pid, end := other(t, dir, lock)
			_, err := test.take(gate)
			assert.Equal(t, test.kind, domain.KindOf(err), "%v", err)
			if runtime.GOOS == "linux" {
				assert.ErrorContains(t, err, "process "+strconv.Itoa(pid)+" (")
				assert.ErrorContains(t, err, "pretend serve")
			}
			end()
			release, err := test.take(gate)
			require.NoError(t, err)
			require.NoError(t, release())
		})
	}
}

func TestGateNamesAllWhoShare(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells who holds a lock")
	}
	dir := t.TempDir()
	one, endOne := other(t, dir, "share")
	two, endTwo := other(t, dir, "share")
	_, err := lockfile.New(lockfile.Config{Dir: dir}).Exclude(context.Background())
	assert.ErrorContains(t, err, "process "+strconv.Itoa(one)+" ")
	assert.ErrorContains(t, err, "process "+strconv.Itoa(two)+" ")
	endOne()
	endTwo()
}

func TestGateFilesStayAndArePrivate(t *testing.T) {
	dir := t.TempDir()
	gate := lockfile.New(lockfile.Config{Dir: dir})
	for _, take := range []func() (func() error, error){
		func() (func() error, error) { return gate.Share(context.Background()) },
		func() (func() error, error) { return gate.Ingestion(context.Background()) },
	} {
		release, err := take()
		require.NoError(t, err)
		require.NoError(t, release())
	}
	for _, name := range []string{lockfile.StoresFile, lockfile.IngestFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		if runtime.GOOS != "windows" {
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		}
	}
}

func TestGateWithoutDirectory(t *testing.T) {
	gate := lockfile.New(lockfile.Config{Dir: filepath.Join(t.TempDir(), "missing")})
	_, err := gate.Share(context.Background())
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
}
