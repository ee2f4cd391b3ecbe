package retrieval

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// binaryVariable names a binary that is there already.
const binaryVariable = "ATOCORE_BENCH_BINARY"

// buildBinary builds the product as it is shipped, once.
var buildBinary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(binaryVariable); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "atocore-bench-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "atocore")
	build := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/atocore")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// product is an installation over a data directory, and its service while it runs.
type product struct {
	t      testing.TB
	binary string
	dir    string
	env    []string
	url    string
	cmd    *exec.Cmd
}

func newProduct(t testing.TB, dir string, env ...string) *product {
	t.Helper()
	binary, err := buildBinary()
	require.NoError(t, err)
	return &product{t: t, binary: binary, dir: dir, env: env}
}

func (p *product) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), p.binary, append([]string{"--data-dir", p.dir}, args...)...)
	// Variables of the product would configure it, unknown ones are refused.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ATOCORE_") })
	cmd.Env = append(cmd.Env, p.env...)
	return cmd
}

func (p *product) run(args ...string) string {
	p.t.Helper()
	out, err := p.command(args...).CombinedOutput()
	require.NoError(p.t, err, "%v\n%s", args, out)
	return string(out)
}

// ingest registers the folder as one project and reads it, and returns how long
// the reading took.
func (p *product) ingest(folder string) time.Duration {
	p.t.Helper()
	p.run("project", "add", "bench", folder)
	began := time.Now()
	p.run("project", "refresh", "bench")
	return time.Since(began)
}

// serve starts the service and returns how long it took until the first question
// was answered.
func (p *product) serve(question string) time.Duration {
	p.t.Helper()
	began := time.Now()
	p.cmd = p.command("serve", "--listen", "127.0.0.1:0")
	errs, err := p.cmd.StderrPipe()
	require.NoError(p.t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, p.cmd.Start())
	p.t.Cleanup(p.kill)
	go func() { // the log; nobody reads it
		s := bufio.NewScanner(errs)
		for s.Scan() {
			continue
		}
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if i := strings.Index(lines.Text(), "http://"); i >= 0 {
			p.url = strings.Fields(lines.Text()[i:])[0]
			break
		}
	}
	require.NotEmpty(p.t, p.url, "the service does not say where it listens")
	go func() {
		for lines.Scan() {
			continue
		}
	}()
	_, err = newCaller().post(p.url+"/query", ask(question))
	require.NoError(p.t, err)
	return time.Since(began)
}

// stop ends the service as an operator would; kill as a crash would.
func (p *product) stop() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(p.t, p.cmd.Wait())
	p.cmd = nil
}

func (p *product) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		p.cmd = nil
	}
}

func ask(question string) []byte {
	body, _ := json.Marshal(map[string]string{"prompt": question}) // a string always marshals
	return body
}

// askText asks full text alone.
func askText(question string) []byte {
	body, _ := json.Marshal(map[string]string{"prompt": question, "mode": "text"}) // strings always marshal
	return body
}

// measureProduct is the product as it is shipped: a folder is registered and read,
// then the service is asked over HTTP for what it finds by words and vectors, with
// the embedding of the question and the text of the best.
func measureProduct(t *testing.T, c corpus, m *measured) {
	empty := newProduct(t, filepath.Join(t.TempDir(), "empty"))
	empty.serve(c.questions[0])
	m.Empty = residentOf(empty.cmd.Process.Pid)
	empty.kill()

	folder := filepath.Join(t.TempDir(), "files")
	require.NoError(t, c.write(folder))
	p := newProduct(t, filepath.Join(t.TempDir(), "data"))
	m.ingested(len(c.chunks), p.ingest(folder))
	require.NoError(t, os.RemoveAll(filepath.Join(p.dir, "engine.cache")))
	m.FromStore = ms(p.serve(c.questions[0]))
	p.stop() // which leaves an image
	var starts []time.Duration
	for range 5 {
		starts = append(starts, p.serve(c.questions[0]))
		p.kill()
	}
	m.FromImage = ms(percentiles(starts).P50)

	p.serve(c.questions[0])
	call := newCaller()
	m.asked(t, 2000, func(i int) error {
		_, err := call.post(p.url+"/query", ask(c.questions[i%len(c.questions)]))
		return err
	})
	text, err := timed(2000, 200, func(i int) error {
		_, err := call.post(p.url+"/query", askText(c.questions[i%len(c.questions)]))
		return err
	})
	require.NoError(t, err)
	m.TextP50, m.TextP95 = ms(text.P50), ms(text.P95)
	unknown, err := timed(500, 50, func(i int) error {
		_, err := call.post(p.url+"/query", ask(fmt.Sprintf("%s zzqx%dvkw", c.questions[i%len(c.questions)], i)))
		return err
	})
	require.NoError(t, err)
	m.UnknownP50, m.UnknownP95 = ms(unknown.P50), ms(unknown.P95)
	clients := []caller{newCaller(), newCaller(), newCaller(), newCaller()}
	m.Throughput, err = throughput(len(clients), 5*time.Second, func(client, i int) error {
		_, err := clients[client].post(p.url+"/query", ask(c.questions[i%len(c.questions)]))
		return err
	})
	require.NoError(t, err)
	m.Memory = residentOf(p.cmd.Process.Pid)
	p.stop()
}
