package s3_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/s3"
	"github.com/atocore/atocore/test/s3server"
)

// open returns a store in a new bucket; change may be nil.
func open(t *testing.T, s *s3server.Server, change func(*s3.Config)) *s3.Store {
	t.Helper()
	c := s3.Config{
		Endpoint: s.URL, Bucket: s.Bucket(t, false), Prefix: "some/where", Lookup: s3.LookupPath,
		AccessKey: s3server.AccessKey, SecretKey: s3server.SecretKey, Retries: 1,
	}
	if change != nil {
		change(&c)
	}
	store, err := s3.New(c)
	require.NoError(t, err)
	return store
}

// uploads counts what was begun and not finished in a bucket.
func uploads(t *testing.T, s *s3server.Server, bucket string) int {
	t.Helper()
	n := 0
	for u := range s.Client.ListIncompleteUploads(t.Context(), bucket, "", true) {
		require.NoError(t, u.Err)
		n++
	}
	return n
}

func message(err error) string { return strings.ToLower(fmt.Sprint(err)) }

func coreOf(s *s3server.Server) *minio.Core { return &minio.Core{Client: s.Client} }

func putOptions() minio.PutObjectOptions { return minio.PutObjectOptions{} }

// noise is the same every time, and no part of it like another.
func noise(n int) []byte {
	out := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(out) // never fails
	return out
}
