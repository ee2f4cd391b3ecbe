package restore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/app"
)

// marker is what must not be found again after a restore.
const marker = "SENTINEL-OF-THE-REPLACED-STATE"

func TestMain(m *testing.M) {
	// Each check of the model takes seconds: a disk is synced hundreds of times.
	if err := flag.Set("rapid.checks", "8"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){
		"atocore": func() {
			os.Exit(app.Program{Version: "v0.0.0-test", Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr}.Run())
		},
	})
}

// program runs the binary on an installation of its own.
type program struct {
	t   *testing.T
	dir string
}

func newProgram(t *testing.T) program { return program{t, t.TempDir()} }

func (p program) data() string    { return filepath.Join(p.dir, "data") }
func (p program) backups() string { return filepath.Join(p.dir, "backups") }

func (p program) command(args ...string) *exec.Cmd {
	path, err := exec.LookPath("atocore") // put into PATH by TestMain
	require.NoError(p.t, err)
	cmd := exec.Command(path, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "ATOCORE_DATA_DIR="+p.data(), "ATOCORE_BACKUP_DIR="+p.backups(), "HOME="+p.dir)
	return cmd
}

// exits runs a command, requires its exit code, and returns what it printed.
func (p program) exits(code int, args ...string) (out, errs string) {
	p.t.Helper()
	var o, e bytes.Buffer
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var ended *exec.ExitError
	got := 0
	if errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		require.NoError(p.t, err)
	}
	require.Equal(p.t, code, got, "atocore %s\n%s%s", strings.Join(args, " "), o.String(), e.String())
	return o.String(), e.String()
}

func (p program) run(args ...string) string {
	p.t.Helper()
	out, _ := p.exits(0, args...)
	return out
}

// backUp makes a backup and returns its stamp.
func (p program) backUp() string {
	p.t.Helper()
	p.run("backup", "create")
	stamps := p.stamps()
	return stamps[len(stamps)-1]
}

// stamps lists the backups, oldest first.
func (p program) stamps() []string {
	p.t.Helper()
	entries, err := os.ReadDir(p.backups())
	require.NoError(p.t, err)
	var out []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out
}

func (p program) remember(text string) {
	p.t.Helper()
	p.run("memory", "add", "--type", "knowledge", text)
}

// remembers reports whether a memory with that text is listed.
func (p program) remembers(text string) bool {
	p.t.Helper()
	return strings.Contains(p.run("memory", "list", "--all", "--json"), text)
}

// tree returns the hash of every file below a folder; aside from lock files, which
// hold nothing, and the note of when a backup was validated.
func tree(t require.TestingT, dir string) map[string]string {
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".lock") || d.Name() == "validation.json" {
			return err
		}
		if !d.Type().IsRegular() {
			out[path] = d.Type().String()
			return nil
		}
		data, err := os.ReadFile(path)
		sum := sha256.Sum256(data)
		out[path] = hex.EncodeToString(sum[:])
		return err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	return out
}

// holds returns the files below a folder whose bytes hold the text.
func holds(t *testing.T, dir, text string) []string {
	t.Helper()
	var out []string
	for path := range tree(t, dir) {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		if bytes.Contains(data, []byte(text)) {
			out = append(out, path)
		}
	}
	return out
}
