package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bench is the program and where it is tried.
type bench struct {
	t      *testing.T
	pinned string // the program under test
	home   string
	mu     sync.Mutex
	copies int

	mixed, invalid int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	home := t.TempDir()
	// What is tried is the order of calls, not the disk: memory is faster.
	if dir, err := os.MkdirTemp("/dev/shm", "atocore-faults"); err == nil { //nolint:usetesting // in memory, wherever TMPDIR is
		home = dir
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	b := &bench{t: t, home: home, pinned: filepath.Join(t.TempDir(), "atocore")}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", b.pinned, "./pinned").CombinedOutput()
	require.NoError(t, err, string(out))
	return b
}

// acts sets the scenes.
func (b *bench) acts() []*act {
	live := b.folder("live")
	docs := b.folder("docs")
	require.NoError(b.t, os.WriteFile(filepath.Join(docs, "a.md"), []byte("# Kept\n\nThe gate holds.\n"), 0o600))
	b.must(live, "memory", "add", "--type", "knowledge", "in the backup")
	b.must(live, "project", "add", "kept", docs)
	b.must(live, "project", "refresh", "kept")
	b.must(live, "backup", "create")
	backedUp := b.mustState(live)
	b.must(live, "memory", "add", "--type", "knowledge", "newer than the backup")
	b.must(live, "project", "add", "newer", docs)
	now := b.mustState(live)
	require.NotEqual(b.t, backedUp, now)

	restore := []string{"backup", "restore", "latest", "--confirm-service-stopped"}
	restored := b.copy(live)
	b.must(restored, restore...)
	return []*act{
		{name: "create", template: live, args: []string{"backup", "create"}, old: now, new: now},
		{name: "restore", template: live, args: restore, old: now, new: backedUp},
		{name: "undo", template: restored, args: []string{"backup", "restore", "--undo", "--confirm-service-stopped"}, old: backedUp, new: now},
		{name: "recover", template: b.cutShort(live, restore), args: []string{"project", "list"}, old: now, new: backedUp},
	}
}

// cutShort returns an installation whose restore was killed right after its commit
// point.
func (b *bench) cutShort(live string, restore []string) string {
	for n := 1; n < 50; n++ {
		dir := b.copy(live)
		_, out, injected := b.traced(dir, fault{act: &act{args: restore}, call: "renameat2", n: n, how: "signal=KILL"})
		require.True(b.t, injected, out)
		if _, err := os.Stat(filepath.Join(dir, "data", "restore.json")); err == nil {
			return dir
		}
		require.NoError(b.t, os.RemoveAll(dir))
	}
	b.t.Fatal("there is no commit point")
	return ""
}

func (b *bench) folder(name string) string {
	dir := filepath.Join(b.home, name)
	require.NoError(b.t, os.Mkdir(dir, 0o700))
	return dir
}

// copy returns a new copy of an installation.
func (b *bench) copy(of string) string {
	b.mu.Lock()
	b.copies++
	dir := filepath.Join(b.home, fmt.Sprintf("copy-%d", b.copies))
	b.mu.Unlock()
	if err := os.CopyFS(dir, os.DirFS(of)); err != nil {
		panic(err)
	}
	return dir
}

func (b *bench) env(dir string) []string {
	return append(os.Environ(), "GOMAXPROCS=1", "HOME="+dir,
		"ATOCORE_DATA_DIR="+filepath.Join(dir, "data"), "ATOCORE_BACKUP_DIR="+filepath.Join(dir, "backups"))
}

// run runs the program undisturbed.
func (b *bench) run(dir string, args ...string) (code int, out string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.pinned, args...)
	cmd.Dir, cmd.Env = dir, b.env(dir)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		return ended.ExitCode(), o.String() + e.String()
	case err != nil:
		return 127, err.Error()
	}
	return 0, o.String()
}

func (b *bench) must(dir string, args ...string) string {
	b.t.Helper()
	code, out := b.run(dir, args...)
	require.Zero(b.t, code, "atocore %s: %s", strings.Join(args, " "), out)
	return out
}

func (b *bench) mustState(dir string) string {
	b.t.Helper()
	state, err := b.state(dir)
	require.NoError(b.t, err)
	return state
}

// state is what the installation answers, once whatever was interrupted has been
// recovered from: the registry, every memory, and what a question finds.
func (b *bench) state(dir string) (string, error) {
	var all strings.Builder
	for _, args := range [][]string{
		{"project", "list", "--json"}, {"memory", "list", "--all", "--json"}, {"query", "the gate holds", "--json"},
	} {
		code, out := b.run(dir, args...)
		if code != 0 {
			return "", fmt.Errorf("atocore %s: exit code %d: %s", strings.Join(args, " "), code, out)
		}
		all.WriteString(out)
	}
	return all.String(), nil
}

// backupsHold names a listed backup that does not validate.
func (b *bench) backupsHold(dir string) string {
	entries, err := os.ReadDir(filepath.Join(dir, "backups"))
	if err != nil {
		return err.Error()
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || !e.IsDir() { // the ledger lies beside the backups
			continue
		}
		if code, out := b.run(dir, "backup", "validate", e.Name()); code != 0 {
			return fmt.Sprintf("%s is listed and does not validate: %s", e.Name(), out)
		}
	}
	return ""
}
