// Package chroma tests the program on a real Chroma server: that the index follows
// the text whoever dies, that it can be made anew and captured, and that the two
// vector drivers give the same answers.
package chroma

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/app"
	"github.com/atocore/atocore/test/chromaserver"
)

// asProgram makes the test binary behave as the program.
const asProgram = "ATOCORE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		_ = os.Unsetenv(asProgram)
		os.Exit(app.Program{Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr}.Run())
	}
	os.Exit(m.Run())
}

// world is an installation on a Chroma server.
type world struct {
	t      *testing.T
	server *chromaserver.Server
	dir    string
	env    []string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, server: chromaserver.Start(t), dir: t.TempDir()}
	w.env = []string{
		"ATOCORE_VECTOR_DRIVER=chroma", "ATOCORE_CHROMA_URL=" + w.server.URL, "ATOCORE_CHROMA_TIMEOUT=10s",
		"ATOCORE_CHROMA_PERSIST_DIR=" + w.server.Dir, "ATOCORE_DATA_DIR=" + filepath.Join(w.dir, "data"),
	}
	require.NoError(t, os.MkdirAll(w.docs(), 0o700))
	return w
}

func (w *world) docs() string { return filepath.Join(w.dir, "docs") }

// write writes a document of a few chunks that says what version it is.
func (w *world) write(n, version int) {
	w.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# Service %d\n", n)
	for section := range 3 {
		fmt.Fprintf(&b, "\n## Part %d of service %d\n\nIn version %d this part listens on port %d. %s\n",
			section, n, version, 7000+10*n+section, strings.Repeat(fmt.Sprintf("It talks to service %d. ", n+section), 20))
	}
	require.NoError(w.t, os.WriteFile(filepath.Join(w.docs(), fmt.Sprintf("service%03d.md", n)), []byte(b.String()), 0o600))
}

// command returns a run of the program.
func (w *world) command(args ...string) *exec.Cmd {
	w.t.Helper()
	self, err := os.Executable()
	require.NoError(w.t, err)
	c := exec.CommandContext(w.t.Context(), self, args...)
	c.Env = append(os.Environ(), append(w.env, asProgram+"=1")...)
	c.Dir = w.dir
	return c
}

// run runs the program, which must succeed, and returns what it printed.
func (w *world) run(args ...string) string {
	w.t.Helper()
	out, code, told := w.try(args...)
	require.Zero(w.t, code, "atocore %s\n%s", strings.Join(args, " "), told)
	return out
}

// try runs the program and returns what it printed, its exit code and what it told.
func (w *world) try(args ...string) (out string, code int, told string) {
	w.t.Helper()
	c := w.command(args...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	_ = c.Run() // the exit code says it
	return stdout.String(), c.ProcessState.ExitCode(), stderr.String()
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal([]byte(text), &v), text)
	return v
}

type indexCheck struct {
	Passages int      `json:"passages"`
	Records  int      `json:"records"`
	Waiting  int      `json:"waiting"`
	Missing  []string `json:"missing"`
	Orphaned []string `json:"orphaned"`
	Stale    []string `json:"stale"`
}

// requireEqual requires that the index equals the text.
func (w *world) requireEqual() indexCheck {
	w.t.Helper()
	w.run("index", "status") // every command carries over what is queued
	c := decode[indexCheck](w.t, w.run("index", "verify", "--json"))
	require.Empty(w.t, c.Missing, "missing")
	require.Empty(w.t, c.Orphaned, "orphaned")
	require.Empty(w.t, c.Stale, "stale")
	require.Zero(w.t, c.Waiting)
	require.Equal(w.t, c.Passages, c.Records)
	return c
}

type answer struct {
	Results []struct {
		ID    string  `json:"id"`
		Score float64 `json:"score"`
		Path  string  `json:"path"`
	} `json:"results"`
}

// ask returns the ids that a question finds, in order.
func (w *world) ask(question string) []string {
	w.t.Helper()
	out, code, told := w.try("query", question, "--json")
	require.Zero(w.t, code, told)
	require.NotContains(w.t, told, "full text alone")
	var ids []string
	for _, r := range decode[answer](w.t, out).Results {
		ids = append(ids, r.ID)
	}
	return ids
}
