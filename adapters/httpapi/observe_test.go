package httpapi

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain"
)

// record collects log lines.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

func TestPanicAndLog(t *testing.T) {
	var out record
	c := start(t, Config{
		Logger:   slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})),
		APIToken: "s3cr3t-token",
	}, func(s *Server) {
		register(s, huma.Operation{OperationID: "boom", Method: http.MethodGet, Path: "/boom/{id}"},
			func(_ context.Context, in *memoryID) (*struct{}, error) {
				switch in.ID {
				case "panic":
					panic("the cat sat on " + in.ID)
				case "internal":
					return nil, errors.New("disk on fire")
				}
				return nil, domain.NotFound("no such thing")
			})
		register(s, huma.Operation{OperationID: "nan", Method: http.MethodGet, Path: "/nan"},
			func(context.Context, *struct{}) (*struct{ Body contributionJSON }, error) {
				return &struct{ Body contributionJSON }{contributionJSON{Value: math.NaN()}}, nil
			})
	})
	auth := "Authorization: Bearer s3cr3t-token"
	a := c.do("GET", "/boom/panic", "", auth, "X-Request-ID: abc-1")
	p := asProblem(t, a, http.StatusInternalServerError, "/boom/panic")
	assert.Equal(t, "abc-1", p.RequestID)
	assert.NotContains(t, a.body, "cat")
	assert.NotContains(t, a.body, "goroutine")

	a = c.do("GET", "/boom/internal", "", auth)
	asProblem(t, a, http.StatusInternalServerError, "/boom/internal")
	assert.NotContains(t, a.body, "fire")
	c.problem(http.StatusInternalServerError, "GET", "/nan", "", auth)
	c.problem(http.StatusNotFound, "GET", "/boom/other", "", auth)
	c.problem(http.StatusUnauthorized, "GET", "/boom/other", "")
	c.do("GET", "/health", "")

	for _, id := range []string{"a b", strings.Repeat("x", 65), "ü", "a\tb"} {
		a := c.do("GET", "/health", "", "X-Request-ID: "+id)
		assert.NotEqual(t, id, a.header.Get("X-Request-Id"), "an id that could forge a log line is replaced")
		assert.Len(t, a.header.Get("X-Request-Id"), 26)
	}

	log := out.String()
	assert.Contains(t, log, `"msg":"panic"`)
	assert.Contains(t, log, "the cat sat on panic")
	assert.Contains(t, log, `"request_id":"abc-1"`)
	assert.Contains(t, log, "disk on fire")
	assert.Contains(t, log, `"route":"/boom/:id"`)
	assert.Contains(t, log, `"level":"DEBUG","msg":"request","method":"GET","status":200`)
	assert.NotContains(t, log, "s3cr3t")
}
