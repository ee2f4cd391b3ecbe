package httpapi

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp keeps one goroutine that updates the Date header, for ever.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		// The keeper of its worker pool sees only every ten seconds that it may go.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// client talks to a server over loopback.
type client struct {
	t    *testing.T
	url  string
	http *http.Client
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// into decodes the body strictly.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(a.body))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(v), a.body)
}

// start serves c, with further routes, until the end of the test.
func start(t *testing.T, c Config, add ...func(*Server)) *client {
	t.Helper()
	s, err := New(c)
	require.NoError(t, err)
	for _, f := range add {
		f(s)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, s.Shutdown(ctx))
		require.NoError(t, <-ended)
	})
	return &client{t: t, url: "http://" + ln.Addr().String(), http: &http.Client{Transport: transport}}
}

// do sends a request; headers are "Name: value".
func (c *client) do(method, path, body string, headers ...string) answer {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	res, err := c.http.Do(req)
	require.NoError(c.t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	return answer{status: res.StatusCode, header: res.Header, body: string(data)}
}

// problem sends a request that must fail with that status, and returns how.
func (c *client) problem(status int, method, path, body string, headers ...string) Problem {
	c.t.Helper()
	return asProblem(c.t, c.do(method, path, body, headers...), status, path)
}

func asProblem(t *testing.T, a answer, status int, path string) Problem {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	assert.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	var p Problem
	a.into(t, &p)
	assert.Equal(t, status, p.Status)
	assert.NotEmpty(t, p.Title)
	assert.NotEmpty(t, p.Detail)
	assert.True(t, strings.HasPrefix(p.Type, problemPrefix), p.Type)
	assert.Equal(t, a.header.Get("X-Request-Id"), p.RequestID)
	assert.NotEmpty(t, p.RequestID)
	if path != "" {
		path, _, _ = strings.Cut(path, "?")
		assert.Equal(t, path, p.Instance)
	}
	return p
}
