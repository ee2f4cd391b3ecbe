package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/webhook"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

// call is a request as the receiver saw it.
type call struct {
	method, path string
	header       http.Header
	body         string
}

// receiver is the other side.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	calls  []call
	answer func(w http.ResponseWriter, r *http.Request)
}

func receive(t *testing.T, answer func(http.ResponseWriter, *http.Request)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		r.calls = append(r.calls, call{q.Method, q.URL.RequestURI(), q.Header.Clone(), string(body)})
		r.mu.Unlock()
		if r.answer != nil {
			r.answer(w, q)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func hook(t *testing.T, c webhook.Config) *webhook.Webhook {
	t.Helper()
	if c.Clock == nil {
		c.Clock = &portfake.Clock{}
	}
	w, err := webhook.New(c)
	require.NoError(t, err)
	return w
}

func TestWebhook(t *testing.T) {
	porttest.TestMessenger(t, func(t *testing.T) ports.Messenger {
		return hook(t, webhook.Config{URL: receive(t, nil).URL})
	})
}

func TestHeartbeat(t *testing.T) {
	porttest.TestMessenger(t, func(t *testing.T) ports.Messenger {
		h, err := webhook.NewHeartbeat(domain.JobBackup, receive(t, nil).URL, "1")
		require.NoError(t, err)
		return h
	})
}

func TestWhatIsPosted(t *testing.T) {
	r := receive(t, nil)
	w := hook(t, webhook.Config{URL: r.URL + "/hook?x=1", Secret: "hunter2", Version: "1.2.3", Host: "box"})
	for _, n := range porttest.Notices() {
		require.NoError(t, w.Deliver(t.Context(), n))
	}
	require.Len(t, r.calls, 4)
	failed := r.calls[1]
	assert.Equal(t, "POST", failed.method)
	assert.Equal(t, "/hook?x=1", failed.path)
	assert.Equal(t, "application/json", failed.header.Get("Content-Type"))
	assert.Equal(t, "two", failed.header.Get(webhook.HeaderID))
	assert.Equal(t, "backup.failed", failed.header.Get(webhook.HeaderEvent))
	assert.JSONEq(t, `{"id":"two","event":"backup.failed","time":"2026-04-09T06:00:03Z","ok":false,
		"text":"backup failed: the disk is full","host":"box","version":"1.2.3",
		"job":{"name":"backup","started_at":"2026-04-09T06:00:03Z","duration_seconds":1,"bytes":0,"scheduled":true,
		"problem":"the disk is full","remedy":"make room"}}`, failed.body)
	missed := decode(t, r.calls[2].body)["objective"].(map[string]any)
	assert.Equal(t, "red", missed["light"])
	assert.InEpsilon(t, 10800, missed["seen_seconds"], 0)

	// What a receiver does to check the signature.
	at, sum, found := strings.Cut(strings.TrimPrefix(failed.header.Get(webhook.HeaderSignature), "t="), ",v1=")
	require.True(t, found)
	assert.Equal(t, webhook.Sign("hunter2", at, []byte(failed.body)), sum)
	assert.NotEqual(t, webhook.Sign("hunter3", at, []byte(failed.body)), sum)
	assert.NotEqual(t, webhook.Sign("hunter2", at, []byte(failed.body+" ")), sum)
	// HMAC-SHA256 of "1.x" under "k", as any other program computes it.
	assert.Equal(t, "976cb87e4f568d1c0f03f32859e90af8597cf00b978ba37c229c97d3a15b8449", webhook.Sign("k", "1", []byte("x")))
}

func decode(t *testing.T, body string) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &out))
	return out
}

func TestWithoutSecretNothingIsSigned(t *testing.T) {
	r := receive(t, nil)
	require.NoError(t, hook(t, webhook.Config{URL: r.URL}).Deliver(t.Context(), porttest.Notices()[0]))
	assert.Empty(t, r.calls[0].header.Get(webhook.HeaderSignature))
}

func TestFailuresOnly(t *testing.T) {
	w := hook(t, webhook.Config{URL: "http://h", FailuresOnly: true})
	var wanted []string
	for _, n := range porttest.Notices() {
		if w.Wants(n) {
			wanted = append(wanted, n.Event())
		}
	}
	assert.Equal(t, []string{"backup.failed", "objective.missed", "objective.met"}, wanted)
}

