package embed

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

const (
	testKey       = "sk-test-0123456789"
	testDimension = 64
)

// provider is an HTTP server that behaves as OpenAI and Ollama document theirs,
// or as fault says.
type provider struct {
	*httptest.Server
	calls atomic.Int64
	// fault, when it is set, may answer a call (its number, from 1) and then
	// returns true.
	fault func(w http.ResponseWriter, call int64) bool
	seen  func(r *http.Request, body map[string]any)
	limit int // characters of one text; 0 for none
}

func serve(t *testing.T) *provider {
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := p.calls.Add(1)
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if p.seen != nil {
			p.seen(r, body)
		}
		if p.fault != nil && p.fault(w, n) {
			return
		}
		var texts []string
		for _, text := range body["input"].([]any) {
			texts = append(texts, text.(string))
		}
		for _, text := range texts {
			if p.limit > 0 && len([]rune(text)) > p.limit {
				refuse(w, http.StatusBadRequest, `{"error":{"message":"This model's maximum context length is 8192 tokens","type":"invalid_request_error","code":null}}`)
				return
			}
		}
		switch r.URL.Path {
		case "/v1/embeddings":
			var data []map[string]any
			for i, text := range texts {
				data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": vectorOf(text)})
			}
			slices.Reverse(data) // the order is not promised
			answer(w, map[string]any{"object": "list", "data": data, "model": body["model"]})
		case "/api/embed":
			var vectors [][]float32
			for _, text := range texts {
				vectors = append(vectors, vectorOf(text))
			}
			answer(w, map[string]any{"model": body["model"], "embeddings": vectors})
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// vectorOf hashes words to positions: near when alike, and not of length 1.
func vectorOf(text string) []float32 {
	v := make([]float32, testDimension)
	for _, word := range strings.Fields(text) {
		h := fnv.New32a()
		_, _ = h.Write([]byte(word))
		v[h.Sum32()%testDimension] += 3
	}
	v[0]++
	return v
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// fast returns r with pauses that a test can wait for.
func fast(t *testing.T, r *Remote, err error) *Remote {
	t.Helper()
	require.NoError(t, err)
	r.pause = time.Millisecond
	return r
}

func openaiAt(t *testing.T, p *provider) *Remote {
	r, err := NewOpenAI(RemoteConfig{URL: p.URL + "/v1", Model: "any", Dimension: testDimension, Key: testKey})
	return fast(t, r, err)
}

func ollamaAt(t *testing.T, p *provider) *Remote {
	r, err := NewOllama(RemoteConfig{URL: p.URL, Model: "any", Dimension: testDimension, Key: testKey})
	return fast(t, r, err)
}

func TestOpenAIKeepsTheContract(t *testing.T) {
	porttest.TestEmbedder(t, func(t *testing.T) ports.Embedder { return openaiAt(t, serve(t)) })
}

func TestOllamaKeepsTheContract(t *testing.T) {
	porttest.TestEmbedder(t, func(t *testing.T) ports.Embedder { return ollamaAt(t, serve(t)) })
}

func TestWhatIsSent(t *testing.T) {
	t.Run("openai", func(t *testing.T) {
		p := serve(t)
		p.seen = func(r *http.Request, body map[string]any) {
			assert.Equal(t, "Bearer "+testKey, r.Header.Get("Authorization"))
			assert.Equal(t, "any", body["model"])
			assert.NotContains(t, body, "dimensions")
		}
		_, err := openaiAt(t, p).Embed(t.Context(), []string{"a"})
		require.NoError(t, err)
	})
	t.Run("openai, vectors shortened by the provider", func(t *testing.T) {
		p := serve(t)
		p.seen = func(_ *http.Request, body map[string]any) {
			assert.EqualValues(t, testDimension, body["dimensions"])
		}
		r, err := NewOpenAI(RemoteConfig{URL: p.URL + "/v1", Model: "text-embedding-3-small", Dimension: testDimension})
		_, err = fast(t, r, err).Embed(t.Context(), []string{"a"})
		require.NoError(t, err)
	})
	t.Run("ollama without a key", func(t *testing.T) {
		p := serve(t)
		p.seen = func(r *http.Request, _ map[string]any) { assert.Empty(t, r.Header.Get("Authorization")) }
		r, err := NewOllama(RemoteConfig{URL: p.URL, Model: "any", Dimension: testDimension})
		_, err = fast(t, r, err).Embed(t.Context(), []string{"a"})
		require.NoError(t, err)
	})
	t.Run("ollama behind a gateway", func(t *testing.T) {
		p := serve(t)
		p.seen = func(r *http.Request, _ map[string]any) {
			assert.Equal(t, "Bearer "+testKey, r.Header.Get("Authorization"))
		}
		_, err := ollamaAt(t, p).Embed(t.Context(), []string{"a"})
		require.NoError(t, err)
	})
	t.Run("many texts go out in batches", func(t *testing.T) {
		p := serve(t)
		texts := make([]string, 300)
		for i := range texts {
			texts[i] = fmt.Sprint("text ", i)
		}
		vectors, err := openaiAt(t, p).Embed(t.Context(), texts)
		require.NoError(t, err)
		assert.Len(t, vectors, 300)
		assert.EqualValues(t, 3, p.calls.Load())
	})
	t.Run("a text that the provider finds too long is shortened, the others are not", func(t *testing.T) {
		p := serve(t)
		p.limit = 1000
		r := openaiAt(t, p)
		vectors, err := r.Embed(t.Context(), []string{"short", strings.Repeat("word ", 700), "other"})
		require.NoError(t, err)
		alone, err := r.Embed(t.Context(), []string{"short", strings.Repeat("word ", 175), "other"})
		require.NoError(t, err)
		assert.Equal(t, alone, vectors)
	})
}

// Every fault: how often it is tried, what kind of error it is, and that the key
// is in no message.
func TestFaultsOfProviders(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(w http.ResponseWriter, call int64) bool
		kind  domain.Kind // "" for success
		calls int64
		says  string
	}{
		{
			name: "key not accepted", kind: domain.KindRefused, calls: 1, says: "embedding.api_key_file",
			fault: func(w http.ResponseWriter, _ int64) bool {
				refuse(w, 401, `{"error":{"message":"Incorrect API key provided: `+testKey+`","type":"invalid_request_error","code":"invalid_api_key"}}`)
				return true
			},
		},
		{
			name: "over the rate, then well", calls: 2,
			fault: func(w http.ResponseWriter, call int64) bool {
				if call == 1 {
					refuse(w, 429, `{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}`)
				}
				return call == 1
			},
		},
		{
			name: "over the rate for long", kind: domain.KindUnavailable, calls: 1, says: "try again in 10m0s",
			fault: func(w http.ResponseWriter, _ int64) bool {
				w.Header().Set("Retry-After", "600")
				refuse(w, 429, `{"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}`)
				return true
			},
		},
		{
			name: "no credit", kind: domain.KindUnavailable, calls: 1, says: "no credit",
			fault: func(w http.ResponseWriter, _ int64) bool {
				refuse(w, 429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`)
				return true
			},
		},
		{
			name: "broken", kind: domain.KindUnavailable, calls: remoteTries, says: "failed",
			fault: func(w http.ResponseWriter, _ int64) bool { refuse(w, 500, "oops"); return true },
		},
		{
			name: "broken for a moment", calls: 3,
			fault: func(w http.ResponseWriter, call int64) bool {
				if call < 3 {
					refuse(w, 503, "loading")
				}
				return call < 3
			},
		},
		{
			name: "model unknown", kind: domain.KindInvalid, calls: 1, says: "model",
			fault: func(w http.ResponseWriter, _ int64) bool {
				refuse(w, 404, `{"error":"model \"any\" not found, try pulling it first"}`)
				return true
			},
		},
		{
			name: "bad request", kind: domain.KindInvalid, calls: 1, says: "no such field",
			fault: func(w http.ResponseWriter, _ int64) bool {
				refuse(w, 400, `{"error":{"message":"no such field"}}`)
				return true
			},
		},
		{
			name: "elsewhere", kind: domain.KindInvalid, calls: 1, says: "embedding.url",
			fault: func(w http.ResponseWriter, _ int64) bool {
				w.Header().Set("Location", "http://example.com/")
				refuse(w, 302, "")
				return true
			},
		},
		{
			name: "not JSON", kind: domain.KindUnavailable, calls: remoteTries, says: "cannot be used",
			fault: func(w http.ResponseWriter, _ int64) bool { _, _ = w.Write([]byte("<html>")); return true },
		},
		{
			name: "fewer vectors than texts", kind: domain.KindUnavailable, calls: 1, says: "answered 2 texts",
			fault: func(w http.ResponseWriter, _ int64) bool {
				answer(w, map[string]any{
					"data":       []any{map[string]any{"index": 0, "embedding": vectorOf("a")}},
					"embeddings": [][]float32{vectorOf("a")},
				})
				return true
			},
		},
		{
			name: "wrong dimension", kind: domain.KindInvalid, calls: 1, says: "embedding.dimension to 3",
			fault: func(w http.ResponseWriter, _ int64) bool {
				v := []float32{1, 2, 3}
				answer(w, map[string]any{
					"data":       []any{map[string]any{"index": 0, "embedding": v}, map[string]any{"index": 1, "embedding": v}},
					"embeddings": [][]float32{v, v},
				})
				return true
			},
		},
		{
			name: "a vector without direction", kind: domain.KindUnavailable, calls: 1, says: "no direction",
			fault: func(w http.ResponseWriter, _ int64) bool {
				v := make([]float32, testDimension)
				answer(w, map[string]any{
					"data":       []any{map[string]any{"index": 0, "embedding": v}, map[string]any{"index": 1, "embedding": v}},
					"embeddings": [][]float32{v, v},
				})
				return true
			},
		},
		{
			name: "cut off", kind: domain.KindUnavailable, calls: remoteTries, says: "cannot be used",
			fault: func(w http.ResponseWriter, _ int64) bool {
				w.Header().Set("Content-Length", "1000")
				_, _ = w.Write([]byte(`{"data":[`))
				panic(http.ErrAbortHandler)
			},
		},
	} {
		for name, open := range map[string]func(*testing.T, *provider) *Remote{"openai": openaiAt, "ollama": ollamaAt} {
			t.Run(name+", "+c.name, func(t *testing.T) {
				p := serve(t)
				p.fault = c.fault
				vectors, err := open(t, p).Embed(t.Context(), []string{"one", "two"})
				assert.Equal(t, c.calls, p.calls.Load(), "calls; %v", err)
				if c.kind == "" {
					require.NoError(t, err)
					assert.Len(t, vectors, 2)
					return
				}
				require.Error(t, err)
				assert.Nil(t, vectors)
				assert.Equal(t, c.kind, domain.KindOf(err), "%v", err)
				assert.Contains(t, err.Error(), c.says)
				assert.NotContains(t, fmt.Sprintf("%v %+v", err, err), testKey)
			})
		}
	}
}

func TestAProviderThatIsDown(t *testing.T) {
	p := serve(t)
	p.Close()
	_, err := openaiAt(t, p).Embed(t.Context(), []string{"a"})
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "see whether it runs")
}

func TestAProviderThatIsSlow(t *testing.T) {
	p := serve(t)
	over := make(chan struct{})
	p.fault = func(http.ResponseWriter, int64) bool { <-over; return true }
	t.Cleanup(func() { close(over) }) // before the server waits for its handlers
	r := openaiAt(t, p)
	r.limit = 20 * time.Millisecond
	_, err := r.Embed(t.Context(), []string{"a"})
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "did not answer in time")

	r.limit = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = r.Embed(ctx, []string{"a"})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestSettingsOfProviders(t *testing.T) {
	for _, c := range []struct {
		name   string
		config RemoteConfig
		field  string // "" when it is fine
	}{
		{name: "nothing set", config: RemoteConfig{}},
		{name: "a tag", config: RemoteConfig{Model: "nomic-embed-text:v1.5", Dimension: 768}},
		{name: "an unknown model", config: RemoteConfig{Model: "mine"}, field: "embedding.dimension"},
		{name: "a dimension out of range", config: RemoteConfig{Dimension: -1}, field: "embedding.dimension"},
		{name: "no address", config: RemoteConfig{URL: "localhost:11434"}, field: "embedding.url"},
		{name: "a password in the address", config: RemoteConfig{URL: "https://me:secret@example.com"}, field: "embedding.url"},
		{name: "a key in clear", config: RemoteConfig{URL: "http://example.com", Key: testKey}, field: "embedding.url"},
		{name: "a key on this machine", config: RemoteConfig{URL: "http://127.0.0.1:1", Key: testKey}},
	} {
		for name, open := range map[string]func(RemoteConfig) (*Remote, error){"openai": NewOpenAI, "ollama": NewOllama} {
			t.Run(name+", "+c.name, func(t *testing.T) {
				_, err := open(c.config)
				if c.field == "" {
					require.NoError(t, err)
					return
				}
				var e *domain.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, c.field, e.Field)
				assert.NotContains(t, err.Error(), "secret")
				assert.NotContains(t, err.Error(), testKey)
			})
		}
	}
	r, err := NewOllama(RemoteConfig{})
	require.NoError(t, err)
	assert.Equal(t, domain.EmbeddingModel{Name: "ollama/nomic-embed-text", Dimension: 768}, r.Model())
}
