// Package s3 keeps off-site copies in a bucket of any service that speaks S3.
//
// An upload of unknown length goes in parts, a few at a time, each checked by the
// service against an MD5, and the whole against a CRC64; an object appears when its
// last part is acknowledged, or not at all.
package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// The ways to address a bucket.
const (
	LookupAuto = "auto"
	LookupPath = "path"
	LookupDNS  = "dns"
)

// The ways in which the service can be told to keep what was put.
const (
	LockNone       = "none"
	LockGovernance = "governance"
	LockCompliance = "compliance"
)

// Config says where the bucket is and who asks.
type Config struct {
	Endpoint string // https://HOST[:PORT], http://… or a bare HOST[:PORT], which means https
	Region   string
	Bucket   string
	Prefix   string // of the names in the bucket; "" for none
	Lookup   string // LookupAuto when empty
	CAFile   string // PEM certificates to trust beside those of the system

	// The credentials: these two, else the file in the form of the AWS tools, else
	// the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
	AccessKey       string
	SecretKey       string
	CredentialsFile string

	LockMode string        // LockNone when empty
	LockFor  time.Duration // how long the service keeps what is put

	Retries  int // tries of one request; 0 means 10
	PartSize int // bytes; 0 means 8 MiB, or more when the estimate asks for it
}

// Store keeps objects in a bucket. It is safe for concurrent use.
type Store struct {
	config Config
	core   *minio.Core
	prefix string
	place  string
}

var _ ports.RemoteStore = (*Store)(nil)

// New returns the store. It reads files and variables but does not reach out.
func New(c Config) (*Store, error) {
	if c.Bucket == "" {
		return nil, domain.Invalid("remote.bucket is not set").WithField("remote.bucket").WithHint("name the bucket for off-site copies")
	}
	host, secure, err := endpoint(c.Endpoint)
	if err != nil {
		return nil, err
	}
	transport, err := transportFor(secure, c.CAFile)
	if err != nil {
		return nil, err
	}
	creds, err := credentialsOf(c)
	if err != nil {
		return nil, err
	}
	lookup := map[string]minio.BucketLookupType{
		"": minio.BucketLookupAuto, LookupAuto: minio.BucketLookupAuto, LookupPath: minio.BucketLookupPath, LookupDNS: minio.BucketLookupDNS,
	}
	core, err := minio.NewCore(host, &minio.Options{
		Creds: creds, Secure: secure, Transport: transport, Region: c.Region,
		BucketLookup: lookup[c.Lookup], MaxRetries: c.Retries,
	})
	if err != nil {
		return nil, domain.Invalid("remote.endpoint = %q cannot be used", c.Endpoint).WithField("remote.endpoint").Because(err)
	}
	core.SetAppInfo("atocore", "1")
	prefix := strings.Trim(c.Prefix, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &Store{config: c, core: core, prefix: prefix, place: fmt.Sprintf("bucket %s/%s at %s", c.Bucket, prefix, host)}, nil
}

// endpoint returns host and port, and whether TLS is spoken.
func endpoint(text string) (host string, secure bool, err error) {
	bad := domain.Invalid("remote.endpoint = %q is not an endpoint", redact(text)).WithField("remote.endpoint").
		WithHint("write https://s3.example.org or, on a trusted network, http://host:port")
	if text == "" {
		return "", false, domain.Invalid("remote.endpoint is not set").WithField("remote.endpoint").
			WithHint("write https://s3.example.org, or https://s3.amazonaws.com for AWS")
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return "", false, bad
	}
	return u.Host, u.Scheme == "https", nil
}

// redact takes out what may be a password.
func redact(text string) string {
	if _, rest, found := strings.Cut(text, "@"); found {
		return "…@" + rest
	}
	return text
}

func transportFor(secure bool, caFile string) (*http.Transport, error) {
	t, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection: %w", err)
	}
	// Compressed and encrypted content gains nothing from compression on the way.
	t.DisableCompression = true
	if caFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, domain.Invalid("remote.ca_file %s cannot be read", caFile).WithField("remote.ca_file").Because(err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, domain.Invalid("remote.ca_file %s holds no certificate", caFile).WithField("remote.ca_file").
			WithHint("it must hold certificates in PEM")
	}
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	t.TLSClientConfig.RootCAs = pool
	return t, nil
}

