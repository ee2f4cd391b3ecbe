// Package access shows what keys open, and that a key which is limited to projects
// learns nothing of the others: every call of the real service is made in worlds that
// differ in what the key must not know, and answered to the byte the same.
package access

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

const (
	patience = 30 * time.Second // for a loaded machine
	operator = "the operator's own token"
)

// world is one data directory, and the service on it while it runs.
type world struct {
	t    *testing.T
	name string
	data string
	url  string
	halt func()
}

func (w *world) command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	require.NoError(w.t, err)
	cmd := exec.CommandContext(context.Background(), self, args...)
	cmd.Dir = filepath.Dir(w.data)
	cmd.Env = append(os.Environ(), asProgram+"=1", "ATOCORE_DATA_DIR="+w.data, "ATOCORE_API_TOKEN="+operator)
	return cmd
}

// run runs a command that must succeed, and returns what it printed.
func (w *world) run(args ...string) string {
	w.t.Helper()
	var out, errs bytes.Buffer
	cmd := w.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(w.t, cmd.Run(), "atocore %s: %s", strings.Join(args, " "), &errs)
	return out.String()
}

// key makes a key and returns its secret.
func (w *world) key(args ...string) string {
	w.t.Helper()
	return strings.TrimSpace(w.run(append([]string{"key", "create"}, args...)...))
}

func (w *world) serve() {
	w.t.Helper()
	cmd := w.command("serve", "--listen", "127.0.0.1:0", "--log-level", "error")
	log := &bytes.Buffer{}
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	require.NoError(w.t, err)
	require.NoError(w.t, cmd.Start())
	ended := make(chan error, 1)
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		ended <- cmd.Wait()
	}()
	if err != nil {
		require.NoError(w.t, err, "the service did not come up: %v %s", <-ended, log)
	}
	_, w.url, _ = strings.Cut(strings.TrimSpace(line), " on ")
	w.halt = func() {
		w.halt = func() {}
		if cmd.Process.Signal(os.Interrupt) != nil {
			_ = cmd.Process.Kill()
		}
		select {
		case err := <-ended:
			assert.NoError(w.t, err, "%s", log)
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			w.t.Error("the service did not end")
		}
	}
	w.t.Cleanup(func() { w.halt() })
}

// copyTo returns a world that is the same, without a service.
func (w *world) copyTo(name string) *world {
	w.t.Helper()
	data := filepath.Join(w.t.TempDir(), "data")
	require.NoError(w.t, os.CopyFS(data, os.DirFS(w.data)))
	return &world{t: w.t, name: name, data: data}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// call makes a call with a secret, "" for none.
func (w *world) call(secret, method, path, body string) answer {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, w.url+path, strings.NewReader(body))
	require.NoError(w.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("X-Request-Id", "one")
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	got, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err, "%s %s", method, path)
	defer func() { _ = got.Body.Close() }()
	content, err := io.ReadAll(got.Body)
	require.NoError(w.t, err)
	got.Header.Del("Date")
	return answer{got.StatusCode, got.Header, string(content)}
}

// ask makes a call as the operator, which must succeed, and returns its answer.
func (w *world) ask(method, path string, body any) map[string]any {
	w.t.Helper()
	raw := ""
	if body != nil {
		b, err := json.Marshal(body)
		require.NoError(w.t, err)
		raw = string(b)
	}
	a := w.call(operator, method, path, raw)
	require.Less(w.t, a.status, 300, "%s %s %s: %s", method, path, raw, a)
	out := map[string]any{}
	if a.body != "" {
		require.NoError(w.t, json.Unmarshal([]byte(a.body), &out), a.body)
	}
	return out
}

// remember stores a memory as the operator and returns its id.
func (w *world) remember(project, kind, content string, more ...any) string {
	w.t.Helper()
	m := map[string]any{"memory_type": kind, "content": content, "source": "a person"}
	if project != "" {
		m["project"] = project
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return w.ask("POST", "/memory", m)["id"].(string)
}

// project registers a project of these files, and refreshes it.
func (w *world) project(name, alias, folder string, files map[string]string) {
	w.t.Helper()
	for path, text := range files {
		path = filepath.Join(folder, filepath.FromSlash(path))
		require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(w.t, os.WriteFile(path, []byte(text), 0o600))
	}
	w.ask("POST", "/projects", map[string]any{
		"name": name, "aliases": []string{alias}, "ingest_roots": []map[string]string{{"path": folder, "label": "docs"}},
	})
	w.ask("POST", "/projects/"+name+"/refresh", nil)
}
