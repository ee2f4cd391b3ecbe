package script

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/atocore/atocore/configs"
)

// server is the service of one script.
type server struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
	ended  chan error
}

type serverKey struct{}

// serve FLAG... starts the service on a free port, waits until it listens, and
// sets URL. It is ended with the script at the latest.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value(serverKey{}).(*server)
	path, err := exec.LookPath("atocore")
	ts.Check(err)
	*s = server{ended: make(chan error, 1)}
	s.cmd = exec.Command(path, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	s.cmd.Dir = ts.MkAbs(".")
	s.cmd.Env = environment(ts)
	s.cmd.Stderr = &s.stderr
	out, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		s.ended <- s.cmd.Wait()
	}()
	if err != nil {
		ts.Fatalf("the service did not come up: %v: %s", <-s.ended, s.stderr.String())
	}
	_, url, _ := strings.Cut(strings.TrimSpace(line), " on ")
	ts.Setenv("URL", url)
	ts.Setenv("ADDRESS", strings.TrimPrefix(url, "http://"))
	ts.Defer(func() { _ = s.end() })
}

func (s *server) end() error {
	if s.cmd == nil {
		return nil
	}
	defer func() { s.cmd = nil }()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		_ = s.cmd.Process.Kill() // Windows knows no interrupt of another process
	}
	select {
	case err := <-s.ended:
		return err
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		return fmt.Errorf("it did not end in time")
	}
}

// halt ends the service as Ctrl-C does, checks that it ends well, and gives its
// log as stderr.
func halt(ts *testscript.TestScript, _ bool, _ []string) {
	s := ts.Value(serverKey{}).(*server)
	if err := s.end(); err != nil {
		ts.Fatalf("the service ended badly: %v\n%s", err, s.stderr.String())
	}
	_, _ = s.stderr.WriteTo(ts.Stderr())
}

// http STATUS METHOD PATH [BODY] calls the service, checks the status and gives
// the answer as stdout.
func httpCall(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: http STATUS METHOD PATH [BODY]")
	}
	request, err := http.NewRequest(args[1], ts.Getenv("URL")+args[2], strings.NewReader(strings.Join(args[3:], " ")))
	ts.Check(err)
	request.Header.Set("Content-Type", "application/json")
	if token := ts.Getenv("TOKEN"); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(ts.Stdout(), answer.Body)
	ts.Check(err)
	if got := fmt.Sprint(answer.StatusCode); got != args[0] {
		ts.Fatalf("status %s, want %s", got, args[0])
	}
}

// keep NAME FIELD sets a variable to a field of the JSON document that the last
// command printed.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	var document map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &document))
	value, ok := document[args[1]]
	if !ok {
		ts.Fatalf("no field %q", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

// busy occupies a port for the rest of the script and sets BUSY to its address.
func busy(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv("BUSY", l.Addr().String())
}

// environment is that of the script, as far as it can be asked for.
func environment(ts *testscript.TestScript) []string {
	names := []string{"PATH", "HOME", "WORK", "TMPDIR", "SystemRoot", "NO_COLOR", configs.FileVariable}
	for _, k := range configs.Keys() {
		names = append(names, k.Env())
	}
	var out []string
	for _, n := range append(names, "ATOCORE_RANK_QUERY_TOKEN_KAP") {
		if v := ts.Getenv(n); v != "" {
			out = append(out, n+"="+v)
		}
	}
	return out
}
