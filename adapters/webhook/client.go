// Package webhook carries notices over HTTP: as signed JSON to one URL, and as
// heartbeats to URLs that a watchdog service gave for each job. URLs and secrets
// are secrets: neither an error nor a name shows more of a URL than its host.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/atocore/atocore/domain"
)

// longestAnswer is how much of an answer is read, so that the connection can be
// used again; a receiver has nothing to say beyond its status.
const longestAnswer = 64 << 10

// parse checks a URL that an operator configured under key. The error does not
// show it: the path of such a URL is a password.
func parse(key, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	hint := "give the whole URL, such as https://example.org/hook"
	switch {
	case err != nil:
		return nil, domain.Invalid("%s is not a URL", key).WithField(key).WithHint("%s", hint)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, domain.Invalid("%s must begin with https:// or http://", key).WithField(key).WithHint("%s", hint)
	case u.Hostname() == "":
		return nil, domain.Invalid("%s names no host", key).WithField(key).WithHint("%s", hint)
	case u.Fragment != "":
		return nil, domain.Invalid("%s has a #fragment, which is never sent", key).WithField(key).WithHint("%s", hint)
	}
	return u, nil
}

// shown is what may be said of a URL.
func shown(u *url.URL) string { return u.Scheme + "://" + u.Host }

// newClient returns a client that goes nowhere but where it is sent. A redirected
// POST would arrive without its body, or at somebody else's.
func newClient() *http.Client {
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     30 * time.Second,
		MaxIdleConns:        4,
		ForceAttemptHTTP2:   true,
	}
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post sends body to u and judges the answer.
func post(ctx context.Context, c *http.Client, u *url.URL, header http.Header, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return domain.Invalid("%s cannot be called", shown(u)) // the cause would show the URL
	}
	r.Header = header
	answer, err := c.Do(r)
	if err != nil {
		return unreachable(ctx, u, err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, longestAnswer))
	return judge(u, answer.StatusCode)
}

// unreachable says why nothing answered, without the URL that Go's error repeats.
func unreachable(ctx context.Context, u *url.URL, err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("call %s: %w", shown(u), ctx.Err())
	}
	return domain.Unavailable("%s does not answer", shown(u)).Because(err).
		WithHint("see that it is up and can be reached from this machine")
}

// judge turns a status into an error: one that time may heal is KindUnavailable.
func judge(u *url.URL, status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		return domain.Unavailable("%s answered %d", shown(u), status)
	case status >= 300 && status < 400:
		return domain.Refused("%s answered %d, which leads elsewhere", shown(u), status).
			WithHint("configure the URL that it leads to")
	}
	return domain.Refused("%s answered %d", shown(u), status).WithHint("look at the URL that is configured, and at the receiver")
}
