//go:build unix

package agents

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"
)

const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
`

const write2 = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"remember","arguments":{"content":"The port is 8100","memory_type":"project"}}}
`

// raw is "atocore mcp" with its two ends in the hands of the test.
type raw struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string // what it answers; closed when it has ended
}

func startRaw(t *testing.T, cmd *exec.Cmd) *raw {
	t.Helper()
	r := &raw{t: t, cmd: cmd, lines: make(chan string, 10)}
	var err error
	r.in, err = cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	go func() {
		s := bufio.NewScanner(out)
		for s.Scan() {
			r.lines <- s.Text()
		}
		close(r.lines)
	}()
	return r
}

func (r *raw) say(text string) {
	r.t.Helper()
	_, err := io.WriteString(r.in, text)
	require.NoError(r.t, err)
}

// hear returns the next answer, or not ok when the program has ended.
func (r *raw) hear() (line string, ok bool) {
	r.t.Helper()
	select {
	case line, ok = <-r.lines:
		return line, ok
	case <-time.After(patience):
		_ = r.cmd.Process.Kill()
		require.Fail(r.t, "neither an answer nor an end")
		return "", false
	}
}

func (r *raw) ended() {
	r.t.Helper()
	_, ok := r.hear()
	require.False(r.t, ok, "it still serves")
}

func TestItEndsWithItsInput(t *testing.T) {
	r := startRaw(t, newProgram(t).command("mcp"))
	r.say(hello)
	_, ok := r.hear()
	require.True(t, ok)
	require.NoError(t, r.in.Close())
	r.ended()
	require.NoError(t, r.cmd.Wait(), "its client's going is no failure")
}

// A request under way when the input ends is finished and answered first.
func TestItFinishesWhatIsUnderWay(t *testing.T) {
	p := newProgram(t)
	p.run("memory", "add", "--type", "project", "Something else")
	db, err := sqlx.Open("sqlite", p.data+"/atocore.db")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)

	r := startRaw(t, p.command("mcp"))
	r.say(hello + write2)
	_, ok := r.hear()
	require.True(t, ok)
	require.NoError(t, r.in.Close())
	select {
	case line, ok := <-r.lines:
		t.Fatalf("it answered %q (%t) while another process held the write lock", line, ok)
	case <-time.After(300 * time.Millisecond): // time enough to end, if it did not wait
	}
	_, err = conn.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	line, ok := r.hear()
	require.True(t, ok)
	assert.Contains(t, line, `"status":"candidate"`)
	r.ended()
	require.NoError(t, r.cmd.Wait())
	assert.Contains(t, p.run("memory", "list", "--status", "candidate"), "The port is 8100")
}

// Somebody else may hold the other end of its input: its parent's end is its own.
func TestItEndsWithItsParent(t *testing.T) {
	p := newProgram(t)
	p.run("memory", "add", "--type", "project", "Something else")
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	mcp := p.command("mcp")
	// The shell stays until its line comes, and leaves the program behind.
	parent := exec.CommandContext(context.Background(), shell, "-c", `"$0" mcp <&3 & echo $! >&2; read line`, p.self)
	parent.Dir, parent.Env = mcp.Dir, mcp.Env
	read, write, err := os.Pipe()
	require.NoError(t, err)
	defer func() { _ = write.Close() }()
	parent.ExtraFiles = []*os.File{read}
	r := startRaw(t, parent)
	require.NoError(t, read.Close())
	_, err = io.WriteString(write, hello)
	require.NoError(t, err)
	_, ok := r.hear()
	require.True(t, ok)
	r.say("go\n")
	r.ended()
	require.NoError(t, parent.Wait())
}

func TestItEndsWhenNobodyReads(t *testing.T) {
	p := newProgram(t)
	cmd := p.command("mcp")
	read, out, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout = out
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.NoError(t, out.Close())
	require.NoError(t, read.Close())
	_, err = io.WriteString(in, hello)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		require.Error(t, err, "by the signal that the system sends to writers of broken pipes")
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		t.Fatal("it still serves")
	}
	_ = in.Close()
}

// The first answer comes before anything is opened, and opening is for the first
// call: an agent starts all of its tools whenever it starts.
func TestItStartsFastAndEmpty(t *testing.T) {
	p := newProgram(t)
	began := time.Now()
	r := startRaw(t, p.command("mcp"))
	r.say(hello)
	line, ok := r.hear()
	require.True(t, ok)
	took := time.Since(began)
	t.Logf("initialize answered after %s", took)
	if os.Getenv("ATOCORE_TEST_SPEED") != "" {
		assert.Less(t, took, 100*time.Millisecond)
	}
	var answer struct {
		Result struct{ ProtocolVersion string }
	}
	require.NoError(t, json.Unmarshal([]byte(line), &answer))
	assert.Equal(t, "2025-06-18", answer.Result.ProtocolVersion)
	assert.NoDirExists(t, p.data)
	require.NoError(t, r.in.Close())
	r.ended()
	require.NoError(t, r.cmd.Wait())
	assert.False(t, strings.Contains(line, "error"))
}
