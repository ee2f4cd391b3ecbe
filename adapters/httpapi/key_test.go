package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/audit"
	"github.com/atocore/atocore/domain/key"
	"github.com/atocore/atocore/ports/portfake"
)

// keyed is a server with keys, and what it stands on.
type keyed struct {
	*world
	config Config
	keys   *portfake.Keys
	trail  *portfake.Audit
}

func newKeyed() keyed {
	w := newWorld()
	k := keyed{world: w, config: w.config(), keys: &portfake.Keys{}, trail: &portfake.Audit{}}
	k.config.Keys = key.New(key.Config{Keys: k.keys, Registry: w.registry, Clock: &w.clock, Token: "the operator's"})
	k.config.Audit = audit.New(audit.Config{Trail: k.trail, Clock: &w.clock})
	return k
}

func (k keyed) key(t *testing.T, d key.Draft) (header string) {
	t.Helper()
	if d.Name == "" {
		d.Name = strings.Join(append(d.Scopes, d.Projects...), " ")
	}
	_, secret, err := k.config.Keys.Create(t.Context(), d)
	require.NoError(t, err)
	return "Authorization: Bearer " + secret
}

const asOperator = "Authorization: Bearer the operator's"

// scopes is what each operation needs. A new one is added here, on purpose.
var scopes = map[string]string{
	"GET /health": "",
	"GET /ready":  "read, unlimited", "GET /metrics": "read, unlimited",
	"POST /memory": "write", "GET /memory": "read", "GET /memory/{id}": "read", "PUT /memory/{id}": "write", "DELETE /memory/{id}": "write",
	"GET /memory/{id}/history": "read", "POST /memory/{id}/restore": "write", "POST /memory/{id}/promote": "write",
	"POST /memory/{id}/reinforce": "write", "POST /memory/{id}/supersede": "write", "POST /memory/{id}/undo": "write",
	"POST /memory/{id}/reject": "write", "POST /memory/expire": "write", "GET /memory/review": "read", "GET /memory/stats": "read",
	"GET /projects": "read", "GET /projects/{name}": "read", "POST /projects": "admin", "PUT /projects/{name}": "admin", "DELETE /projects/{name}": "admin",
	"POST /projects/{name}/refresh": "write", "GET /projects/{name}/state": "read", "PUT /projects/{name}/state/{key}": "write",
	"DELETE /projects/{name}/state/{key}": "write", "GET /projects/{name}/state/{key}/history": "read",
	"POST /query": "read", "POST /context": "read", "GET /receipts/{receipt}": "read",
	"POST /interactions": "write", "GET /interactions": "read", "GET /interactions/{id}": "read", "DELETE /interactions/{id}": "write",
	"POST /interactions/{id}/confirm": "write", "POST /interactions/{id}/extract": "write",
	"POST /interactions/prune": "write", "GET /interactions/prunings": "read",
}

// TestScopes: every call refuses whoever has not its scope, before it looks at
// anything else, and what is an administrator's is recorded.
func TestScopes(t *testing.T) {
	k := newKeyed()
	k.config.Metrics = func(context.Context) ([]byte, error) { return nil, nil }
	headers := map[string]string{
		"read": k.key(t, key.Draft{Scopes: []string{"read"}}), "write": k.key(t, key.Draft{Scopes: []string{"write"}}),
		"limited": k.key(t, key.Draft{Scopes: []string{"write"}, Projects: []string{"Apollo"}}),
	}
	c := start(t, k.config)
	operations := map[string]bool{"GET /metrics": true}
	documentOf(t, c.do("GET", "/openapi.json", "", asOperator).body).operations(func(method, path string, _ map[string]any, _ string) {
		operations[strings.ToUpper(method)+" "+path] = true
	})
	require.Greater(t, len(operations), 40)
	for name := range operations {
		method, path, _ := strings.Cut(name, " ")
		want, listed := scopes[name]
		if strings.HasPrefix(path, "/admin/") {
			want, listed = "admin", true
		}
		require.True(t, listed, "%s is new: say in scopes what it needs", name)
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		may := map[string]bool{"read": want != "write" && want != "admin", "write": want != "admin", "limited": want != "admin" && !strings.HasSuffix(want, "unlimited")}
		for who, header := range headers {
			before, err := k.trail.List(t.Context(), domain.AuditFilter{Limit: 1})
			require.NoError(t, err)
			a := c.do(method, path, "", header)
			assert.Equal(t, may[who], a.status != http.StatusForbidden, "%s as %s: %d %s", name, who, a.status, a.body)
			after, err := k.trail.List(t.Context(), domain.AuditFilter{Limit: 1})
			require.NoError(t, err)
			assert.Equal(t, want == "admin", len(after) > 0 && (len(before) == 0 || after[0].Entry != before[0].Entry), "%s as %s is recorded", name, who)
		}
		assert.Equal(t, want == "", c.do(method, path, "").status != http.StatusUnauthorized, "%s without a key", name)
	}
}

