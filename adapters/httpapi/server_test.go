package httpapi

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSmoke(t *testing.T) {
	s, err := New(Config{})
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go s.Serve(ln)
	for _, c := range []string{"GET /health", "HEAD /health", "GET /ready", "GET /openapi.json", "GET /nope", "POST /health", "GET /health?x=1", "BREW /health"} {
		m, p, _ := strings.Cut(c, " ")
		req, _ := http.NewRequest(m, "http://"+ln.Addr().String()+p, nil)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		b, _ := io.ReadAll(res.Body)
		t.Log(c, res.StatusCode, res.Header, string(b))
	}
	http.DefaultClient.CloseIdleConnections()
	require.NoError(t, s.Shutdown(context.Background()))
}
