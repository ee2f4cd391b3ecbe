// Package docs holds what the project says about itself against what it does: the
// README and the files that people deploy it with.
package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/app"
)

// The test binary is the program when it is asked to be: no build, no path.
func TestMain(m *testing.M) {
	if os.Getenv("ATOCORE_TEST_AS_PROGRAM") != "" {
		_ = os.Unsetenv("ATOCORE_TEST_AS_PROGRAM")
		os.Exit(app.Program{Version: "test", Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr}.Run())
	}
	os.Exit(m.Run())
}

// atocore runs the program and returns what it printed.
func atocore(t *testing.T, dir string, args ...string) (stdout string, err error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ATOCORE_TEST_AS_PROGRAM=1", "HOME="+dir)
	out, err := cmd.Output()
	return string(out), err
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	require.NoError(t, err)
	return string(content)
}

var deployed = [][]string{
	{"configs", "container", "Dockerfile"},
	{"configs", "container", "compose.yaml"},
	{"configs", "systemd", "atocore.service"},
	{"configs", "systemd", "atocore-backup.service"},
	{"docs", "deployment.md"},
}

// Every setting that the files name is one that the program knows.
func TestDeployedSettingsExist(t *testing.T) {
	known, err := atocore(t, t.TempDir(), "config", "--json")
	require.NoError(t, err)
	keys := map[string]bool{}
	for _, m := range regexp.MustCompile(`"key": "([a-z0-9_.]+)"`).FindAllStringSubmatch(known, -1) {
		keys["ATOCORE_"+strings.ToUpper(strings.ReplaceAll(m[1], ".", "_"))] = true
	}
	require.NotEmpty(t, keys)
	variable := regexp.MustCompile(`ATOCORE_[A-Z_]+`)
	seen := 0
	for _, file := range deployed {
		for _, name := range variable.FindAllString(read(t, file...), -1) {
			seen++
			assert.True(t, keys[name], "%s names %s, which is no setting", filepath.Join(file...), name)
		}
	}
	assert.Greater(t, seen, 8)
}

// Every command that the files run is one that the program has, with its flags.
func TestDeployedCommandsExist(t *testing.T) {
	forms := []*regexp.Regexp{
		regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/atocore (.+)$`),
		regexp.MustCompile(`(?m)(?:exec|run --rm) atocore (?:/atocore )?(.+)$`),
		regexp.MustCompile(`(?m)/var/lib/atocore atocore (.+)$`),
		regexp.MustCompile(`"/atocore", "([a-z]+)"`),
		regexp.MustCompile(`(?m)^CMD \["([a-z]+)"\]`),
	}
	seen := 0
	for _, file := range deployed {
		text := read(t, file...)
		for _, form := range forms {
			for _, m := range form.FindAllStringSubmatch(text, -1) {
				seen++
				args := append(strings.Fields(m[1]), "--help")
				_, err := atocore(t, t.TempDir(), args...)
				assert.NoError(t, err, "%s runs %q", filepath.Join(file...), m[1])
			}
		}
	}
	assert.GreaterOrEqual(t, seen, 9)
}

// systemd's own checker reads the units, with a program in the place of ours that
// is there.
func TestUnitsAreValid(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	var units []string
	for _, name := range []string{"atocore.service", "atocore-backup.service", "atocore-backup.timer"} {
		unit := filepath.Join(dir, name)
		text := strings.ReplaceAll(read(t, "configs", "systemd", name), "/usr/local/bin/atocore", "/bin/true")
		require.NoError(t, os.WriteFile(unit, []byte(text), 0o600))
		units = append(units, unit)
	}
	out, err := exec.CommandContext(t.Context(), analyze, append([]string{"verify"}, units...)...).CombinedOutput()
	assert.NoError(t, err, "%s", out)
	assert.Empty(t, string(out))
}
