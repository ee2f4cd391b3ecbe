package httpapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestProtocolErrors(t *testing.T) {
	c := start(t, Config{BodyLimit: 4 << 10, AllowedHosts: []string{"", ":8100"}}, func(s *Server) {
		register(s, huma.Operation{OperationID: "echo", Method: http.MethodPost, Path: "/echo"},
			func(_ context.Context, in *struct{ Body pathOnly }) (*struct{ Body pathOnly }, error) {
				return &struct{ Body pathOnly }{in.Body}, nil
			})
	})
	ok := c.do("POST", "/echo", `{"path":"a"}`)
	require.Equal(t, http.StatusOK, ok.status, ok.body)
	for name, x := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		kind, detail       string
	}{
		"no such route":         {"GET", "/nope", "", nil, 404, "not_found", "there is no such address"},
		"root":                  {"GET", "/", "", nil, 404, "not_found", "there is no such address"},
		"other case":            {"GET", "/Health", "", nil, 404, "not_found", "there is no such address"},
		"wrong method":          {"DELETE", "/health", "", nil, 405, "method_not_allowed", "this address does not take that method"},
		"preflight":             {"OPTIONS", "/echo", "", []string{"Origin: http://localhost:3000", "Access-Control-Request-Method: POST"}, 405, "method_not_allowed", "this address does not take that method"},
		"unknown method":        {"BREW", "/health", "", nil, 501, "method_unknown", "the server does not know that HTTP method"},
		"no body":               {"POST", "/echo", "", nil, 400, "invalid", "the request has no body"},
		"body too large":        {"POST", "/echo", `{"path":"` + strings.Repeat("a", 5<<10) + `"}`, nil, 413, "too_large", "the request body is larger than the server takes"},
		"text body":             {"POST", "/echo", `{"path":"a"}`, []string{"Content-Type: text/plain"}, 415, "unsupported_media_type", "the server takes JSON bodies only"},
		"form body":             {"POST", "/echo", `path=a`, []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "unsupported_media_type", "the server takes JSON bodies only"},
		"no content type":       {"POST", "/echo", `{"path":"a"}`, []string{"Content-Type: "}, 415, "unsupported_media_type", "the server takes JSON bodies only"},
		"other charset":         {"POST", "/echo", `{"path":"a"}`, []string{"Content-Type: application/json; charset=latin1"}, 415, "unsupported_media_type", "the server takes JSON bodies only"},
		"compressed body":       {"POST", "/echo", `{"path":"a"}`, []string{"Content-Encoding: gzip"}, 415, "unsupported_media_type", "the server takes no compressed bodies"},
		"malformed JSON":        {"POST", "/echo", `{"path":`, nil, 400, "invalid", "the body is not well-formed JSON"},
		"unknown field":         {"POST", "/echo", `{"pat":"a"}`, nil, 400, "invalid", `unknown field "pat"`},
		"wrong type":            {"POST", "/echo", `{"path":1}`, nil, 400, "invalid", "path must be a string, not a number"},
		"body where none goes":  {"GET", "/health", `{"a":1}`, nil, 400, "invalid", `unknown field "a"`},
		"unknown parameter":     {"GET", "/health?verbose=1", "", nil, 400, "invalid", `unknown query parameter "verbose"`},
		"malformed query":       {"GET", "/health?a=%zz", "", nil, 400, "invalid", "the query string is not well-formed"},
		"foreign host":          {"GET", "/health", "", []string{"Host: evil.example"}, 403, "refused", "the Host header names a server that this one is not"},
		"foreign host and port": {"GET", "/health", "", []string{"Host: evil.example:8100"}, 403, "refused", "the Host header names a server that this one is not"},
		"host as loopback name": {"GET", "/health", "", []string{"Host: 127.0.0.1.evil.example"}, 403, "refused", "the Host header names a server that this one is not"},
		"foreign origin":        {"GET", "/health", "", []string{"Origin: https://evil.example"}, 403, "refused", "the request comes from a web page of another site"},
		"opaque origin":         {"GET", "/health", "", []string{"Origin: null"}, 403, "refused", "the request comes from a web page of another site"},
		"two origins":           {"GET", "/health", "", []string{"Origin: http://localhost https://evil.example"}, 403, "refused", "the request comes from a web page of another site"},
		"origin without host":   {"GET", "/health", "", []string{"Origin: file://"}, 403, "refused", "the request comes from a web page of another site"},
		"headers too large":     {"GET", "/health", "", []string{"X-Long: " + strings.Repeat("x", 20<<10)}, 431, "headers_too_large", "the request headers are larger than the server takes"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &client{t: t, url: c.url, http: c.http}
			path := x.path
			if x.status == 413 || x.status == 431 {
				path = "" // refused before it was read
			}
			p := asProblem(t, c.do(x.method, x.path, x.body, x.headers...), x.status, path)
			assert.Equal(t, problemPrefix+x.kind, p.Type)
			assert.True(t, strings.HasPrefix(p.Detail, x.detail), "got %q", p.Detail)
		})
	}
	a := c.do("DELETE", "/health", "")
	assert.Equal(t, "GET, HEAD", a.header.Get("Allow"))
	for _, h := range []string{"Origin: http://localhost:3000", "Origin: http://127.0.0.1", "Origin: http://[::1]:5173", "Host: localhost:1", "Host: [::1]:8100"} {
		a := c.do("GET", "/health", "", h)
		assert.Equal(t, http.StatusOK, a.status, h)
		assert.Empty(t, a.header.Get("Access-Control-Allow-Origin"), "no page may read an answer")
	}
	a = c.do("HEAD", "/health", "")
	assert.Equal(t, http.StatusOK, a.status)
	assert.Empty(t, a.body)
}

