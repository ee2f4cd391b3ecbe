package chroma

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// service is a running `atocore serve`.
type service struct {
	t   *testing.T
	cmd *exec.Cmd
	url string
	end chan struct{}
}

var listening = regexp.MustCompile(`address=(\S+)`)

func (w *world) serve() *service {
	w.t.Helper()
	s := &service{t: w.t, cmd: w.command("serve", "--listen", "127.0.0.1:0"), end: make(chan struct{})}
	errs, err := s.cmd.StderrPipe()
	require.NoError(w.t, err)
	require.NoError(w.t, s.cmd.Start())
	found := make(chan string, 1)
	go func() {
		defer close(s.end)
		lines := bufio.NewScanner(errs)
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil && len(found) == 0 {
				found <- m[1]
			}
		}
	}()
	w.t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // when the test failed before it was stopped
		<-s.end
	})
	select {
	case address := <-found:
		s.url = "http://" + address
	case <-s.end:
		w.t.Fatal("the service ended")
	}
	return s
}

func (s *service) get(path string) (int, string) {
	s.t.Helper()
	return s.call(http.MethodGet, path, "")
}

func (s *service) call(method, path, body string) (int, string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 60*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer resp.Body.Close() //nolint:errcheck // it was read
	answer, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return resp.StatusCode, string(answer)
}

// await asks until the answer is as it should be; nothing tells when that is.
func (s *service) await(path string, right func(body string) bool) {
	s.t.Helper()
	var body string
	require.Eventually(s.t, func() bool {
		_, body = s.get(path)
		return right(body)
	}, 60*time.Second, 100*time.Millisecond, "%s", body)
}

func (s *service) stop() {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Signal(syscall.SIGTERM))
	<-s.end
	require.NoError(s.t, s.cmd.Wait())
}
