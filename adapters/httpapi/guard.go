package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/atocore/atocore/domain"
)

// CheckExposure returns an error of KindRefused when a server that listens on
// listen would be reachable from other machines and has no token. Keys protect it,
// too; whether there are any is for the caller to see. It resolves nothing: a name other than localhost counts as exposed.
func CheckExposure(listen, token string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return domain.Invalid("listen address %q is not usable", listen).WithField("listen").Because(err).
			WithHint("write it as HOST:PORT, for example 127.0.0.1:8100")
	}
	if token == "" && !isLoopback(host) {
		return domain.Refused("listening on %q without an API token would let everyone on the network read the memory", listen).
			WithField("listen").WithHint("set ATOCORE_API_TOKEN, make a key with atocore key create, or listen on 127.0.0.1")
	}
	return nil
}

// guard lets through what is addressed to this server by a name that is its own and
// comes from no foreign web page.
type guard struct {
	hosts map[string]bool // in lower case, without port
}

func newGuard(hosts []string) guard {
	g := guard{hosts: map[string]bool{}}
	for _, h := range hosts {
		if h := hostOnly(h); h != "" {
			g.hosts[h] = true
		}
	}
	return g
}

// check returns nil or the problem to answer with.
func (g guard) check(c *fiber.Ctx) *Problem {
	// A page of a foreign site whose name was made to resolve to this machine
	// sends that name as Host, and its own address as Origin.
	if host := c.Get(fiber.HeaderHost); !g.known(hostOnly(host)) {
		return protocol(http.StatusForbidden, "the Host header names a server that this one is not",
			"use 127.0.0.1 or localhost, or add the name to allowed_hosts")
	}
	if origin := c.Get(fiber.HeaderOrigin); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !g.known(hostOnly(u.Host)) {
			return protocol(http.StatusForbidden, "the request comes from a web page of another site",
				"add the site's host to allowed_hosts if it may read the memory")
		}
	}
	return nil
}

func (g guard) known(host string) bool { return isLoopback(host) || g.hosts[host] }

// hostOnly cuts the port and the brackets of an IPv6 address off.
func hostOnly(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func isLoopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
