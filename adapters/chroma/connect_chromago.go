//go:build chromago

package chroma

import (
	"io"
	"net/http"
	"os"
	"strings"

	v2 "github.com/amikos-tech/chroma-go/pkg/api/v2"

	"github.com/atocore/atocore/domain"
)

// libraryVariable is where chroma-go itself looks for the library of its runtime.
const libraryVariable = "CHROMA_LIB_PATH"

// connect returns the connection to a database, through chroma-go.
func connect(c Config) (connection, error) {
	if c.Mode == ModeLocal {
		return connectLocal(c)
	}
	direct, err := newHTTP(c)
	if err != nil {
		return nil, err
	}
	headers := map[string]string{}
	for name := range direct.header {
		headers[name] = direct.header.Get(name)
	}
	client, err := v2.NewHTTPClient(
		v2.WithBaseURL(c.URL),
		v2.WithDatabaseAndTenant(c.Database, c.Tenant),
		v2.WithDefaultHeaders(headers),
		v2.WithHTTPClient(&http.Client{Transport: strict{direct.client.Transport}, CheckRedirect: direct.client.CheckRedirect}),
	)
	if err != nil {
		return nil, domain.Invalid("chroma-go does not accept the settings of chroma.*").Because(err)
	}
	return &goConnection{client: client, direct: direct, cloud: c.Mode == ModeCloud}, nil
}

// strict turns a redirect into a failure: chroma-go takes whatever is below 400
// for success.
type strict struct{ base http.RoundTripper }

func (s strict) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.base.RoundTrip(req)
	if err != nil || resp.StatusCode < 300 || resp.StatusCode > 399 {
		return resp, err
	}
	resp.StatusCode = http.StatusBadGateway
	resp.Body.Close() //nolint:errcheck // it is replaced
	resp.Body = io.NopCloser(strings.NewReader(`{"error":"not Chroma","message":"the call was sent elsewhere"}`))
	return resp, nil
}

// connectLocal starts chroma-go's runtime inside this process. Left to itself
// chroma-go would download its library: here that is always refused.
func connectLocal(c Config) (connection, error) {
	library := c.Library
	if library == "" {
		library = os.Getenv(libraryVariable)
	}
	missing := domain.Invalid("the local Chroma runtime needs its shared library, and atocore downloads nothing").
		WithField("chroma.library").
		WithHint("get the library of chroma-go-local v0.3.3 for this platform from its releases page, check it, and set chroma.library to its path")
	if library == "" {
		return nil, missing
	}
	if _, err := os.Stat(library); err != nil {
		return nil, missing.Because(err)
	}
	if c.PersistDir == "" {
		return nil, domain.Invalid("the local Chroma runtime needs a folder").WithField("chroma.persist_dir")
	}
	if err := os.MkdirAll(c.PersistDir, 0o700); err != nil {
		return nil, domain.Unavailable("the folder of the local Chroma runtime cannot be made").Because(err)
	}
	client, err := v2.NewPersistentClient(
		v2.WithPersistentLibraryPath(library),
		v2.WithPersistentLibraryAutoDownload(false),
		v2.WithPersistentRuntimeMode(v2.PersistentRuntimeModeEmbedded),
		v2.WithPersistentPath(c.PersistDir),
	)
	if err != nil {
		return nil, domain.Unavailable("the local Chroma runtime does not start").
			WithHint("check that %s is the library of chroma-go-local v0.3.3 for this platform", library).Because(err)
	}
	return &goConnection{client: client}, nil
}