// What is not HTTP at all is answered too, and in our form.
func TestNotHTTP(t *testing.T) {
	c := start(t, Config{ReadTimeout: 200 * time.Millisecond})
	for name, x := range map[string]struct {
		send   string
		status int
	}{
		"garbage": {"rubbish\r\n\r\n", 400},
		"no host": {"GET /health HTTP/1.0\r\n\r\n", 403},
		"stalled": {"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{", 408},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
			require.NoError(t, err)
			defer func() { _ = conn.Close() }()
			_, err = conn.Write([]byte(x.send))
			require.NoError(t, err)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer func() { _ = res.Body.Close() }()
			assert.Equal(t, x.status, res.StatusCode)
			assert.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
		})
	}
}

func TestToken(t *testing.T) {
	c := start(t, Config{APIToken: "correct horse", AllowedHosts: []string{"memory.lan:8100", "APP.example"}})
	for name, h := range map[string][]string{
		"none":         {},
		"wrong":        {"Authorization: Bearer wrong"},
		"prefix":       {"Authorization: Bearer correct"},
		"longer":       {"Authorization: Bearer correct horse!"},
		"empty":        {"Authorization: Bearer "},
		"other scheme": {"Authorization: Basic correct horse"},
		"bare":         {"Authorization: correct horse"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/ready", "/openapi.json", "/nope"} {
				c := &client{t: t, url: c.url, http: c.http}
				a := c.do("GET", path, "", h...)
				p := asProblem(t, a, http.StatusUnauthorized, path)
				assert.Equal(t, problemPrefix+"unauthorized", p.Type)
				assert.Equal(t, `Bearer realm="atocore"`, a.header.Get("WWW-Authenticate"))
				assert.NotContains(t, a.body, "horse")
			}
		})
	}
	with := "Authorization: Bearer correct horse"
	assert.Equal(t, http.StatusOK, c.do("GET", "/ready", "", with).status)
	assert.Equal(t, http.StatusOK, c.do("GET", "/ready", "", "Authorization: bearer correct horse").status)
	assert.Equal(t, http.StatusOK, c.do("GET", "/health", "").status)
	assert.Equal(t, http.StatusOK, c.do("GET", "/ready", "", with, "Host: memory.lan", "Origin: https://app.example").status)
	c.problem(http.StatusForbidden, "GET", "/ready", "", with, "Host: evil.example")
	c.problem(http.StatusForbidden, "GET", "/ready", "", with, "Origin: https://evil.example")
}

func TestReady(t *testing.T) {
	state := []Component{{Name: "sqlite", Detail: "3 memories"}, {Name: "registry"}}
	c := start(t, Config{Version: "1.2.3", Ready: func(context.Context) []Component { return state }})
	a := c.do("GET", "/ready", "")
	require.Equal(t, http.StatusOK, a.status)
	assert.JSONEq(t, `{"status":"ready","version":"1.2.3","components":[
		{"name":"sqlite","status":"ok","detail":"3 memories"},{"name":"registry","status":"ok"}]}`, a.body)

	state[1].Err = fmt.Errorf("list: %w", domain.Corrupt("projects.json is not valid JSON at line 3").Because(errors.New("secret")))
	a = c.do("GET", "/ready", "")
	p := asProblem(t, a, http.StatusServiceUnavailable, "/ready")
	assert.Equal(t, []componentJSON{
		{Name: "sqlite", Status: "ok", Detail: "3 memories"},
		{Name: "registry", Status: "unavailable", Detail: "projects.json is not valid JSON at line 3"},
	}, p.Components)
	assert.NotContains(t, a.body, "secret")
	assert.NotEmpty(t, a.header.Get("Retry-After"))
}

// One table from kinds to statuses, without a gap.
func TestKinds(t *testing.T) {
	for kind, status := range map[domain.Kind]int{
		domain.KindInvalid: 400, domain.KindRefused: 403, domain.KindNotFound: 404, domain.KindConflict: 409,
		domain.KindUnauthorized: 401, domain.KindThrottled: 429,
		domain.KindInternal: 500, domain.KindCorrupt: 500, domain.KindUnavailable: 503, "made up": 500,
	} {
		e := &domain.Error{Kind: kind, Message: "what", Hint: "do", Field: "f", Nearest: []string{"n"}, Err: errors.New("cause")}
		p := problemOf(fmt.Errorf("operation: %w", e))
		assert.Equal(t, status, p.Status, kind)
		if status < 500 {
			assert.Equal(t, "what: cause", p.Detail, "the caller may know")
		} else {
			assert.NotContains(t, p.Detail, "cause")
		}
		if kind == domain.KindInternal {
			assert.NotContains(t, p.Detail, "what", "nobody wrote that for a caller")
		}
		if kind != domain.KindInternal {
			assert.Equal(t, problemPrefix+string(kind), p.Type)
			assert.Equal(t, []any{"do", "f", []string{"n"}}, []any{p.Hint, p.Field, p.Nearest})
		}
	}
	assert.Equal(t, 500, problemOf(errors.New("open /secret: denied")).Status)
	assert.NotContains(t, problemOf(errors.New("open /secret: denied")).Detail, "secret")
	assert.Equal(t, 503, problemOf(fmt.Errorf("query: %w", context.DeadlineExceeded)).Status)
	assert.Equal(t, 503, problemOf(fmt.Errorf("query: %w", context.Canceled)).Status)
}
