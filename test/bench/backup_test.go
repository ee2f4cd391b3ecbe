package bench_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const rounds = 5

// howOften returns how many rounds are run: fewer show the memory of a large state.
func howOften() int {
	if n, err := strconv.Atoi(os.Getenv("ATOCORE_BENCH_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return rounds
}

// contestant is one way to do a job.
type contestant struct {
	name    string
	tool    string                    // what must be installed, "" for our own binary
	before  func(t *testing.T)        // not measured
	command func() (string, []string) // environment and arguments
	took    []time.Duration
	cpu     []time.Duration // user and system, of the process and what it started
	peak    int64           // largest resident size of any round, bytes
}

// bench is the place where they meet.
type bench struct {
	t       *testing.T
	scratch string
	data    string
	binary  string
	backups string
	stamp   string
}

func TestBackupSpeed(t *testing.T) {
	if os.Getenv("ATOCORE_BENCH") == "" {
		t.Skip("set ATOCORE_BENCH=1 to measure; it takes a minute or two")
	}
	data := dataDir(t)
	scratch, err := os.MkdirTemp(filepath.Dir(data), "scratch-") //nolint:usetesting // on the disk of the data
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(scratch)) })
	b := &bench{t: t, scratch: scratch, data: data, binary: filepath.Join(scratch, "atocore"), backups: filepath.Join(scratch, "backups")}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", b.binary, "../../cmd/atocore").CombinedOutput()
	require.NoError(t, err, string(out))
	b.run("", b.binary, "backup", "create", "--data-dir", data, "--backup-dir", b.backups)
	entries, err := os.ReadDir(b.backups)
	require.NoError(t, err)
	b.stamp = entries[0].Name()
	b.restic("init")
	b.restic("backup", b.data)

	create, validate, restore := b.creators(), b.validators(), b.restorers()
	for range howOften() {
		for _, c := range slices.Concat(create, validate, restore) {
			b.measure(c)
		}
	}
	info, err := os.Stat(filepath.Join(data, "atocore.db"))
	require.NoError(t, err)
	t.Logf("database of %d MB, medians of %d rounds, seconds", info.Size()>>20, howOften())
	t.Log("| job | with | median | × the first | min | max | cpu | peak MB |\n|---|---|---|---|---|---|---|---|" +
		table("create", create) + table("validate", validate) + table("restore", restore))
	for _, group := range [][]*contestant{create, validate, restore} {
		for _, c := range group {
			if c.tool == "" {
				assert.Less(t, c.peak, int64(100<<20), "%s stays below 100 MB", c.name)
			}
		}
	}
}

func (b *bench) path(name string) string { return filepath.Join(b.scratch, name) }

func (b *bench) fresh(names ...string) func(*testing.T) {
	return func(t *testing.T) {
		for _, n := range names {
			require.NoError(t, os.RemoveAll(b.path(n)))
		}
	}
}

func (b *bench) creators() []*contestant {
	copyState := fmt.Sprintf("mkdir %[1]s && cp -r %[2]s/atocore.db %[2]s/projects.json %[1]s/ && sync -f %[1]s", b.path("copy"), b.data)
	return []*contestant{
		{name: "cp -r and sync -f", tool: "sync", before: b.fresh("copy"), command: shell(copyState)},
		{name: "atocore backup create", before: b.fresh("new"), command: words(b.binary, "backup", "create", "--data-dir", b.data, "--backup-dir", b.path("new"))},
		{name: "sqlite3 .backup and sync -f", tool: "sqlite3", before: b.fresh("copy.db"), command: shell(fmt.Sprintf("sqlite3 %s/atocore.db '.backup %s' && sync -f %[2]s", b.data, b.path("copy.db")))},
		{name: "restic backup, first", tool: "restic", before: func(t *testing.T) {
			b.fresh("repo2")(t)
			b.run(resticPassword, "restic", "-q", "-r", b.path("repo2"), "init")
		}, command: words("restic", "-q", "-r", b.path("repo2"), "backup", "--no-cache", filepath.Join(b.data, "atocore.db"), filepath.Join(b.data, "projects.json"))},
	}
}

