package httpapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequestTimeout(t *testing.T) {
	wait := func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		_, limited := ctx.Deadline()
		if !limited {
			return nil, nil
		}
		<-ctx.Done()
		return nil, fmt.Errorf("read: %w", ctx.Err())
	}
	c := start(t, Config{RequestTimeout: 20 * time.Millisecond}, func(s *Server) {
		register(s, huma.Operation{OperationID: "a", Method: http.MethodGet, Path: "/quick", DefaultStatus: 204}, wait)
		register(s, huma.Operation{OperationID: "b", Method: http.MethodGet, Path: "/slow", DefaultStatus: 204, Metadata: map[string]any{slow: true}}, wait)
	})
	p := c.problem(http.StatusServiceUnavailable, "GET", "/quick", "")
	assert.Contains(t, p.Detail, "longer than the server allows")
	assert.Equal(t, http.StatusNoContent, c.do("GET", "/slow", "").status)
}

func TestShutdown(t *testing.T) {
	for name, patient := range map[string]bool{"waits for running requests": true, "ends them when it may not wait": false} {
		t.Run(name, func(t *testing.T) {
			s, err := New(Config{})
			require.NoError(t, err)
			entered, release := make(chan struct{}), make(chan struct{})
			register(s, huma.Operation{OperationID: "hold", Method: http.MethodGet, Path: "/hold"},
				func(ctx context.Context, _ *struct{}) (*struct{ Body healthJSON }, error) {
					close(entered)
					select {
					case <-release:
						return &struct{ Body healthJSON }{healthJSON{Status: "ok"}}, nil
					case <-ctx.Done():
						return nil, ctx.Err()
					}
				})
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			served := make(chan error, 1)
			go func() { served <- s.Serve(ln) }()
			status := make(chan int, 1)
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			go func() {
				res, err := (&http.Client{Transport: transport}).Get("http://" + ln.Addr().String() + "/hold")
				if err != nil {
					status <- 0
					return
				}
				_ = res.Body.Close()
				status <- res.StatusCode
			}()
			<-entered
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stopped := make(chan error, 1)
			go func() { stopped <- s.Shutdown(ctx) }()
			require.NoError(t, <-served, "the listener closes at once")
			if patient {
				select {
				case err := <-stopped:
					t.Fatalf("shut down over a running request: %v", err)
				default:
				}
				close(release)
				require.Equal(t, http.StatusOK, <-status)
				require.NoError(t, <-stopped)
				return
			}
			began := time.Now()
			cancel()
			require.ErrorIs(t, <-stopped, context.Canceled)
			assert.Less(t, time.Since(began), lastWait, "a request that heeds its context is not waited for")
			require.Equal(t, http.StatusServiceUnavailable, <-status)
		})
	}
}

// A server that is told to stop before it got to listening does not hang.
func TestShutdownFirst(t *testing.T) {
	s, err := New(Config{})
	require.NoError(t, err)
	require.NoError(t, s.Shutdown(t.Context()))
	require.NoError(t, s.Shutdown(t.Context()))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, s.Serve(ln))
	_, err = ln.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

// What a handler keeps stays what it was, whatever the connection carries next.
func TestKeptStrings(t *testing.T) {
	var kept []string
	c := start(t, Config{}, func(s *Server) {
		register(s, huma.Operation{OperationID: "keep", Method: http.MethodGet, Path: "/keep/{id}"},
			func(_ context.Context, in *struct {
				ID     string `path:"id"`
				Cursor string `query:"cursor"`
			},
			) (*struct{}, error) {
				kept = append(kept, in.ID, in.Cursor)
				return nil, nil
			})
	})
	var want []string
	for i := range 50 {
		id, cursor := fmt.Sprintf("id-%04d", i), fmt.Sprintf("cursor-%04d", i)
		want = append(want, id, cursor)
		require.Less(t, c.do("GET", "/keep/"+id+"?cursor="+cursor, "").status, 300)
	}
	assert.Equal(t, want, kept)
}
