// Package chat asks a language model over the chat completions of OpenAI's API, which
// most providers and local servers speak (ports.ChatModel).
package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config says which model to ask, and where.
type Config struct {
	URL     string        // of the API, such as https://api.openai.com/v1
	Model   string        // as the provider calls it
	Key     string        // "" for none; never written to a log, an error or a file
	Timeout time.Duration // of one try; 0 is a minute
	Pause   time.Duration // before the second try, doubled for each further one; 0 is a second
}

const (
	tries        = 3
	longestPause = 20 * time.Second
	longestBody  = 4 * ports.MaxChatAnswer // of an answer, with what is around the text
)

// Model asks one model. It is safe for concurrent use.
type Model struct {
	cfg    Config
	at     string // the address of the call
	client *http.Client
	bare   atomic.Bool // the server does not take response_format
}

var _ ports.ChatModel = (*Model)(nil)

// New checks the configuration; nothing is sent. KindInvalid names the key at fault.
func New(c Config) (*Model, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return nil, domain.Invalid("chat.url is not the address of a chat API").WithField("chat.url").
			WithHint("it looks like https://api.openai.com/v1 or http://127.0.0.1:11434/v1")
	}
	if c.Model == "" {
		return nil, domain.Invalid("chat.url is set, and chat.model is not").WithField("chat.model").
			WithHint("name a model that %s has", u.Host)
	}
	ip := net.ParseIP(u.Hostname())
	if c.Key != "" && u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, domain.Invalid("chat.url would send the key unencrypted to %s", u.Host).WithField("chat.url").
			WithHint("use https, or no key")
	}
	if c.Timeout <= 0 {
		c.Timeout = time.Minute
	}
	if c.Pause <= 0 {
		c.Pause = time.Second
	}
	return &Model{cfg: c, at: strings.TrimSuffix(c.URL, "/") + "/chat/completions", client: &http.Client{
		Transport: http.DefaultTransport.(*http.Transport).Clone(),
		// A redirect would carry the key, and what was said, to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name implements ports.ChatModel.
func (m *Model) Name() string { return m.cfg.Model }

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type format struct {
	Type string `json:"type"`
}

type request struct {
	Model    string    `json:"model"`
	Messages []message `json:"messages"`
	Format   *format   `json:"response_format,omitempty"`
}

type completion struct {
	Choices []struct {
		FinishReason string `json:"finish_reason"`
		Message      struct {
			Content string `json:"content"`
			Refusal string `json:"refusal"`
		} `json:"message"`
	} `json:"choices"`
}

// Answer implements ports.ChatModel. What may pass (429, 408, 5xx, a lost connection)
// is tried three times, with pauses that the server may set.
func (m *Model) Answer(ctx context.Context, instructions, prompt string) (string, error) {
	pause := m.cfg.Pause
	for n := 1; ; n++ {
		text, err := m.once(ctx, instructions, prompt)
		var r *refusal
		if errors.As(err, &r) && r.noFormat() && !m.bare.Swap(true) {
			text, err = m.once(ctx, instructions, prompt)
		}
		if err == nil {
			return text, nil
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		wait, again := retry(err, pause)
		if !again || n == tries {
			return "", m.explain(err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return "", context.Cause(ctx)
		case <-timer.C:
		}
		pause *= 2
	}
}

func (m *Model) once(ctx context.Context, instructions, prompt string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Timeout)
	defer cancel()
	asked := request{Model: m.cfg.Model, Messages: []message{{"system", instructions}, {"user", prompt}}}
	if !m.bare.Load() {
		asked.Format = &format{"json_object"}
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.at, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if m.cfg.Key != "" {
		req.Header.Set("Authorization", "Bearer "+m.cfg.Key)
	}
	resp, err := m.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it matters
	if resp.StatusCode != http.StatusOK {
		return "", refused(resp)
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, longestBody+1))
	if err != nil {
		return "", err
	}
	return m.textOf(content)
}

// textOf reads an answer. What is wrong with it is wrong for good.
func (m *Model) textOf(content []byte) (string, error) {
	bad := func(format string, args ...any) *domain.Error {
		return domain.Corrupt("the model %s "+format, append([]any{m.cfg.Model}, args...)...)
	}
	var c completion
	switch err := json.Unmarshal(content, &c); {
	case len(content) > longestBody:
		return "", bad("answers with more than %d bytes", longestBody)
	case err != nil:
		return "", bad("answers with what is no chat completion").Because(err)
	case len(c.Choices) == 0:
		return "", bad("answers without a choice")
	}
	choice := c.Choices[0]
	switch {
	case choice.Message.Refusal != "":
		return "", bad("refuses to answer")
	case choice.FinishReason != "stop" && choice.FinishReason != "":
		return "", bad("was cut off: %s", clip(choice.FinishReason))
	case strings.TrimSpace(choice.Message.Content) == "":
		return "", bad("answers without any text")
	case len(choice.Message.Content) > ports.MaxChatAnswer:
		return "", bad("answers with more than %d bytes", ports.MaxChatAnswer)
	}
	return choice.Message.Content, nil
}

// retry tells whether err may pass, and how long to wait before the next try.
func retry(err error, pause time.Duration) (time.Duration, bool) {
	pause = min(pause/2+rand.N(pause/2+1), longestPause) //nolint:gosec // no secret hangs on it
	var r *refusal
	if errors.As(err, &r) {
		passing := r.status == http.StatusTooManyRequests && r.code != "insufficient_quota" ||
			r.status == http.StatusRequestTimeout || r.status >= 500
		return max(pause, r.wait), passing && r.wait <= longestPause
	}
	return pause, domain.KindOf(err) == domain.KindInternal
}
