package app

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/domain"
)

// healthPatience bounds how long a service may take to say that it is up.
const healthPatience = 3 * time.Second

// health asks the service that this configuration describes whether it is up, and
// returns its URL.
func (p Program) health(ctx context.Context, f cli.Flags) (string, error) {
	s, _, err := load(f)
	if err != nil {
		return "", err
	}
	url := "http://" + reachable(s.Listen)
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/health", nil)
	if err != nil {
		return "", located(domain.Invalid("listen %q is no address", s.Listen).WithField("listen").Because(err), s)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", domain.Unavailable("no service answers at %s", url).Because(err).
			WithHint("start it with: atocore serve")
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return "", domain.Unavailable("%s answered %s", url, answer.Status).
			WithHint("something else may be listening there")
	}
	return url, nil
}

// reachable turns the address that a service listens on into one to call: a
// service on all addresses is on loopback, too.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
