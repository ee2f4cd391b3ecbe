package chroma

import (
	"context"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

const testToken = "ck-0123456789"

var model = domain.EmbeddingModel{Name: "test/two", Dimension: 2}

// fake is a server of which one collection is known and whose queries behave as
// fault says.
type fake struct {
	*httptest.Server
	calls atomic.Int64 // of queries
	fault func(w http.ResponseWriter, call int64) bool
	token func(h http.Header)
}

func newFake(t *testing.T, start func(http.Handler) *httptest.Server) *fake {
	f := &fake{}
	f.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.token != nil {
			f.token(r.Header)
		}
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/heartbeat"):
			fmt.Fprint(w, `{"nanosecond heartbeat": 1}`)
		case strings.HasSuffix(r.URL.Path, "/pre-flight-checks"):
			fmt.Fprint(w, `{"max_batch_size": 2}`)
		case strings.HasSuffix(r.URL.Path, "/collections/one"):
			fmt.Fprint(w, `{"id":"1-2-3","name":"one","metadata":{"atocore_model":"test/two","atocore_dimension":2}}`)
		case strings.Contains(r.URL.Path, "/collections/1-2-3/"):
			if n := f.calls.Add(1); f.fault != nil && f.fault(w, n) {
				return
			}
			fmt.Fprint(w, `{"ids":[["a"]],"distances":[[0.25]]}`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

func refuse(w http.ResponseWriter, status int, body string) bool {
	w.WriteHeader(status)
	fmt.Fprint(w, body)
	return true
}

func TestFaultsOfAServer(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(w http.ResponseWriter, call int64) bool
		kind  domain.Kind // "" for success
		calls int64       // of a write
		says  string
	}{
		{
			name: "token not accepted", kind: domain.KindRefused, calls: 1, says: "chroma.token",
			fault: func(w http.ResponseWriter, _ int64) bool {
				return refuse(w, 401, `{"error":"AuthError","message":"no"}`)
			},
		},
		{
			name: "turned away once", calls: 2,
			fault: func(w http.ResponseWriter, call int64) bool { return call == 1 && refuse(w, 429, "") },
		},
		{
			name: "turned away", kind: domain.KindUnavailable, calls: writeTries, says: "quota",
			fault: func(w http.ResponseWriter, _ int64) bool { return refuse(w, 429, "") },
		},
		{
			name: "broken once", calls: 2,
			fault: func(w http.ResponseWriter, call int64) bool {
				return call == 1 && refuse(w, 500, `{"error":"InternalError","message":"database is locked"}`)
			},
		},
		{
			name: "broken", kind: domain.KindUnavailable, calls: writeTries, says: "database is locked",
			fault: func(w http.ResponseWriter, _ int64) bool {
				return refuse(w, 500, `{"error":"InternalError","message":"database is locked"}`)
			},
		},
		{
			name: "refused", kind: domain.KindInvalid, calls: 1, says: "expecting embedding with dimension",
			fault: func(w http.ResponseWriter, _ int64) bool {
				return refuse(w, 400, `{"error":"InvalidArgumentError","message":"Collection expecting embedding with dimension of 2"}`)
			},
		},
		{
			name: "connection cut", calls: 2,
			fault: func(_ http.ResponseWriter, call int64) bool {
				if call == 1 {
					panic(http.ErrAbortHandler)
				}
				return false
			},
		},
		{
			name: "sent elsewhere", kind: domain.KindUnavailable, calls: 1, says: "chroma.url",
			fault: func(w http.ResponseWriter, _ int64) bool {
				w.Header().Set("Location", "http://example.com/")
				return refuse(w, 302, "")
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t, httptest.NewServer)
			f.fault = c.fault
			s, err := Open(Config{URL: f.URL, Token: testToken})
			require.NoError(t, err)
			err = s.Index("one", model).Upsert(t.Context(), []domain.VectorRecord{{ID: "a", Vector: []float32{1, 0}}})
			assert.Equal(t, c.calls, f.calls.Load(), "calls")
			assert.Equal(t, c.kind, domain.KindOf(err), "%v", err)
			if err != nil {
				assert.ErrorContains(t, err, c.says)
				assert.NotContains(t, err.Error(), testToken)
			}
		})
	}
}

func TestWritesKeepToTheServersLimits(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	s, err := Open(Config{URL: f.URL})
	require.NoError(t, err)
	x := s.Index("one", model)
	var records []domain.VectorRecord
	for _, id := range []string{"a", "b", "c", "d", "e", "a"} {
		records = append(records, domain.VectorRecord{ID: id, Vector: []float32{1, 0}})
	}
	require.NoError(t, x.Upsert(t.Context(), records))
	assert.EqualValues(t, 3, f.calls.Load(), "five ids, two at a time")
	require.NoError(t, x.Delete(t.Context(), []string{"a", "b", "a"}))
	assert.EqualValues(t, 4, f.calls.Load())
}

func TestASearchDoesNotWaitForASlowServer(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	over := make(chan struct{})
	f.fault = func(http.ResponseWriter, int64) bool { <-over; return true }
	t.Cleanup(func() { close(over) })
	s, err := Open(Config{URL: f.URL, Timeout: time.Second})
	require.NoError(t, err)
	begin := time.Now()
	_, err = s.Index("one", model).Search(t.Context(), []float32{1, 0}, domain.Scope{}, 1)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "did not answer in time")
	assert.Less(t, time.Since(begin), 5*time.Second)

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = s.Index("one", model).Search(ctx, []float32{1, 0}, domain.Scope{}, 1)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestTheTokenIsSent(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	for mode, config := range map[string]Config{
		"server": {URL: f.URL, Token: testToken},
		"cloud":  {Mode: ModeCloud, URL: f.URL, Token: testToken, Tenant: "t", Database: "d"},
	} {
		t.Run(mode, func(t *testing.T) {
			f.token = func(h http.Header) { assert.Equal(t, testToken, h.Get("X-Chroma-Token")) }
			s, err := Open(config)
			require.NoError(t, err)
			require.NoError(t, s.Alive(t.Context()))
		})
	}
}

func TestTLS(t *testing.T) {
	f := newFake(t, httptest.NewTLSServer)
	s, err := Open(Config{URL: f.URL})
	require.NoError(t, err)
	err = s.Alive(t.Context())
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "certificate")

	file := filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw})
	require.NoError(t, os.WriteFile(file, data, 0o600))
	s, err = Open(Config{URL: f.URL, CAFile: file})
	require.NoError(t, err)
	require.NoError(t, s.Alive(t.Context()))
}