func (b *bench) validators() []*contestant {
	dir := filepath.Join(b.backups, b.stamp)
	return []*contestant{
		{name: "sha256sum -c", tool: "sha256sum", command: shell("cd " + dir + " && sha256sum --quiet -c SHA256SUMS")},
		{name: "atocore backup validate", command: words(b.binary, "backup", "validate", b.stamp, "--data-dir", b.data, "--backup-dir", b.backups)},
		{name: "sqlite3 integrity_check", tool: "sqlite3", command: shell("sqlite3 'file:" + dir + "/db/atocore.db?immutable=1' 'PRAGMA integrity_check'")},
		{name: "restic check --read-data", tool: "restic", command: words("restic", "-q", "-r", b.path("repo"), "check", "--read-data")},
	}
}

func (b *bench) restorers() []*contestant {
	dir := filepath.Join(b.backups, b.stamp)
	copyState := fmt.Sprintf("mkdir %[1]s && cp -r %[2]s/db %[2]s/registry %[1]s/ && sync -f %[1]s", b.path("back"), dir)
	live := b.path("live")
	return []*contestant{
		{name: "cp -r and sync -f", tool: "sync", before: b.fresh("back"), command: shell(copyState)},
		{name: "atocore backup restore, no safety backup", before: func(t *testing.T) {
			b.fresh("live")(t)
			b.run("", "cp", "-r", b.data, live)
			b.run("", "sync", "-f", live)
		}, command: words(b.binary, "backup", "restore", b.stamp, "--confirm-service-stopped", "--skip-pre-restore-snapshot",
			"--data-dir", live, "--backup-dir", b.backups)},
		{name: "restic restore", tool: "restic", before: b.fresh("resticback"), command: words("restic", "-q", "-r", b.path("repo"), "restore", "latest", "--target", b.path("resticback"))},
	}
}

const resticPassword = "RESTIC_PASSWORD=bench"

func (b *bench) restic(args ...string) {
	if _, err := exec.LookPath("restic"); err == nil {
		b.run(resticPassword, "restic", append([]string{"-q", "-r", b.path("repo")}, args...)...)
	}
}

func (b *bench) run(env, name string, args ...string) {
	b.t.Helper()
	cmd := exec.CommandContext(b.t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	require.NoError(b.t, err, "%s %v: %s", name, args, out)
}

func shell(line string) func() (string, []string) {
	return words("bash", "-ec", line)
}

func words(args ...string) func() (string, []string) {
	return func() (string, []string) { return resticPassword, args }
}

func (b *bench) measure(c *contestant) {
	b.t.Helper()
	if c.tool != "" {
		if _, err := exec.LookPath(c.tool); err != nil {
			return
		}
	}
	if c.before != nil {
		c.before(b.t)
	}
	// Nobody pays for what the one before left unwritten.
	b.run("", "sync", "-f", b.scratch)
	warm(b.t)
	env, args := c.command()
	cmd := exec.CommandContext(b.t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	c.took = append(c.took, time.Since(began))
	c.cpu = append(c.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	require.NoError(b.t, err, "%s: %s", c.name, out)
	c.peak = max(c.peak, peakOf(cmd.ProcessState))
}

// table renders a group; the first of it is what the others are compared with.
func table(job string, group []*contestant) string {
	var out strings.Builder
	var first float64
	for i, c := range group {
		if len(c.took) == 0 {
			fmt.Fprintf(&out, "\n| %s | %s | not installed | | | | | |", job, c.name)
			continue
		}
		slices.Sort(c.took)
		slices.Sort(c.cpu)
		median := c.took[len(c.took)/2].Seconds()
		if i == 0 {
			first = median
		}
		fmt.Fprintf(&out, "\n| %s | %s | %.3f | %.2f | %.3f | %.3f | %.3f | %d |", job, c.name, median, median/first,
			c.took[0].Seconds(), c.took[len(c.took)-1].Seconds(), c.cpu[len(c.cpu)/2].Seconds(), c.peak>>20)
	}
	return out.String()
}
