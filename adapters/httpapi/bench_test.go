package httpapi

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkCalls measures calls over loopback and one kept connection, with
// everything below the use cases faked: what the face costs.
func BenchmarkCalls(b *testing.B) {
	w := newWorld()
	for i := range 20 {
		w.source.Write("/srv/apollo", fmt.Sprintf("%d.md", i), fmt.Sprintf("# Part %d\n\nThe engine of part %d.\n", i, i))
	}
	c := w.config()
	if _, err := c.Ingest.Refresh(b.Context(), "Apollo", nil); err != nil {
		b.Fatal(err)
	}
	s, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	transport := &http.Transport{}
	defer func() {
		transport.CloseIdleConnections()
		if err := s.Shutdown(context.Background()); err != nil {
			b.Error(err)
		}
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}()
	client := &http.Client{Transport: transport}
	for _, call := range []struct{ name, method, path, body string }{
		{"health", "GET", "/health", ""},
		{"query", "POST", "/query", `{"prompt":"the engine of part 7","project":"apollo"}`},
		{"remember", "POST", "/memory", `{"memory_type":"episodic","content":"It rained."}`},
	} {
		b.Run(call.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				req, err := http.NewRequestWithContext(b.Context(), call.method, "http://"+ln.Addr().String()+call.path, strings.NewReader(call.body))
				if err != nil {
					b.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/json")
				res, err := client.Do(req)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if res.StatusCode >= 300 {
					b.Fatal(res.Status)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}
