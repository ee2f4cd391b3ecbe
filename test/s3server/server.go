// Package s3server starts a real S3 service for tests: versitygw over a folder that
// belongs to the test, on a free loopback port. A proxy can stand in front of it.
package s3server

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

// The keys of its one user.
const (
	AccessKey = "atocore-test"
	SecretKey = "not-a-secret-0123"
)

// Server is a real S3 service over a temporary folder.
type Server struct {
	URL    string
	Host   string // with the port
	Client *minio.Client

	buckets atomic.Int64
}

// Start starts one for this test, which is skipped where there is none.
func Start(t *testing.T) *Server {
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
	host := FreeAddress(t)
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--port", host, "--quiet", "posix",
		"--sidecar", filepath.Join(dir, "meta"), "--versioning-dir", filepath.Join(dir, "versions"), filepath.Join(dir, "data"))
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	s := &Server{URL: "http://" + host, Host: host}
	deadline := time.After(20 * time.Second)
	for {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
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
	s.Client, err = minio.New(host, &minio.Options{Creds: credentials.NewStaticV4(AccessKey, SecretKey, "")})
	require.NoError(t, err)
	return s
}

// FreeAddress returns one at which nobody answers.
func FreeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

// Bucket makes a new bucket and returns its name.
func (s *Server) Bucket(t *testing.T, locking bool) string {
	t.Helper()
	name := fmt.Sprintf("bucket-%d", s.buckets.Add(1))
	require.NoError(t, s.Client.MakeBucket(t.Context(), name, minio.MakeBucketOptions{ObjectLocking: locking}))
	return name
}
