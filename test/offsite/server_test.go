package offsite

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"
)

const (
	accessKey = "atocore-test"
	secretKey = "not-a-secret-0123"
)

// server is a real S3 service over a temporary folder.
type server struct {
	url     string
	host    string
	client  *minio.Client
	buckets atomic.Int64
}

// startServer starts one for this test.
func startServer(t *testing.T) *server {
	t.Helper()
	program, err := exec.LookPath("versitygw")
	if err != nil {
		if os.Getenv("ATOCORE_TEST_REQUIRE_PARTS") == "1" {
			t.Fatal("versitygw is required here: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0")
		}
		t.Skip("no S3 server: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0")
	}
	dir := t.TempDir()
	for _, sub := range []string{"data", "meta", "versions"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, sub), 0o700))
	}
	host := freeAddress(t)
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--port", host, "--quiet", "posix",
		"--sidecar", filepath.Join(dir, "meta"), "--versioning-dir", filepath.Join(dir, "versions"), filepath.Join(dir, "data"))
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey)
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	s := &server{url: "http://" + host, host: host}
	deadline := time.After(20 * time.Second)
	for {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url, nil)
		require.NoError(t, err)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			require.NoError(t, resp.Body.Close())
			break
		}
		select {
		case <-ended:
			t.Fatalf("versitygw ended: %s", out.String())
		case <-deadline:
			t.Fatalf("versitygw does not answer: %s", out.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	s.client, err = minio.New(host, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, "")})
	require.NoError(t, err)
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

// bucket makes a new one.
func (s *server) bucket(t *testing.T, locking bool) string {
	t.Helper()
	name := fmt.Sprintf("bucket-%d", s.buckets.Add(1))
	require.NoError(t, s.client.MakeBucket(t.Context(), name, minio.MakeBucketOptions{ObjectLocking: locking}))
	return name
}

// proxy stands between the client and the server, and breaks connections off.
type proxy struct {
	listener net.Listener
	target   string
	up, down atomic.Int64 // bytes that may still pass; it begins to count when armed
	armed    atomic.Bool
	cuts     atomic.Int64
}

func startProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, target: target}
	go p.serve()
	t.Cleanup(func() { _ = l.Close() })
	return p
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

// cut breaks the connections off once so many bytes have passed in a direction;
// a negative number is no bound.
func (p *proxy) cut(up, down int64) {
	p.up.Store(up)
	p.down.Store(down)
	p.armed.Store(true)
}

func (p *proxy) serve() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = in.Close()
			continue
		}
		closeBoth := func() { _ = in.Close(); _ = out.Close() }
		go func() { defer closeBoth(); p.pass(out, in, &p.up) }()
		go func() { defer closeBoth(); p.pass(in, out, &p.down) }()
	}
}

func (p *proxy) pass(to, from net.Conn, left *atomic.Int64) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if p.armed.Load() && left.Load() >= 0 && left.Add(-int64(n)) < 0 {
			left.Store(-1) // once: what comes after gets through
			p.cuts.Add(1)
			return
		}
		if n > 0 {
			if _, werr := to.Write(buffer[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
