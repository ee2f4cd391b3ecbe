package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// refusal is what a server answered instead of a completion.
type refusal struct {
	status int
	code   string        // the server's own, where it gives one
	said   string        // in its own words
	wait   time.Duration // as it asked; 0 when it did not
}

func (r *refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s: %s", r.status, r.code, r.said))
}

// noFormat tells whether the server does not know response_format.
func (r *refusal) noFormat() bool {
	return (r.status == http.StatusBadRequest || r.status == http.StatusUnprocessableEntity) && strings.Contains(r.said, "response_format")
}

func refused(resp *http.Response) *refusal {
	content, _ := io.ReadAll(io.LimitReader(resp.Body, 16<<10)) // what there is of it
	r := &refusal{status: resp.StatusCode, said: string(content)}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		r.wait = time.Duration(min(seconds, 3600)) * time.Second
	}
	var body struct {
		Error struct {
			Message string `json:"message"`
			Type    string `json:"type"`
			Code    any    `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(content, &body) == nil && body.Error.Message != "" {
		r.said, r.code = body.Error.Message, body.Error.Type
		if code, ok := body.Error.Code.(string); ok && code != "" {
			r.code = code
		}
	}
	return r
}

// explain turns the last error into one that says what to do.
func (m *Model) explain(err error) error {
	var known *domain.Error
	if errors.As(err, &known) {
		return err
	}
	where := fmt.Sprintf("the chat model %s at %s", m.cfg.Model, m.cfg.URL)
	said := m.hide(err)
	var r *refusal
	var late net.Error
	switch {
	case !errors.As(err, &r):
		if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) && late.Timeout() {
			return domain.Unavailable("%s did not answer in time", where).WithHint("try again, or raise chat.timeout").Because(said)
		}
		return domain.Unavailable("%s cannot be reached", where).WithHint("see whether it runs, and check chat.url").Because(said)
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden:
		return domain.Refused("%s does not accept the key", where).
			WithHint("set ATOCORE_CHAT_API_KEY, or chat.api_key_file").Because(said)
	case r.status == http.StatusTooManyRequests:
		return domain.Unavailable("%s turns calls away: its quota is used up", where).WithHint("try again later").Because(said)
	case r.status == http.StatusNotFound:
		return domain.Invalid("%s: the model is not known there, or the address is wrong", where).WithField("chat.model").
			WithHint("check chat.model and chat.url, which ends in /v1 for most servers").Because(said)
	case r.status >= 300 && r.status < 400:
		return domain.Invalid("%s sends the call elsewhere", where).WithField("chat.url").
			WithHint("set chat.url to where it leads").Because(said)
	case r.status < 500 && r.status != http.StatusRequestTimeout:
		return domain.Invalid("%s refuses the call", where).WithField("chat.model").Because(said)
	}
	return domain.Unavailable("%s failed", where).WithHint("try again later").Because(said)
}

// hide returns the text of err without the key, and not longer than a message should be.
func (m *Model) hide(err error) error {
	text := err.Error()
	if m.cfg.Key != "" {
		text = strings.ReplaceAll(text, m.cfg.Key, "********")
	}
	return errors.New(clip(text))
}

func clip(text string) string {
	const longest = 300
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + " …"
	}
	return text
}