func TestWhatAnswersIsNotChroma(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	t.Cleanup(web.Close)
	s, err := Open(Config{URL: web.URL})
	require.NoError(t, err)
	err = s.Alive(t.Context())
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
}

func TestSettings(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for _, c := range []struct {
		name   string
		config Config
		field  string // "" when it is fine
	}{
		{name: "nothing set"},
		{name: "with the path of the API", config: Config{URL: "http://localhost:1/api/v2/"}},
		{name: "no scheme", config: Config{URL: "localhost:8000"}, field: "chroma.url"},
		{name: "a password in the address", config: Config{URL: "http://me:secret@localhost"}, field: "chroma.url"},
		{name: "unknown mode", config: Config{Mode: "moon"}, field: "chroma.mode"},
		{name: "cloud without a tenant", config: Config{Mode: ModeCloud}, field: "chroma.tenant"},
		{name: "cloud without a database", config: Config{Mode: ModeCloud, Tenant: "t"}, field: "chroma.database"},
		{name: "cloud without a token", config: Config{Mode: ModeCloud, Tenant: "t", Database: "d"}, field: "chroma.token"},
		{name: "no certificates", config: Config{CAFile: empty}, field: "chroma.ca_file"},
		{name: "no certificate file", config: Config{CAFile: empty + "x"}, field: "chroma.ca_file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(c.config)
			if c.field == "" {
				require.NoError(t, err)
				return
			}
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.field, e.Field)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

// The local mode says what it needs, and downloads nothing.
func TestLocalModeWithoutItsLibrary(t *testing.T) {
	t.Setenv("CHROMA_LIB_PATH", "")
	_, err := Open(Config{Mode: ModeLocal, PersistDir: t.TempDir()})
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	assert.NotEmpty(t, e.Hint)
}
