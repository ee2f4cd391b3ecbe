package s3_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/s3"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
	"github.com/atocore/atocore/test/s3server"
)

func TestRemoteStore(t *testing.T) {
	server := s3server.Start(t)
	for name, change := range map[string]func(*s3.Config){
		"plain bucket": nil,
		"versions kept": func(c *s3.Config) {
			c.Prefix = ""
			require.NoError(t, server.Client.EnableVersioning(t.Context(), c.Bucket))
		},
	} {
		t.Run(name, func(t *testing.T) {
			porttest.TestRemoteStore(t, func(t *testing.T) ports.RemoteStore { return open(t, server, change) })
		})
	}
}

// What the service is told to keep stays until its time, and is not hidden behind
// a marker that looks like a removal.
func TestObjectLock(t *testing.T) {
	server := s3server.Start(t)
	bucket := server.Bucket(t, true)
	locking := func(c *s3.Config) { c.Bucket, c.LockMode, c.LockFor = bucket, s3.LockCompliance, time.Hour }
	s := open(t, server, locking)
	for name, data := range map[string][]byte{"small": []byte("x"), "large": bytes.Repeat([]byte("x"), 9<<20)} {
		sent, err := s.Put(t.Context(), name, bytes.NewReader(data), 0)
		require.NoError(t, err)
		assert.WithinDuration(t, time.Now().Add(time.Hour), sent.LockedUntil, time.Minute)
		said, err := s.Stat(t.Context(), name)
		require.NoError(t, err)
		assert.True(t, sent.LockedUntil.Equal(said.LockedUntil), "%s and %s", sent.LockedUntil, said.LockedUntil)
		err = s.Delete(t.Context(), name)
		require.Equal(t, domain.KindRefused, domain.KindOf(err), "%v", err)
		assert.ErrorContains(t, err, "locked by the remote until "+said.LockedUntil.Format(time.RFC3339))
		r, err := s.Get(t.Context(), name, 0)
		require.NoError(t, err, "it is still there")
		require.NoError(t, r.Close())
	}
	free := open(t, server, func(c *s3.Config) { c.Bucket = bucket })
	_, err := free.Put(t.Context(), "free", bytes.NewReader([]byte("x")), 0)
	require.NoError(t, err)
	require.NoError(t, free.Delete(t.Context(), "free"))
	_, err = free.Stat(t.Context(), "free")
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
}

// Cut off twenty times in mid upload: nothing half appears, nothing is left behind
// for which somebody pays, and the next try goes through.
func TestUploadCutOff(t *testing.T) {
	server := s3server.Start(t)
	data := make([]byte, 20<<20)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	for i := range 20 {
		p := s3server.StartProxy(t, server.Host)
		var bucket string
		s := open(t, server, func(c *s3.Config) { c.Endpoint, bucket = p.URL(), c.Bucket })
		p.Cut(int64(i)*int64(len(data))/19+1, -1)
		_, err := s.Put(t.Context(), "object", bytes.NewReader(data), int64(len(data)))
		list, lerr := s.List(t.Context())
		require.NoError(t, lerr)
		if err != nil {
			require.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
			require.Empty(t, list, "cut %d", i)
		}
		_, err = s.Put(t.Context(), "object", bytes.NewReader(data), int64(len(data)))
		require.NoError(t, err)
		r, err := s.Get(t.Context(), "object", 0)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, sha256.Sum256(data), sha256.Sum256(got))
		require.Positive(t, p.Cuts.Load(), "cut %d happened", i)
		// This server can bring an upload back that was given up while one of its
		// parts was still arriving. Then the next run gives it up again.
		for try := 0; uploads(t, server, bucket) > 0; try++ {
			require.Less(t, try, 5, "cut %d: what half was sent is given up", i)
			_, err = s.Put(t.Context(), "object", bytes.NewReader(data), 0)
			require.NoError(t, err)
		}
	}
}

// With its usual patience the client takes a broken part up again by itself.
func TestABrokenPartIsSentAgain(t *testing.T) {
	server := s3server.Start(t)
	p := s3server.StartProxy(t, server.Host)
	s := open(t, server, func(c *s3.Config) { c.Endpoint, c.Retries = p.URL(), 0 })
	data := bytes.Repeat([]byte("0123456789abcdef"), 20<<16)
	p.Cut(13<<20, -1)
	_, err := s.Put(t.Context(), "object", bytes.NewReader(data), 0)
	require.NoError(t, err)
	assert.EqualValues(t, 1, p.Cuts.Load())
}

