package httpapi

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The protocol itself is tested where it is served (adapters/mcp) and on the binary
// (test/agents); here, that nothing gets past the guard, and nothing is lost between
// Fiber and net/http.
func TestMCP(t *testing.T) {
	auth := "Authorization: Bearer s3cr3t-token"
	asked := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		_, limited := r.Context().Deadline()
		assert.True(t, limited)
		switch string(body) {
		case "text":
			http.Error(w, "Accept must contain both", http.StatusBadRequest)
		case "protocol":
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"jsonrpc":"2.0"}`)
		case "panic":
			panic("no")
		default:
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Given", r.Header.Get("MCP-Protocol-Version"))
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, r.Method+" "+string(body))
		}
	})
	c := start(t, Config{APIToken: "s3cr3t-token", AllowedHosts: []string{"memory.example.org"}, MCP: handler})

	a := c.do("POST", "/mcp", "hello", auth, "MCP-Protocol-Version: 2025-06-18")
	assert.Equal(t, http.StatusAccepted, a.status)
	assert.Equal(t, "POST hello", a.body)
	assert.Equal(t, "2025-06-18", a.header.Get("X-Given"))
	assert.Equal(t, "application/json", a.header.Get("Content-Type"))
	assert.Equal(t, "DELETE ", c.do("DELETE", "/mcp", "", auth).body)

	a = c.do("POST", "/mcp", "text", auth)
	assert.Equal(t, http.StatusBadRequest, a.status)
	assert.Equal(t, problemType, a.header.Get("Content-Type"))
	assert.Contains(t, a.body, `"detail":"Accept must contain both"`)
	a = c.do("POST", "/mcp", "protocol", auth)
	assert.Equal(t, http.StatusBadRequest, a.status)
	assert.JSONEq(t, `{"jsonrpc":"2.0"}`, a.body)
	assert.Equal(t, http.StatusInternalServerError, c.do("POST", "/mcp", "panic", auth).status)

	asked = 0
	assert.Equal(t, http.StatusUnauthorized, c.do("POST", "/mcp", "hello").status)
	assert.Equal(t, http.StatusForbidden, c.do("POST", "/mcp", "hello", auth, "Origin: https://evil.example").status)
	assert.Equal(t, http.StatusForbidden, c.do("POST", "/mcp", "hello", auth, "Host: evil.example").status)
	assert.Zero(t, asked)
	assert.Equal(t, http.StatusAccepted, c.do("POST", "/mcp", "hello", auth, "Origin: https://memory.example.org").status)
	assert.Equal(t, http.StatusNotFound, start(t, Config{}).do("POST", "/mcp", "hello").status)
}
