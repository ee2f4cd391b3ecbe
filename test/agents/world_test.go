// Package agents serves AI agents from the real program: by the official SDK's
// client, by the protocol's inspector, many at once, and killed.
package agents

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/app"
)

const asProgram = "ATOCORE_TEST_AS_PROGRAM"

// The test binary is the program when it is asked to be: no build, no path.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		_ = os.Unsetenv(asProgram)
		os.Exit(app.Program{Version: "test", Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr}.Run())
	}
	os.Exit(m.Run())
}

// patience is for a loaded machine; what is awaited takes milliseconds.
const patience = 30 * time.Second

// program is the program on one data directory.
type program struct {
	t    *testing.T
	home string
	data string
	self string
}

func newProgram(t *testing.T) program {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	home := t.TempDir()
	return program{t, home, filepath.Join(home, "data"), self}
}

func (p program) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), p.self, args...)
	cmd.Dir = p.home
	cmd.Env = append(os.Environ(), asProgram+"=1", "ATOCORE_DATA_DIR="+p.data, "HOME="+p.home)
	return cmd
}

// run runs a command that must succeed, and returns what it printed.
func (p program) run(args ...string) string {
	p.t.Helper()
	var out, errs bytes.Buffer
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(p.t, cmd.Run(), "atocore %s: %s", strings.Join(args, " "), &errs)
	return out.String()
}

// project registers a project of one file.
func (p program) project(name, text string) {
	p.t.Helper()
	folder := filepath.Join(p.home, name)
	require.NoError(p.t, os.Mkdir(folder, 0o700))
	require.NoError(p.t, os.WriteFile(filepath.Join(folder, "notes.md"), []byte(text), 0o600))
	p.run("project", "add", name, folder)
	p.run("project", "refresh", name)
}

// service is a running "atocore serve".
type service struct {
	url string
	cmd *exec.Cmd
	log *bytes.Buffer
	end chan error // told once when it has ended
}

// serve starts the service.
func (p program) serve(args ...string) (*service, error) {
	s := &service{cmd: p.command(append([]string{"serve", "--listen", "127.0.0.1:0", "--log-level", "warn"}, args...)...)}
	s.log, s.end = &bytes.Buffer{}, make(chan error, 1)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		s.end <- s.cmd.Wait()
	}()
	if err != nil {
		return nil, fmt.Errorf("the service did not come up: %w: %s", <-s.end, s.log)
	}
	_, s.url, _ = strings.Cut(strings.TrimSpace(line), " on ")
	return s, nil
}

// stop ends the service as Ctrl-C does.
func (s *service) stop(t *testing.T) {
	t.Helper()
	if s.cmd.Process.Signal(os.Interrupt) != nil {
		_ = s.cmd.Process.Kill()
	}
	select {
	case err := <-s.end:
		assert.NoError(t, err, "%s", s.log)
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		t.Error("the service did not end")
	}
}

// agent is the SDK's client of a process of its own.
type agent struct {
	*sdk.ClientSession
	cmd *exec.Cmd
}

// agent starts "atocore mcp" and connects to it.
func (p program) agent(ctx context.Context, args ...string) (*agent, error) {
	cmd := p.command(append([]string{"mcp"}, args...)...)
	cmd.Stderr = os.Stderr
	s, err := sdk.NewClient(&sdk.Implementation{Name: "tester", Version: "1"}, nil).
		Connect(ctx, &sdk.CommandTransport{Command: cmd, TerminateDuration: patience}, nil)
	return &agent{s, cmd}, err
}

// call calls a tool, and decodes its structured answer into out, if that is not nil.
// What the tool refuses is an error.
func (a *agent) call(ctx context.Context, tool string, args map[string]any, out any) (text string, err error) {
	return call(ctx, a.ClientSession, tool, args, out)
}

func call(ctx context.Context, s *sdk.ClientSession, tool string, args map[string]any, out any) (text string, err error) {
	r, err := s.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return "", err
	}
	for _, c := range r.Content {
		if c, ok := c.(*sdk.TextContent); ok {
			text += c.Text
		}
	}
	if r.IsError {
		return text, fmt.Errorf("%s: %s", tool, text)
	}
	if out == nil {
		return text, nil
	}
	raw, err := json.Marshal(r.StructuredContent)
	if err == nil {
		err = json.Unmarshal(raw, out)
	}
	return text, err
}

type stored struct {
	ID         string `json:"id"`
	Status     string `json:"status"`
	Repeated   bool   `json:"repeated"`
	Searchable bool   `json:"searchable"`
}

type found struct {
	Results []struct {
		ID   string `json:"id"`
		Tier string `json:"tier"`
		Cite string `json:"cite"`
		Text string `json:"text"`
	} `json:"results"`
	Note string `json:"note"`
}
