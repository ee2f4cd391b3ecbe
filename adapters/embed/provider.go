package embed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

const (
	firstPause   = 500 * time.Millisecond
	longestPause = 20 * time.Second
	longestSaid  = 300 // characters of a provider's own words in an error
)

// place is a provider as messages name it.
type place struct {
	provider string
	url      string
	key      string // to be kept out of messages
	unknown  string // what to do when the model is not known there
}

func (p place) String() string {
	return fmt.Sprintf("the embedding provider %s at %s", p.provider, p.url)
}

// refusal is what a provider answered instead of vectors.
type refusal struct {
	status int
	code   string        // the provider's own, where it gives one
	said   string        // in its own words
	wait   time.Duration // as it asked; 0 when it did not
}

func (r *refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s: %s", r.status, r.code, r.said))
}

// answerError is an answer that is no answer.
type answerError struct{ what string }

func (e *answerError) Error() string { return e.what }

// watch turns every answer but 200 into a *refusal, which the libraries above it
// hand on as it is: they would make a text of it.
type watch struct{ base http.RoundTripper }

func (w watch) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.base.RoundTrip(req)
	if err != nil || resp.StatusCode == http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it matters
	data, _ := io.ReadAll(io.LimitReader(resp.Body, 16<<10))
	r := &refusal{status: resp.StatusCode, said: string(data)}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		r.wait = time.Duration(seconds) * time.Second
	}
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(data, &body) == nil && len(body.Error) > 0 {
		var detail struct {
			Message string `json:"message"`
			Type    string `json:"type"`
			Code    any    `json:"code"`
		}
		var text string
		switch {
		case json.Unmarshal(body.Error, &text) == nil: // Ollama
			r.said = text
		case json.Unmarshal(body.Error, &detail) == nil: // OpenAI
			r.said, r.code = detail.Message, detail.Type
			if code, ok := detail.Code.(string); ok && code != "" {
				r.code = code
			}
		}
	}
	return nil, r
}

// client returns what carries the calls of a provider.
func client() *http.Client {
	return &http.Client{
		Transport: watch{http.DefaultTransport.(*http.Transport).Clone()},
		// A redirect would carry the key to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// retry tells whether err may pass, and how long to wait before the next try.
func retry(err error, pause time.Duration) (time.Duration, bool) {
	pause = min(pause/2+rand.N(pause/2+1), longestPause) //nolint:gosec // no secret hangs on it
	var r *refusal
	if errors.As(err, &r) {
		passing := r.status == http.StatusTooManyRequests && r.code != "insufficient_quota" ||
			r.status == http.StatusRequestTimeout || r.status >= 500
		if r.wait > longestPause {
			return 0, false
		}
		return max(pause, r.wait), passing
	}
	return pause, domain.KindOf(err) == domain.KindInternal
}

// unreachable tells whether nobody listens at the address.
func unreachable(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// tooLong tells whether the provider found a text too long, or may have.
func tooLong(err error) bool {
	var r *refusal
	if !errors.As(err, &r) {
		return false
	}
	if r.status == http.StatusRequestEntityTooLarge {
		return true
	}
	said := strings.ToLower(r.said + " " + r.code)
	return r.status >= 400 && (strings.Contains(said, "context length") || strings.Contains(said, "context_length") ||
		strings.Contains(said, "too long") || strings.Contains(said, "maximum input") || strings.Contains(said, "too many tokens"))
}

// explain turns the last error into one that says what to do.
func (p place) explain(err error) error {
	var known *domain.Error
	var r *refusal
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.As(err, &r):
		return p.refused(r)
	}
	var late net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) && late.Timeout() {
		return domain.Unavailable("%s did not answer in time", p).
			WithHint("try again, or raise embedding.timeout").Because(p.hide(err))
	}
	return domain.Unavailable("%s cannot be used", p).
		WithHint("see whether it runs, and check embedding.url").Because(p.hide(err))
}

func (p place) refused(r *refusal) error {
	said := p.hide(r)
	switch {
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden:
		return domain.Refused("%s does not accept the key", p).
			WithHint("set ATOCORE_EMBEDDING_API_KEY, or embedding.api_key_file").Because(said)
	case r.status == http.StatusTooManyRequests:
		hint := "try again later"
		if r.wait > 0 {
			hint = fmt.Sprintf("try again in %s", r.wait)
		}
		if r.code == "insufficient_quota" {
			hint = "the account has no credit left"
		}
		return domain.Unavailable("%s turns calls away: its quota is used up", p).WithHint("%s", hint).Because(said)
	case r.status == http.StatusNotFound:
		return domain.Invalid("%s does not know the model, or the address is wrong", p).
			WithField("embedding.model").WithHint("%s", p.unknown).Because(said)
	case r.status >= 300 && r.status < 400:
		return domain.Invalid("%s sends the call elsewhere", p).
			WithField("embedding.url").WithHint("set embedding.url to where it leads").Because(said)
	case r.status < 500:
		return domain.Invalid("%s refuses the call", p).WithField("embedding.model").Because(said)
	}
	return domain.Unavailable("%s failed", p).WithHint("try again later").Because(said)
}

// hide returns the text of err without the key, and not longer than a message
// should be.
func (p place) hide(err error) error {
	text := err.Error()
	if p.key != "" {
		text = strings.ReplaceAll(text, p.key, "********")
	}
	if len(text) > longestSaid {
		text = shorten(text, longestSaid) + " …"
	}
	return errors.New(text)
}

// address checks where a provider is. A key does not travel unencrypted beyond
// this machine.
func address(c RemoteConfig, usual string) (string, error) {
	text := c.URL
	if text == "" {
		text = usual
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return "", domain.Invalid("embedding.url is not the address of a provider").WithField("embedding.url").
			WithHint("it looks like %s", usual)
	}
	ip := net.ParseIP(u.Hostname())
	if c.Key != "" && u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", domain.Invalid("embedding.url would send the key unencrypted to %s", u.Host).WithField("embedding.url").
			WithHint("use https, or no key")
	}
	return strings.TrimSuffix(text, "/"), nil
}

// space returns the vector space of a model.
func space(provider string, c RemoteConfig, known map[string]int) (domain.EmbeddingModel, error) {
	dimension := c.Dimension
	if dimension == 0 {
		name, _, _ := strings.Cut(c.Model, ":") // a tag, such as :latest, says nothing of it
		dimension = known[name]
	}
	if dimension == 0 {
		return domain.EmbeddingModel{}, domain.Invalid("the dimension of the model %q is not known", c.Model).
			WithField("embedding.dimension").WithHint("set embedding.dimension to the length of its vectors")
	}
	if dimension < 1 || dimension > 16384 {
		return domain.EmbeddingModel{}, domain.Invalid("embedding.dimension = %d is out of range", dimension).
			WithField("embedding.dimension").WithHint("give a number from 1 to 16384")
	}
	return domain.EmbeddingModel{Name: provider + "/" + c.Model, Dimension: dimension}, nil
}

func (c RemoteConfig) limit() time.Duration {
	if c.Timeout == 0 {
		return defaultTimeout
	}
	return c.Timeout
}

// bearer adds the key to calls of a server that sits behind a gateway.
type bearer struct {
	key  string
	base http.RoundTripper
}

func (b bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+b.key)
	return b.base.RoundTrip(req)
}
