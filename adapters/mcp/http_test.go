package mcp

import (
	"net/http"
	"net/http/httptest"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// overHTTP returns the SDK's client of a server that is called for p.
func overHTTP(t *testing.T, c Config, p *domain.Principal) *sdk.ClientSession {
	t.Helper()
	inner := New(c).HTTP()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p != nil {
			r = r.WithContext(domain.WithPrincipal(r.Context(), *p))
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	session, err := sdk.NewClient(&sdk.Implementation{Name: "Some Agent", Version: "2"}, nil).
		Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: server.URL, DisableStandaloneSSE: true}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func TestOverHTTP(t *testing.T) {
	w := newWorld()
	s := overHTTP(t, w.config(), nil)
	var stored rememberOut
	ask(t, s, "remember", args{"content": "Deploys happen on Tuesdays", "memory_type": "project"}, &stored)
	assert.Equal(t, "candidate", stored.Status)
	var found recallOut
	ask(t, s, "recall", args{"prompt": "deploys on Tuesdays", "unconfirmed": true}, &found)
	require.Len(t, found.Results, 1)
	assert.Contains(t, refused(t, s, "recall", args{"prompt": "x", "project": "Apolo"}), `did you mean "Apollo"?`)
	r, err := s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "atocore://memory/" + stored.ID})
	require.NoError(t, err)
	assert.Contains(t, r.Contents[0].Text, "Tuesdays")
}

// The key that a call was made with decides what it may do and what its word counts.
func TestKeysDecide(t *testing.T) {
	for name, c := range map[string]struct {
		key     domain.Principal
		refused bool
		status  string
	}{
		"reads":             {domain.Principal{Key: "k", Name: "kim", Scopes: []domain.KeyScope{domain.KeyRead}}, true, ""},
		"writes":            {domain.Principal{Key: "k", Name: "kim", Scopes: []domain.KeyScope{domain.KeyWrite}}, false, "candidate"},
		"writes, trusted":   {domain.Principal{Key: "k", Name: "kim", Scopes: []domain.KeyScope{domain.KeyWrite}, Trusted: true}, false, "active"},
		"an agent of ours":  {domain.Operator(), false, "candidate"},
		"nothing whatsover": {domain.Principal{Key: "k", Name: "kim"}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			s := overHTTP(t, w.config(), &c.key)
			call := args{"content": "Deploys happen on Tuesdays", "memory_type": "project"}
			if c.refused {
				assert.Contains(t, refused(t, s, "remember", call), "it needs the scope write")
			} else {
				var stored rememberOut
				ask(t, s, "remember", call, &stored)
				assert.Equal(t, c.status, stored.Status)
				if c.key.Key != "" {
					m, err := w.services.Memory.Get(t.Context(), stored.ID)
					require.NoError(t, err)
					assert.Regexp(t, `\(kim\)$`, m.Last.By, "who wrote it cannot be made up")
				}
			}
			if len(c.key.Scopes) == 0 {
				refused(t, s, "recall", args{"prompt": "x"})
				_, err := s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "atocore://projects"})
				assert.ErrorContains(t, err, "it needs the scope read")
			} else {
				ask(t, s, "recall", args{"prompt": "x"}, nil)
			}
		})
	}
}
