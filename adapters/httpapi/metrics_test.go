package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain"
)

func TestMetrics(t *testing.T) {
	auth := "Authorization: Bearer s3cr3t-token"
	var failure error
	c := start(t, Config{
		APIToken: "s3cr3t-token",
		Metrics:  func(context.Context) ([]byte, error) { return []byte("atocore_build_info 1\n"), failure },
	})
	a := c.do("GET", "/metrics", "", auth)
	assert.Equal(t, http.StatusOK, a.status)
	assert.Equal(t, "atocore_build_info 1\n", a.body)
	assert.Equal(t, "text/plain; version=0.0.4; charset=utf-8", a.header.Get("Content-Type"))
	assert.Equal(t, http.StatusUnauthorized, c.do("GET", "/metrics", "").status, "it needs the token")
	failure = domain.Unavailable("no")
	assert.Equal(t, http.StatusServiceUnavailable, c.do("GET", "/metrics", "", auth).status)
	assert.Equal(t, http.StatusNotFound, start(t, Config{}).do("GET", "/metrics", "").status)
}

// What is observed are routes, never what a client made up.
func TestObserve(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	w := newWorld()
	config := w.config()
	config.APIToken = "s3cr3t-token"
	config.Observe = func(method, route string, status int, took time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		assert.Positive(t, took)
		seen = append(seen, fmt.Sprint(method, " ", route, " ", status))
	}
	c := start(t, config)
	auth := "Authorization: Bearer s3cr3t-token"
	c.do("GET", "/memory/some-id", "", auth)
	c.do("GET", "/memory/other-id", "")
	c.do("GET", "/nothing/here", "", auth)
	c.do("PUT", "/health", "", auth)
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, []string{"GET /memory/:id 404", "GET  401", "GET  404", "PUT  405"}, seen)
}

func TestDegraded(t *testing.T) {
	state := []Component{{Name: "sqlite"}, {Name: "objectives", Detail: "rpo", Degraded: true}}
	c := start(t, Config{Ready: func(context.Context) []Component { return state }})
	a := c.do("GET", "/ready", "")
	assert.Equal(t, http.StatusOK, a.status, "it serves")
	assert.JSONEq(t, `{"status":"degraded","version":"","components":[
		{"name":"sqlite","status":"ok"},{"name":"objectives","status":"degraded","detail":"rpo"}]}`, a.body)
	state[0].Err = domain.Unavailable("gone")
	assert.Equal(t, http.StatusServiceUnavailable, c.do("GET", "/ready", "").status)
}