// What a killed process left is given up by the next Put of the same object.
func TestAbandonedUploadsAreGivenUp(t *testing.T) {
	server := s3server.Start(t)
	var bucket string
	s := open(t, server, func(c *s3.Config) { bucket = c.Bucket })
	core := coreOf(server)
	_, err := core.NewMultipartUpload(t.Context(), bucket, "some/where/object", putOptions())
	require.NoError(t, err)
	_, err = core.NewMultipartUpload(t.Context(), bucket, "some/where/object-2", putOptions())
	require.NoError(t, err)
	require.Equal(t, 2, uploads(t, server, bucket))
	_, err = s.Put(t.Context(), "object", bytes.NewReader(make([]byte, 9<<20)), 0)
	require.NoError(t, err)
	assert.Equal(t, 1, uploads(t, server, bucket), "another object's is left alone")
}

func TestErrorsSayWhatToDo(t *testing.T) {
	server := s3server.Start(t)
	for name, c := range map[string]struct {
		change func(*s3.Config)
		want   []string
	}{
		"no such bucket":   {func(c *s3.Config) { c.Bucket = "nowhere" }, []string{`no bucket "nowhere"`, "make it first"}},
		"wrong secret":     {func(c *s3.Config) { c.SecretKey = "wrong" }, []string{"refuses the credentials"}},
		"wrong access key": {func(c *s3.Config) { c.AccessKey = "nobody" }, []string{"refuses the credentials"}},
		"nobody there":     {func(c *s3.Config) { c.Endpoint = "http://" + s3server.FreeAddress(t) }, []string{"see whether it can be reached"}},
		"no TLS there":     {func(c *s3.Config) { c.Endpoint = "https://" + server.Host }, []string{"see whether it can be reached"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, server, c.change)
			_, perr := s.Put(t.Context(), "x", bytes.NewReader([]byte("x")), 0)
			_, merr := s.Put(t.Context(), "x", bytes.NewReader(make([]byte, 9<<20)), 0)
			_, gerr := s.List(t.Context())
			for _, err := range []error{perr, merr, gerr} {
				assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
				for _, text := range c.want {
					assert.ErrorContains(t, err, text)
				}
				assert.NotContains(t, message(err), s3server.SecretKey)
			}
		})
	}
}

func TestConfigIsChecked(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_ACCESS_KEY", "")
	t.Setenv("AWS_SECRET_KEY", "")
	noPEM := filepath.Join(dir, "ca.pem")
	require.NoError(t, os.WriteFile(noPEM, []byte("hello"), 0o600))
	good := s3.Config{Endpoint: "https://s3.example.org", Bucket: "b-b-b", AccessKey: "a", SecretKey: "s"}
	for name, c := range map[string]struct {
		change func(*s3.Config)
		field  string
	}{
		"no bucket":           {func(c *s3.Config) { c.Bucket = "" }, "remote.bucket"},
		"no endpoint":         {func(c *s3.Config) { c.Endpoint = "" }, "remote.endpoint"},
		"another scheme":      {func(c *s3.Config) { c.Endpoint = "ftp://x" }, "remote.endpoint"},
		"a path":              {func(c *s3.Config) { c.Endpoint = "https://x/bucket" }, "remote.endpoint"},
		"secrets in the URL":  {func(c *s3.Config) { c.Endpoint = "https://a:hunter2@x" }, "remote.endpoint"},
		"half of credentials": {func(c *s3.Config) { c.SecretKey = "" }, "remote.secret_key"},
		"no credentials":      {func(c *s3.Config) { c.AccessKey, c.SecretKey = "", "" }, "remote.credentials_file"},
		"no such file":        {func(c *s3.Config) { c.AccessKey, c.SecretKey, c.CredentialsFile = "", "", filepath.Join(dir, "none") }, "remote.credentials_file"},
		"no authority there":  {func(c *s3.Config) { c.CAFile = filepath.Join(dir, "none") }, "remote.ca_file"},
		"no authority in it":  {func(c *s3.Config) { c.CAFile = noPEM }, "remote.ca_file"},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			c.change(&config)
			_, err := s3.New(config)
			require.Equal(t, domain.KindInvalid, domain.KindOf(err), "%v", err)
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.field, e.Field)
			assert.NotEmpty(t, e.Hint+e.Message)
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
	file := filepath.Join(dir, "credentials")
	require.NoError(t, os.WriteFile(file, []byte("[default]\naws_access_key_id = a\naws_secret_access_key = s\n"), 0o600))
	config := good
	config.AccessKey, config.SecretKey, config.CredentialsFile = "", "", file
	s, err := s3.New(config)
	require.NoError(t, err)
	assert.Equal(t, "bucket b-b-b/ at s3.example.org", s.Place())
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	config.CredentialsFile = ""
	_, err = s3.New(config)
	require.NoError(t, err)
}

