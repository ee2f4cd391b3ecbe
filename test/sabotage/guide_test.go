package sabotage_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
)

// The commands of RESTORE.md for those who have no atocore are run as they stand.
func TestGuideWithoutAtocore(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("needs Linux and bash")
	}
	at := install(t)
	_, dir := at.validated(t)
	database := filepath.Join(at.data, sqlite.FileName)
	require.NoError(t, os.WriteFile(database, []byte("ruined"), 0o600))
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		require.NoError(t, os.WriteFile(database+suffix, []byte("stale"), 0o600))
	}
	raw, err := os.ReadFile(filepath.Join(dir, "RESTORE.md"))
	require.NoError(t, err)
	_, page, ok := strings.Cut(string(raw), "## Without atocore")
	require.True(t, ok)
	var script strings.Builder
	for line := range strings.Lines(page) {
		if command, ok := strings.CutPrefix(line, "    "); ok && runnable(command) {
			script.WriteString(command)
		}
	}
	require.Contains(t, script.String(), "SHA256SUMS")
	cmd := exec.CommandContext(t.Context(), bash, "-euo", "pipefail", "-c", script.String())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", script.String(), out)

	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		assert.NoFileExists(t, database+suffix)
	}
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: database, Model: model})
	require.NoError(t, err)
	_, err = s.Memories().Get(t.Context(), "memory-39")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	assert.NoFileExists(t, filepath.Join(dir, "db", sqlite.FileName+"-wal"), "the backup stays as it was")
	aside, err := filepath.Glob(filepath.Join(at.data, "aside-*", "*"))
	require.NoError(t, err)
	assert.Len(t, aside, 5, "what was there is kept: %v", aside)
}

// runnable leaves out what need not be installed where the tests run.
func runnable(command string) bool {
	tool, _, _ := strings.Cut(strings.TrimSpace(command), " ")
	switch tool {
	case "fuser":
		return false // it fails when it finds nobody, which is what is wanted
	case "sqlite3":
		_, err := exec.LookPath(tool)
		return err == nil
	}
	return true
}
