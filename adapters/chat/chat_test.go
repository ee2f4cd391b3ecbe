package chat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/chat"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

const key = "sk-a-key-that-nobody-may-see"

// server answers as the chat completions API is documented
// (https://platform.openai.com/docs/api-reference/chat/create): each call by the next
// of its answers, the last one again and again.
type server struct {
	mu      sync.Mutex
	answers []func(http.ResponseWriter)
	bodies  []map[string]any
	auth    []string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content, _ := io.ReadAll(r.Body)
	var body map[string]any
	if r.URL.Path != "/v1/chat/completions" || r.Method != http.MethodPost || json.Unmarshal(content, &body) != nil {
		http.Error(w, `{"error":{"message":"no such call"}}`, http.StatusNotFound)
		return
	}
	s.bodies, s.auth = append(s.bodies, body), append(s.auth, r.Header.Get("Authorization"))
	answer := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	answer(w)
}

// calls returns the bodies so far.
func (s *server) calls() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]map[string]any{}, s.bodies...)
}

func says(text, finish string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		content, _ := json.Marshal(map[string]any{
			"id": "chatcmpl-1", "object": "chat.completion", "created": 1775714400, "model": "m",
			"choices": []any{map[string]any{
				"index": 0, "finish_reason": finish, "logprobs": nil,
				"message": map[string]any{"role": "assistant", "content": text, "refusal": nil},
			}},
			"usage": map[string]any{"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
		})
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(content)
	}
}

func fails(status int, body string, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func serve(t *testing.T, answers ...func(http.ResponseWriter)) (*server, *chat.Model) {
	t.Helper()
	s := &server{answers: answers}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	m, err := chat.New(chat.Config{URL: web.URL + "/v1/", Model: "m", Key: key, Pause: time.Millisecond, Timeout: 5 * time.Second})
	require.NoError(t, err)
	return s, m
}

func TestChatModel(t *testing.T) {
	porttest.TestChatModel(t, func(t *testing.T, answer string) ports.ChatModel {
		_, m := serve(t, says(answer, "stop"))
		return m
	})
}

func TestAnAnswer(t *testing.T) {
	s, m := serve(t, says(`{"memories":[]}`, "stop"))
	got, err := m.Answer(t.Context(), "be brief", "hello")
	require.NoError(t, err)
	assert.Equal(t, `{"memories":[]}`, got)
	assert.Equal(t, "m", m.Name())
	assert.Equal(t, []string{"Bearer " + key}, s.auth)
	assert.Equal(t, []map[string]any{{
		"model": "m", "response_format": map[string]any{"type": "json_object"},
		"messages": []any{map[string]any{"role": "system", "content": "be brief"}, map[string]any{"role": "user", "content": "hello"}},
	}}, s.calls())
}

func TestWhatMayPassIsTriedAgain(t *testing.T) {
	for name, failure := range map[string]func(http.ResponseWriter){
		"429":               fails(429, `{"error":{"message":"slow down","type":"requests"}}`),
		"503":               fails(503, "<html>busy</html>"),
		"408":               fails(408, ""),
		"a lost connection": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	} {
		s, m := serve(t, failure, failure, says("{}", "stop"))
		_, err := m.Answer(t.Context(), "", "hello")
		require.NoError(t, err, name)
		assert.Len(t, s.calls(), 3, name)
		s, m = serve(t, failure)
		_, err = m.Answer(t.Context(), "", "hello")
		require.Error(t, err, name)
		assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), name)
		assert.Len(t, s.calls(), 3, name)
	}
}

func TestWhatDoesNotPass(t *testing.T) {
	long := strings.Repeat("x", ports.MaxChatAnswer+1)
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		kind   domain.Kind
	}{
		"a wrong key":      {fails(401, `{"error":{"message":"Incorrect API key provided: `+key+`"}}`), domain.KindRefused},
		"an unknown model": {fails(404, `{"error":{"message":"The model m does not exist"}}`), domain.KindInvalid},
		"no credit":        {fails(429, `{"error":{"message":"pay","code":"insufficient_quota"}}`), domain.KindUnavailable},
		"a long wait":      {fails(429, "", "Retry-After", "900"), domain.KindUnavailable},
		"a redirect":       {fails(302, "", "Location", "http://example.invalid/"), domain.KindInvalid},
		"a bad request":    {fails(400, `{"error":{"message":"too many tokens"}}`), domain.KindInvalid},
		"no JSON":          {fails(200, "<html>"), domain.KindCorrupt},
		"another JSON":     {fails(200, `{"object":"list"}`), domain.KindCorrupt},
		"no text":          {says(" ", "stop"), domain.KindCorrupt},
		"cut off":          {says("{", "length"), domain.KindCorrupt},
		"filtered":         {says("{}", "content_filter"), domain.KindCorrupt},
		"refused":          {fails(200, `{"choices":[{"finish_reason":"stop","message":{"content":null,"refusal":"no"}}]}`), domain.KindCorrupt},
		"too long":         {says(long, "stop"), domain.KindCorrupt},
		"far too long":     {fails(200, strings.Repeat("[", 5*len(long))), domain.KindCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := serve(t, c.answer)
			_, err := m.Answer(t.Context(), "", "hello")
			require.Error(t, err)
			assert.Equal(t, c.kind, domain.KindOf(err), err)
			assert.Len(t, s.calls(), 1)
			assert.NotContains(t, fmt.Sprintf("%v %+v", err, err), key)
		})
	}
}

func TestAServerWithoutResponseFormat(t *testing.T) {
	s, m := serve(t, fails(400, `{"error":{"message":"unknown field response_format"}}`), says("{}", "stop"))
	for range 2 {
		_, err := m.Answer(t.Context(), "", "hello")
		require.NoError(t, err)
	}
	require.Len(t, s.calls(), 3)
	assert.NotContains(t, s.calls()[1], "response_format")
	assert.NotContains(t, s.calls()[2], "response_format")
}

func TestTimeAndPatience(t *testing.T) {
	hang := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(web.Close)
	t.Cleanup(func() { close(hang) })
	m, err := chat.New(chat.Config{URL: web.URL, Model: "m", Timeout: 20 * time.Millisecond, Pause: time.Millisecond})
	require.NoError(t, err)
	_, err = m.Answer(t.Context(), "", "hello")
	require.Equal(t, domain.KindUnavailable, domain.KindOf(err), err)
	assert.Contains(t, err.Error(), "in time")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = m.Answer(ctx, "", "hello")
	require.ErrorIs(t, err, context.Canceled)
}

func TestConfigurations(t *testing.T) {
	for _, c := range []chat.Config{
		{URL: "api.example.org", Model: "m"},
		{URL: "ftp://x/", Model: "m"},
		{URL: "https://u:p@x/v1", Model: "m"},
		{URL: "https://x/v1?a=b", Model: "m"},
		{URL: "https://x/v1"},
		{URL: "http://example.org/v1", Model: "m", Key: key},
	} {
		_, err := chat.New(c)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), c.URL)
		assert.NotContains(t, err.Error(), key)
	}
}