// TestEveryRouteIsDocumented: nothing is served beside the document that would not be
// seen by whoever goes through it.
func TestEveryRouteIsDocumented(t *testing.T) {
	k := newKeyed()
	k.config.Metrics = func(context.Context) ([]byte, error) { return nil, nil }
	k.config.MCP = http.NotFoundHandler()
	s, err := New(k.config)
	require.NoError(t, err)
	beside := map[string]bool{"/metrics": true, "/mcp": true, "/openapi.json": true}
	seen := 0
	for _, r := range s.app.GetRoutes(true) {
		path := r.Path
		for _, param := range r.Params {
			path = strings.Replace(path, ":"+param, "{"+param+"}", 1)
		}
		if beside[path] || path == "/" && r.Method != http.MethodGet {
			continue
		}
		seen++
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		item := s.api.OpenAPI().Paths[path]
		if !assert.NotNil(t, item, "%s %s", r.Method, path) {
			continue
		}
		raw, err := json.Marshal(item)
		require.NoError(t, err)
		assert.Contains(t, string(raw), `"`+strings.ToLower(method)+`":`, path)
	}
	assert.Greater(t, seen, 40)
}

func TestTooManyRequests(t *testing.T) {
	k := newKeyed()
	slow := k.key(t, key.Draft{Scopes: []string{"read"}, Rate: 6})
	c := start(t, k.config)
	for range 10 {
		assert.Equal(t, http.StatusOK, c.do("GET", "/memory", "", slow).status)
	}
	a := c.do("GET", "/memory", "", slow)
	p := asProblem(t, a, http.StatusTooManyRequests, "/memory")
	assert.Equal(t, problemPrefix+"throttled", p.Type)
	assert.Equal(t, "10", a.header.Get("Retry-After"))

	guess := "Authorization: Bearer guess"
	for range 18 { // and two that were right
		assert.Equal(t, http.StatusUnauthorized, c.do("GET", "/memory", "", guess).status)
	}
	for range 30 {
		c.do("GET", "/memory", "", guess)
	}
	a = c.do("GET", "/memory", "", guess)
	asProblem(t, a, http.StatusTooManyRequests, "/memory")
	assert.Equal(t, "3", a.header.Get("Retry-After"))
	assert.Equal(t, http.StatusOK, c.do("GET", "/health", "").status)
	asProblem(t, c.do("GET", "/memory", "", slow), http.StatusTooManyRequests, "/memory")
}

// TestAFullDiskSwitchesNoAuditOff: what cannot be recorded is not done.
func TestAFullDiskSwitchesNoAuditOff(t *testing.T) {
	k := newKeyed()
	c := start(t, k.config)
	full := ""
	k.trail.Fail = func(op string) error {
		if op == full {
			return domain.Unavailable("the disk is full")
		}
		return nil
	}
	body := `{"name":"x","scopes":["read"]}`
	full = "audit.begin"
	p := asProblem(t, c.do("POST", "/admin/keys", body, asOperator), http.StatusServiceUnavailable, "/admin/keys")
	assert.NotContains(t, p.Detail, "atocore_")
	keys, err := k.config.Keys.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, keys)
	full = "audit.end"
	a := c.do("POST", "/admin/keys", body, asOperator)
	asProblem(t, a, http.StatusServiceUnavailable, "/admin/keys")
	assert.NotContains(t, a.body, "atocore_", "the secret of a key whose making is not on record is shown to nobody")
	assert.NotContains(t, a.header.Get("Location"), "/admin")
	full = ""
	require.Equal(t, http.StatusCreated, c.do("POST", "/admin/keys", strings.Replace(body, "x", "y", 1), asOperator).status)
	entries, err := k.trail.List(t.Context(), domain.AuditFilter{})
	require.NoError(t, err)
	require.Len(t, entries, 2)
	assert.Equal(t, domain.AuditDone, entries[0].Outcome)
	assert.Equal(t, "api_token", entries[0].By)
	assert.Equal(t, "127.0.0.1", entries[0].From)
	assert.Equal(t, domain.AuditBegun, entries[1].Outcome)
}

func TestAKeysWordIsACandidate(t *testing.T) {
	k := newKeyed()
	agent := k.key(t, key.Draft{Name: "agent", Scopes: []string{"write"}})
	person := k.key(t, key.Draft{Name: "person", Scopes: []string{"write"}, Trusted: true})
	c := start(t, k.config)
	for header, want := range map[string]string{agent: "candidate", person: "active"} {
		a := c.do("POST", "/memory", `{"memory_type":"knowledge","content":"`+want+` cats sleep"}`, header)
		require.Equal(t, http.StatusCreated, a.status, a.body)
		assert.Contains(t, a.body, `"status":"`+want+`"`)
	}
	a := c.do("POST", "/memory", `{"memory_type":"knowledge","content":"dogs bark","status":"active"}`, agent)
	asProblem(t, a, http.StatusForbidden, "/memory")
}