func credentialsOf(c Config) (*credentials.Credentials, error) {
	switch {
	case c.AccessKey != "" && c.SecretKey != "":
		return credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""), nil
	case c.AccessKey != "" || c.SecretKey != "":
		return nil, domain.Invalid("remote.access_key and remote.secret_key go together").WithField("remote.secret_key").
			WithHint("set ATOCORE_REMOTE_ACCESS_KEY and ATOCORE_REMOTE_SECRET_KEY, or remote.credentials_file")
	case c.CredentialsFile != "":
		creds := credentials.NewFileAWSCredentials(c.CredentialsFile, "")
		if v, err := creds.GetWithContext(nil); err != nil || v.AccessKeyID == "" {
			// The cause may repeat a line of the file.
			return nil, domain.Invalid("remote.credentials_file %s holds no usable credentials", c.CredentialsFile).
				WithField("remote.credentials_file").
				WithHint("it must be readable and hold aws_access_key_id and aws_secret_access_key below [default]")
		}
		return creds, nil
	}
	creds := credentials.NewEnvAWS()
	if v, err := creds.GetWithContext(nil); err != nil || v.AccessKeyID == "" || v.SecretAccessKey == "" {
		return nil, domain.Invalid("there are no credentials for the remote").WithField("remote.credentials_file").
			WithHint("set ATOCORE_REMOTE_ACCESS_KEY and ATOCORE_REMOTE_SECRET_KEY, or AWS_ACCESS_KEY_ID and\n" +
				"AWS_SECRET_ACCESS_KEY, or remote.credentials_file")
	}
	return creds, nil
}

// Place names bucket and host.
func (s *Store) Place() string { return s.place }

func (s *Store) key(name string) string { return s.prefix + name }

func (s *Store) check(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s in %s: %w", name, s.place, err)
	}
	return domain.CheckRemoteName(name)
}

// failed turns what the service or the network says into an error for an operator.
func (s *Store) failed(ctx context.Context, op, name string, err error) error {
	var known *domain.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s %s: %w", op, name, ctx.Err())
	}
	e := domain.Unavailable("%s %s: %s", op, name, s.place).Because(err)
	answer := minio.ToErrorResponse(err)
	switch answer.Code {
	case minio.NoSuchKey, "NotFound", "NoSuchVersion":
		return domain.NotFound("there is no %s in %s", name, s.place)
	case minio.NoSuchBucket:
		e.Message, e.Err = fmt.Sprintf("there is no bucket %q at %s", s.config.Bucket, s.core.EndpointURL().Host), nil
		return e.WithField("remote.bucket").WithHint("make it first; atocore makes none")
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "XAdminUserNotFound", "XMinioAdminNoSuchUser":
		return s.refused(e)
	case "QuotaExceeded", "XMinioStorageFull", "StorageFull", "InsufficientStorage", "XMinioAdminBucketQuotaExceeded":
		e.Message = "the remote is full: " + s.place
		return e.WithHint("make room there, for example with: atocore backup remote prune")
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return s.refused(e)
	case http.StatusInsufficientStorage:
		e.Message = "the remote is full: " + s.place
		return e.WithHint("make room there, for example with: atocore backup remote prune")
	}
	return e.WithHint("see whether it can be reached from here, then try again; nothing half is ever listed")
}

func (s *Store) refused(e *domain.Error) error {
	e.Message = "the remote refuses the credentials: " + s.place
	return e.WithHint("they need to list, read, write and delete in that bucket, and the region must be right")
}
