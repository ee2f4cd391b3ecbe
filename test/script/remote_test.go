package script

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/rogpeppe/go-internal/testscript"
)

const (
	s3Program = "versitygw"
	s3Access  = "atocore-test"
	s3Secret  = "not-a-secret-0123"
)

// haveS3 tells whether there is a real S3 server to start.
func haveS3() (bool, error) {
	_, err := exec.LookPath(s3Program)
	if err != nil && os.Getenv("ATOCORE_TEST_REQUIRE_PARTS") == "1" {
		return false, fmt.Errorf("%s is required here: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0", s3Program)
	}
	return err == nil, nil
}

// s3server BUCKET starts an S3 server over a folder of the script, makes the
// bucket, and sets the variables under which it is the remote.
func s3server(ts *testscript.TestScript, _ bool, args []string) {
	program, err := exec.LookPath(s3Program)
	ts.Check(err)
	for _, dir := range []string{"s3/data", "s3/meta"} {
		ts.Check(os.MkdirAll(ts.MkAbs(dir), 0o700))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	host := l.Addr().String()
	ts.Check(l.Close())
	var out bytes.Buffer
	cmd := exec.Command(program, "--port", host, "--quiet", "posix", "--sidecar", ts.MkAbs("s3/meta"), ts.MkAbs("s3/data"))
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s3Access, "ROOT_SECRET_KEY="+s3Secret)
	cmd.Stdout, cmd.Stderr = &out, &out
	ts.Check(cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	ts.Defer(func() { _ = cmd.Process.Kill(); <-ended })
	for begun := time.Now(); ; {
		answer, err := http.Get("http://" + host)
		if err == nil {
			_ = answer.Body.Close()
			break
		}
		select {
		case <-ended:
			ts.Fatalf("the S3 server ended: %s", out.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Since(begun) > 20*time.Second {
			ts.Fatalf("the S3 server does not answer")
		}
	}
	client, err := minio.New(host, &minio.Options{Creds: credentials.NewStaticV4(s3Access, s3Secret, "")})
	ts.Check(err)
	ts.Check(client.MakeBucket(context.Background(), args[0], minio.MakeBucketOptions{}))
	for name, value := range map[string]string{
		"TYPE": "s3", "ENDPOINT": "http://" + host, "BUCKET": args[0], "LOOKUP": "path",
		"ACCESS_KEY": s3Access, "SECRET_KEY": s3Secret,
	} {
		ts.Setenv("ATOCORE_REMOTE_"+name, value)
	}
}
