package script

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program runs the command line on one data directory.
type program struct {
	t   *testing.T
	dir string
}

func newProgram(t *testing.T) program { return program{t, t.TempDir()} }

func (p program) command(args ...string) *exec.Cmd {
	path, err := exec.LookPath("atocore") // put into PATH by TestMain
	require.NoError(p.t, err)
	cmd := exec.Command(path, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "ATOCORE_DATA_DIR="+filepath.Join(p.dir, "data"), "HOME="+p.dir)
	return cmd
}

// run runs a command that must succeed, and returns what it printed.
func (p program) run(args ...string) string {
	p.t.Helper()
	out, err := p.try(args...)
	require.NoError(p.t, err)
	return out
}

func (p program) try(args ...string) (string, error) {
	var out, errs bytes.Buffer
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("atocore %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

// serve starts the service and returns its URL; it is ended with the test.
func (p program) serve() string {
	p.t.Helper()
	cmd := p.command("serve", "--listen", "127.0.0.1:0", "--log-level", "warn")
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	ended := make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		ended <- cmd.Wait()
	}()
	require.NoError(p.t, err, "the service did not come up: %s", &log)
	p.t.Cleanup(func() {
		if cmd.Process.Signal(os.Interrupt) != nil {
			_ = cmd.Process.Kill()
		}
		select {
		case err := <-ended:
			assert.NoError(p.t, err, "%s", &log)
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			p.t.Error("the service did not end")
		}
	})
	_, url, _ := strings.Cut(strings.TrimSpace(line), " on ")
	return url
}

func post(url string, body any) ([]byte, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	answer, err := http.Post(url, "application/json", bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s", answer.Status, text)
	}
	return text, err
}

// A service and several command lines read and write on one data directory at the
// same time: no error, no lost row.
func TestManyProcessesOnOneDataDirectory(t *testing.T) {
	p := newProgram(t)
	url := p.serve()
	const writers, each = 4, 12
	var wg sync.WaitGroup
	errs := make(chan error, 2*writers*each*3+10)
	for w := range writers {
		wg.Go(func() { // by processes of their own
			for i := range each {
				_, err := p.try("memory", "add", "--type", "episodic", fmt.Sprintf("process %d says %d", w, i))
				errs <- err
				_, err = p.try("query", "process")
				errs <- err
			}
		})
		wg.Go(func() { // by the service
			for i := range each * 4 {
				_, err := post(url+"/memory", map[string]any{"memory_type": "episodic", "content": fmt.Sprintf("client %d says %d", w, i)})
				errs <- err
			}
		})
	}
	corpus := filepath.Join(p.dir, "corpus")
	wg.Go(func() { // ingesting
		for version := range 4 {
			writeCorpus(t, corpus, version)
			if version == 0 {
				_, err := p.try("project", "add", "corpus", corpus)
				errs <- err
			}
			_, err := p.try("project", "refresh", "corpus")
			errs <- err
		}
	})
	for i := range 5 {
		wg.Go(func() { // registering
			_, err := p.try("project", "add", fmt.Sprintf("project-%d", i), p.dir+"/elsewhere")
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		assert.NoError(t, err)
	}
	found := versions(t, filepath.Join(p.dir, "data", "atocore.db"))
	assert.Len(t, found, corpusFiles)
	checkWhole(t, found)
	for path, of := range found {
		assert.Equal(t, "0003", of[0], path)
	}
	assert.Len(t, strings.Split(strings.TrimSpace(p.run("project", "list")), "\n"), 6)
	var list struct{ Memories []struct{ Content string } }
	require.NoError(t, json.Unmarshal([]byte(p.run("memory", "list", "--all", "--json", "--limit", "100")), &list))
	seen := map[string]int{}
	for _, m := range list.Memories {
		seen[m.Content]++
	}
	assert.Len(t, seen, writers*each*5)
	for w := range writers {
		for i := range each {
			assert.Equal(t, 1, seen[fmt.Sprintf("process %d says %d", w, i)])
		}
		for i := range each * 4 {
			assert.Equal(t, 1, seen[fmt.Sprintf("client %d says %d", w, i)])
		}
	}
	p.run("doctor")
}

// Several commands that begin on nothing at the same moment all find the same
// store.
func TestManyProcessesBeginAtOnce(t *testing.T) {
	for range 3 {
		p := newProgram(t)
		var wg sync.WaitGroup
		errs := make(chan error, 6)
		for i := range cap(errs) {
			wg.Go(func() {
				_, err := p.try("memory", "add", "--type", "knowledge", fmt.Sprintf("fact %d", i))
				errs <- err
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			assert.NoError(t, err)
		}
		assert.Equal(t, 6, strings.Count(p.run("memory", "list"), "fact"))
		assert.Equal(t, []string{"atocore.db", "atocore.lock"}, entries(t, filepath.Join(p.dir, "data")))
	}
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// A supervisor that signals the process and then its group asks once: the demo
// still ends in order, and leaves nothing behind.
func TestSignalledTwiceAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows cannot interrupt another process")
	}
	p := newProgram(t)
	scratch := t.TempDir()
	cmd := p.command("demo", "--listen", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, "TMPDIR="+scratch)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "listens on") {
	}
	require.Contains(t, lines.Text(), "http://127.0.0.1:")
	require.NotEmpty(t, entries(t, scratch))
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Process.Signal(os.Interrupt) // it may have ended already
	_, _ = io.Copy(io.Discard, out)
	require.NoError(t, cmd.Wait())
	assert.Empty(t, entries(t, scratch))
}