// Another process goes on where the connection broke, and sends nothing twice.
func TestUploadGoesOn(t *testing.T) {
	server := s3server.Start(t)
	p := s3server.StartProxy(t, server.Host)
	bucket := server.Bucket(t, false)
	process := func() *s3.Store {
		return open(t, server, func(c *s3.Config) { c.Bucket, c.Endpoint, c.PartSize = bucket, p.URL(), 5<<20 })
	}
	data := noise(42 << 20)
	for i, after := range []int64{1 << 20, 12 << 20, 27 << 20, 41 << 20} {
		name := "object-" + string(rune('a'+i))
		p.Cut(after, -1)
		_, _, err := process().PutResumable(t.Context(), name, bytes.NewReader(data), int64(len(data)), false)
		require.Error(t, err)
		assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
		list, err := process().List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, i, "nothing half is listed")

		o, sent, err := process().PutResumable(t.Context(), name, bytes.NewReader(data), int64(len(data)), true)
		require.NoError(t, err)
		assert.LessOrEqual(t, sent, int64(len(data))-after+15<<20, "what is there is not sent again")
		if after > 20<<20 {
			assert.Less(t, sent, int64(len(data))/2+5<<20)
		}
		said, err := process().Stat(t.Context(), name)
		require.NoError(t, err)
		assert.Equal(t, int64(len(data)), said.Size)
		assert.Equal(t, o.Sums["etag-md5"], said.Sums["etag-md5"])
		if want, ok := said.Sums["crc64nvme"]; ok && o.Sums["crc64nvme"] != "" {
			assert.Equal(t, want, o.Sums["crc64nvme"])
		}
		r, err := process().Get(t.Context(), name, 0)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		assert.Equal(t, sha256.Sum256(data), sha256.Sum256(got))
	}
	assert.Zero(t, uploads(t, server, bucket))
}

// A stream that is another one is noticed before a part of it is sent; then it
// begins anew.
func TestAnotherStreamIsNotMixedIn(t *testing.T) {
	server := s3server.Start(t)
	p := s3server.StartProxy(t, server.Host)
	bucket := server.Bucket(t, false)
	s := open(t, server, func(c *s3.Config) { c.Bucket, c.Endpoint, c.PartSize = bucket, p.URL(), 5<<20 })
	data := noise(30 << 20)
	p.Cut(18<<20, -1)
	_, _, err := s.PutResumable(t.Context(), "a", bytes.NewReader(data), 0, false)
	require.Error(t, err)
	require.Equal(t, 1, uploads(t, server, bucket))
	other := bytes.Clone(data)
	other[6<<20] ^= 1 // in the second part
	_, sent, err := s.PutResumable(t.Context(), "a", bytes.NewReader(other), 0, true)
	assert.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
	assert.Zero(t, sent)
	assert.Zero(t, uploads(t, server, bucket))
	_, sent, err = s.PutResumable(t.Context(), "a", bytes.NewReader(other), 0, true)
	require.NoError(t, err)
	assert.Equal(t, int64(len(other)), sent)

	// What nobody goes on with is swept, and only that.
	p.Cut(8<<20, -1)
	_, _, err = s.PutResumable(t.Context(), "b", bytes.NewReader(data), 0, false)
	require.Error(t, err)
	require.NoError(t, s.Sweep(t.Context(), time.Now().Add(-time.Hour)))
	assert.Equal(t, 1, uploads(t, server, bucket))
	require.NoError(t, s.Sweep(t.Context(), time.Now().Add(time.Hour)))
	assert.Zero(t, uploads(t, server, bucket))
	list, err := s.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, list, 1)
}
