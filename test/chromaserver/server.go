// Package chromaserver starts a real Chroma server for tests: the one of the npm
// package that package.json names, on a free loopback port, over a folder that
// belongs to the test.
package chromaserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// RequireVariable is the variable that, when it is 1, makes a missing part a failure instead of a skip.
const RequireVariable = "ATOCORE_TEST_REQUIRE_PARTS"

// patience bounds the start of a server. It is long because a continuous
// integration machine may be busy with other packages.
const patience = 60 * time.Second

// Server is a Chroma server of a test.
type Server struct {
	URL string
	Dir string // its persistence tree

	t    testing.TB
	port int
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	log  string
}

// Start starts a server over a new folder; it is killed when the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	return StartIn(t, filepath.Join(t.TempDir(), "chroma"))
}

// StartIn starts a server over the folder dir.
func StartIn(t testing.TB, dir string) *Server {
	t.Helper()
	require(t)
	s := &Server{t: t, Dir: dir, log: filepath.Join(t.TempDir(), "chroma.log")}
	// Between the choice of a port and the server's bind another process may take
	// it.
	for tries := 0; ; tries++ {
		s.port = freePort(t)
		s.URL = "http://127.0.0.1:" + strconv.Itoa(s.port)
		err := s.up()
		if err == nil {
			break
		}
		if tries == 2 {
			t.Fatalf("start Chroma: %v\n%s", err, s.Log())
		}
	}
	t.Cleanup(s.Kill)
	return s
}

// Up starts the server again after Kill or Stop, at the same address.
func (s *Server) Up() {
	s.t.Helper()
	if err := s.up(); err != nil {
		s.t.Fatalf("start Chroma again: %v\n%s", err, s.Log())
	}
}

func (s *Server) up() error {
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the process holds its own
	s.cmd = exec.CommandContext(context.Background(), "node", filepath.Join(home(), "node_modules", "chromadb", "dist", "cli.mjs"),
		"run", "--path", s.Dir, "--host", "127.0.0.1", "--port", strconv.Itoa(s.port))
	s.cmd.Stdout, s.cmd.Stderr = log, log
	// Nothing of a user's own settings, and no telemetry.
	s.cmd.Env = append(os.Environ(), "ANONYMIZED_TELEMETRY=False")
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(s.cmd, s.done)
	deadline := time.Now().Add(patience)
	for {
		if s.answers() {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("the server ended: %s", s.cmd.ProcessState)
		case <-time.After(20 * time.Millisecond): // there is no event to await but the answer
		}
		if time.Now().After(deadline) {
			s.Kill()
			return fmt.Errorf("no answer within %s", patience)
		}
	}
}

func (s *Server) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/v2/heartbeat", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close() //nolint:errcheck // nothing hangs on it
	var beat map[string]int64
	return json.NewDecoder(resp.Body).Decode(&beat) == nil
}

// Kill ends the server as a crash would (kill -9), and waits until it is gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// PID returns the server's process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Log returns what the server wrote.
func (s *Server) Log() string {
	data, _ := os.ReadFile(s.log)
	return string(data[max(0, len(data)-4000):])
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it was only asked for its number
	return l.Addr().(*net.TCPAddr).Port
}

func home() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// require skips the test where no server can be had, or fails it where it must be.
func require(t testing.TB) {
	t.Helper()
	if err := install(os.Getenv(RequireVariable) == "1"); err != nil {
		if os.Getenv(RequireVariable) == "1" {
			t.Fatalf("a Chroma server is required here: %v", err)
		}
		t.Skipf("no Chroma server: %v", err)
	}
}

func install(wanted bool) error {
	if _, err := exec.LookPath("node"); err != nil {
		return fmt.Errorf("node is missing: install Node.js 20 or later")
	}
	server := filepath.Join(home(), "node_modules", "chromadb", "dist", "cli.mjs")
	if !wanted {
		if _, err := os.Stat(server); err != nil {
			return fmt.Errorf("it is not installed: run npm ci in test/chromaserver")
		}
		return nil
	}
	// Several test binaries run at once.
	lock := flock.New(filepath.Join(os.TempDir(), "atocore-test-chromaserver.lock"))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer lock.Unlock() //nolint:errcheck // it ends with the process
	if _, err := os.Stat(server); err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund")
	npm.Dir = home()
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
}
