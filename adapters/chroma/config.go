package chroma

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// Mode says where the Chroma database is.
type Mode string

// The modes.
const (
	ModeServer Mode = "server" // a server that someone else runs
	ModeCloud  Mode = "cloud"  // Chroma Cloud
	ModeLocal  Mode = "local"  // chroma-go's runtime inside this process
)

// CloudURL is where Chroma Cloud answers.
const CloudURL = "https://api.trychroma.com:8000"

// Config says which Chroma database to use. The zero value is a server on this
// machine at its usual port.
type Config struct {
	Mode     Mode   // "" is ModeServer
	URL      string // "" is http://127.0.0.1:8000, or CloudURL in cloud mode
	Tenant   string // "" is default_tenant; needed in cloud mode
	Database string // "" is default_database; needed in cloud mode
	Token    string // sent with every call; needed in cloud mode
	CAFile   string // PEM certificates to trust besides the system's; "" for none

	// PersistDir is the folder of the local mode, and Library the shared library
	// of its runtime: nothing is ever downloaded.
	PersistDir string
	Library    string

	// Timeout bounds one call that writes or lists; 0 is 30 seconds. A search is
	// given a tenth of it: full text answers while the vectors are away.
	Timeout time.Duration
}

func (c Config) complete() (Config, error) {
	if c.Mode == "" {
		c.Mode = ModeServer
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	switch c.Mode {
	case ModeServer:
		if c.URL == "" {
			c.URL = "http://127.0.0.1:8000"
		}
	case ModeCloud:
		if c.URL == "" {
			c.URL = CloudURL
		}
		for _, need := range []struct{ value, key, variable string }{
			{c.Tenant, "chroma.tenant", "ATOCORE_CHROMA_TENANT"},
			{c.Database, "chroma.database", "ATOCORE_CHROMA_DATABASE"},
			{c.Token, "chroma.token", "ATOCORE_CHROMA_TOKEN"},
		} {
			if need.value == "" {
				return c, domain.Invalid("Chroma Cloud needs %s", need.key).WithField(need.key).
					WithHint("set %s in the configuration, or %s", need.key, need.variable)
			}
		}
	case ModeLocal:
		return c, nil
	default:
		return c, domain.Invalid("unknown Chroma mode %q", string(c.Mode)).WithField("chroma.mode").
			WithHint("one of server, cloud, local")
	}
	if c.Tenant == "" {
		c.Tenant = "default_tenant"
	}
	if c.Database == "" {
		c.Database = "default_database"
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
		return c, domain.Invalid("%q is not the address of a Chroma server", c.URL).WithField("chroma.url").
			WithHint("it looks like http://127.0.0.1:8000")
	}
	if u.User != nil {
		return c, domain.Invalid("the address of the Chroma server holds a password").WithField("chroma.url").
			WithHint("give it as chroma.token instead")
	}
	c.URL = strings.TrimSuffix(strings.TrimSuffix(c.URL, "/"), "/api/v2")
	return c, nil
}

// transport returns what carries the calls. Proxies of the environment are used
// as everywhere.
func (c Config) transport() (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 8
	if c.CAFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, domain.Invalid("the certificates of chroma.ca_file cannot be read").
			WithField("chroma.ca_file").Because(err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, domain.Invalid("%s holds no certificate", c.CAFile).WithField("chroma.ca_file").
			WithHint("it must be in PEM form")
	}
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t, nil
}