func TestBeats(t *testing.T) {
	r := receive(t, nil)
	h, err := webhook.NewHeartbeat(domain.JobBackup, r.URL+"/ping/uuid/", "1.2.3")
	require.NoError(t, err)
	for _, n := range porttest.Notices() {
		if h.Wants(n) {
			require.NoError(t, h.Deliver(t.Context(), n))
		}
	}
	require.Len(t, r.calls, 2, "objectives have no heartbeat")
	assert.Equal(t, "/ping/uuid/", r.calls[0].path)
	assert.Equal(t, "/ping/uuid/fail", r.calls[1].path)
	assert.Equal(t, "backup failed: the disk is full", r.calls[1].body)
	other, err := webhook.NewHeartbeat(domain.JobProve, r.URL, "1")
	require.NoError(t, err)
	assert.False(t, other.Wants(porttest.Notices()[0]))
}

// Which answers are worth another attempt, and which are not.
func TestAnswers(t *testing.T) {
	for status, kind := range map[int]domain.Kind{
		200: "", 204: "", 301: domain.KindRefused, 308: domain.KindRefused, 400: domain.KindRefused, 401: domain.KindRefused,
		404: domain.KindRefused, 408: domain.KindUnavailable, 410: domain.KindRefused, 425: domain.KindUnavailable,
		429: domain.KindUnavailable, 500: domain.KindUnavailable, 503: domain.KindUnavailable,
	} {
		r := receive(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		})
		err := hook(t, webhook.Config{URL: r.URL + "/s3cret"}).Deliver(t.Context(), porttest.Notices()[0])
		assert.Equal(t, kind, domain.KindOf(err), "%d: %v", status, err)
		assert.Len(t, r.calls, 1, "no redirect is followed")
		if err != nil {
			assert.NotContains(t, err.Error(), "s3cret")
		}
	}
}

func TestNothingAnswers(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := "http://" + l.Addr().String()
	require.NoError(t, l.Close())
	reset := receive(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for name, url := range map[string]string{"closed port": closed, "cut off": reset.URL, "no such host": "http://nowhere.invalid"} {
		t.Run(name, func(t *testing.T) {
			err := hook(t, webhook.Config{URL: url + "/s3cret", Secret: "hunter2"}).Deliver(t.Context(), porttest.Notices()[0])
			assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
			assert.NotContains(t, err.Error(), "s3cret")
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// A receiver that never answers is given up when the attempt's time is over, and
// that is worth another attempt.
func TestHangs(t *testing.T) {
	release := make(chan struct{})
	r := receive(t, func(_ http.ResponseWriter, q *http.Request) {
		select {
		case <-release:
		case <-q.Context().Done():
		}
	})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := hook(t, webhook.Config{URL: r.URL}).Deliver(ctx, porttest.Notices()[0])
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
	assert.True(t, errors.Is(err, context.DeadlineExceeded))
}

// An answer without end is not read to its end.
func TestEndlessAnswer(t *testing.T) {
	r := receive(t, func(w http.ResponseWriter, q *http.Request) {
		for q.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	require.NoError(t, hook(t, webhook.Config{URL: r.URL}).Deliver(t.Context(), porttest.Notices()[0]))
}

func TestURLs(t *testing.T) {
	for name, raw := range map[string]string{
		"a file": "file:///etc/passwd", "ftp": "ftp://h/s3cret", "no scheme": "example.org/s3cret", "no host": "http:///s3cret",
		"odd": "http://[::1/s3cret", "a control": "http://h/s3cret\x7f", "a fragment": "https://h/#s3cret", "nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := webhook.New(webhook.Config{URL: raw})
			require.Equal(t, domain.KindInvalid, domain.KindOf(err))
			assert.NotContains(t, err.Error(), "s3cret")
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "notify.webhook", e.Field)
			_, err = webhook.NewHeartbeat(domain.JobPush, raw, "1")
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "notify.heartbeat_push", e.Field)
		})
	}
	w := hook(t, webhook.Config{URL: "https://user:s3cret@example.org:8443/s3cret?k=s3cret"})
	assert.Equal(t, "webhook https://example.org:8443", w.Name())
}
