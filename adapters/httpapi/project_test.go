package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProjectCalls(t *testing.T) {
	w := newWorld()
	w.source.AddRoot("/srv/apollo")
	c := start(t, w.config())
	a := c.do("POST", "/projects", `{"name":"Ünï 1.0","aliases":["u.1"],"description":"d","ingest_roots":[{"path":"/srv/u","label":"docs"}]}`)
	require.Equal(t, http.StatusCreated, a.status, a.body)
	assert.Equal(t, "/projects/%C3%9Cn%C3%AF%201.0", a.header.Get("Location"))
	want := projectJSON{
		Name: "Ünï 1.0", Aliases: []string{"u.1"}, Description: "d",
		IngestRoots: []ingestRootJSON{{Path: "/srv/u", Label: "docs"}},
	}
	var got projectJSON
	a.into(t, &got)
	require.Len(t, got.Warnings, 1, "the folder does not exist")
	assert.Contains(t, got.Warnings[0], `ingest root "docs"`)
	got.Warnings = nil
	assert.Equal(t, want, got)
	for _, path := range []string{a.header.Get("Location"), "/projects/u.1", "/projects/U.1"} {
		a := c.do("GET", path, "")
		require.Equal(t, http.StatusOK, a.status, a.body)
		got = projectJSON{}
		a.into(t, &got)
		assert.Equal(t, want, got)
	}
	var list projectListJSON
	c.do("GET", "/projects", "").into(t, &list)
	require.Len(t, list.Projects, 3)
	assert.Equal(t, []string{"Apollo", "Far Away", "Ünï 1.0"}, []string{list.Projects[0].Name, list.Projects[1].Name, list.Projects[2].Name})

	a = c.do("PUT", "/projects/u.1", `{"ingest_roots":[{"path":"/srv/apollo/"}]}`)
	require.Equal(t, http.StatusOK, a.status, a.body)
	assert.Contains(t, a.body, `"aliases":[]`)
	got = projectJSON{}
	a.into(t, &got)
	want.Aliases, want.Description, want.IngestRoots = []string{}, "", []ingestRootJSON{{Path: "/srv/apollo", Label: "apollo"}}
	assert.Equal(t, want, got)

	a = c.do("DELETE", "/projects/%C3%9Cn%C3%AF%201.0", "")
	require.Equal(t, http.StatusNoContent, a.status, a.body)
	c.problem(http.StatusNotFound, "GET", "/projects/u.1", "")

	require.Equal(t, http.StatusCreated, c.do("POST", "/memory", `{"memory_type":"project","content":"x","project":"moon"}`).status)
	p := c.problem(http.StatusConflict, "DELETE", "/projects/Apollo", "")
	assert.Contains(t, p.Detail, "1 memor")
	assert.NotEmpty(t, p.Hint)
	require.Equal(t, http.StatusNoContent, c.do("DELETE", "/projects/apollo?delete_memories=true", "").status)
	a = c.do("GET", "/memory", "")
	assert.JSONEq(t, `{"memories":[]}`, a.body)
}

func TestProjectErrors(t *testing.T) {
	c := start(t, newWorld().config())
	for name, x := range map[string]struct {
		method, path, body string
		status             int
		field, detail      string
		nearest            []string
	}{
		"no name":            {"POST", "/projects", `{"ingest_roots":[{"path":"/a","label":"a"}]}`, 400, "name", `field "name" is missing`, nil},
		"bad name":           {"POST", "/projects", `{"name":"../x","ingest_roots":[{"path":"/a","label":"a"}]}`, 400, "name", `project name "../x" is not usable`, nil},
		"no roots":           {"POST", "/projects", `{"name":"x"}`, 400, "ingest_roots", `field "ingest_roots" is missing`, nil},
		"empty roots":        {"POST", "/projects", `{"name":"x","ingest_roots":[]}`, 400, "ingest_roots", `project "x" has no ingest root`, nil},
		"relative root":      {"POST", "/projects", `{"name":"x","ingest_roots":[{"path":"a","label":"a"}]}`, 400, "ingest_roots", `ingest root "a" is not an absolute path`, nil},
		"root without path":  {"POST", "/projects", `{"name":"x","ingest_roots":[{"label":"a"}]}`, 400, "ingest_roots[0].path", `field "ingest_roots[0].path" is missing`, nil},
		"label of root":      {"POST", "/projects", `{"name":"x","ingest_roots":[{"path":"/a","label":"a/b"}]}`, 400, "ingest_roots", `label "a/b" of ingest root "/a" is not usable`, nil},
		"root misspelt":      {"POST", "/projects", `{"name":"x","ingest_roots":[{"pat":"/a","label":"a"}]}`, 400, "ingest_roots[0].pat", `unknown field "ingest_roots[0].pat"`, []string{"path"}},
		"root as text":       {"POST", "/projects", `{"name":"x","ingest_roots":["/a"]}`, 400, "ingest_roots[0]", "ingest_roots[0] must be an object, not a string", nil},
		"alias as number":    {"POST", "/projects", `{"name":"x","aliases":[1],"ingest_roots":[{"path":"/a","label":"a"}]}`, 400, "aliases[0]", "aliases[0] must be a string, not a number", nil},
		"name taken":         {"POST", "/projects", `{"name":"MOON","ingest_roots":[{"path":"/a","label":"a"}]}`, 409, "name", "", nil},
		"get unknown":        {"GET", "/projects/apolo", "", 404, "project", `unknown project "apolo"`, []string{"Apollo"}},
		"put unknown":        {"PUT", "/projects/apolo", `{"ingest_roots":[{"path":"/a","label":"a"}]}`, 404, "project", `unknown project "apolo"`, []string{"Apollo"}},
		"rename":             {"PUT", "/projects/apollo", `{"name":"Artemis","ingest_roots":[{"path":"/a","label":"a"}]}`, 400, "name", "", nil},
		"delete unknown":     {"DELETE", "/projects/apolo", "", 404, "project", `unknown project "apolo"`, []string{"Apollo"}},
		"delete, misspelt":   {"DELETE", "/projects/apollo?delete_memory=true", "", 400, "delete_memory", `unknown query parameter "delete_memory"`, []string{"delete_memories"}},
		"delete, not a bool": {"DELETE", "/projects/apollo?delete_memories=yes", "", 400, "delete_memories", `delete_memories must be true or false, not "yes"`, nil},
		"delete, in a body":  {"DELETE", "/projects/apollo", `{"delete_memories":true}`, 400, "delete_memories", `unknown field "delete_memories"`, nil},
		"refresh unknown":    {"POST", "/projects/apolo/refresh", "", 404, "project", `unknown project "apolo"`, []string{"Apollo"}},
		"refresh, a body":    {"POST", "/projects/apollo/refresh", `{"full":true}`, 400, "full", `unknown field "full"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := &client{t: t, url: c.url, http: c.http}
			p := asProblem(t, c.do(x.method, x.path, x.body), x.status, "")
			assert.Equal(t, x.field, p.Field)
			assert.True(t, strings.HasPrefix(p.Detail, x.detail), "got %q", p.Detail)
			assert.Equal(t, x.nearest, p.Nearest)
		})
	}
	var list projectListJSON
	c.do("GET", "/projects", "").into(t, &list)
	assert.Len(t, list.Projects, 2, "none of these changed anything")
}

func TestRefreshCall(t *testing.T) {
	w := newWorld()
	w.source.Write("/srv/apollo", "engine.md", "# Engine\n\nThrottled.\n")
	w.source.Write("/srv/apollo", "sub/b.md", "# B\n\nText.\n")
	c := start(t, w.config())
	a := c.do("POST", "/projects/moon/refresh", "{}")
	require.Equal(t, http.StatusOK, a.status, a.body)
	var r refreshJSON
	a.into(t, &r)
	assert.Equal(t, "Apollo", r.Project)
	assert.Equal(t, "ingested", r.Status)
	assert.Equal(t, []int{1, 0, 2}, []int{r.RootsIngested, r.RootsSkipped, r.Added})
	assert.Positive(t, r.Chunks)
	require.Len(t, r.Roots, 1)
	assert.Equal(t, r.Chunks, r.Roots[0].Chunks)
	assert.Equal(t, []string{"docs", "/srv/apollo", "ingested"}, []string{r.Roots[0].Label, r.Roots[0].Path, r.Roots[0].Status})

	a = c.do("POST", "/projects/far%20away/refresh", "")
	require.Equal(t, http.StatusOK, a.status, a.body)
	a.into(t, &r)
	assert.Equal(t, "nothing_to_ingest", r.Status)
	assert.Equal(t, "skipped", r.Roots[0].Status)
	assert.NotEmpty(t, r.Roots[0].Reason)

	a = c.do("POST", "/query", `{"prompt":"throttled","kinds":["chunk"]}`)
	require.Equal(t, http.StatusOK, a.status, a.body)
	var found answerJSON
	a.into(t, &found)
	require.NotEmpty(t, found.Results)
	hit := found.Results[0]
	assert.Equal(t, []string{"chunk", "Apollo", "docs", "engine.md", "Engine"}, []string{hit.Kind, hit.Project, hit.Root, hit.Path, hit.Title})
	lines := strings.Split("# Engine\n\nThrottled.\n", "\n")
	assert.Equal(t, strings.Join(lines[hit.StartLine-1:hit.EndLine], "\n"), strings.TrimSuffix(hit.Content, "\n"), "content is those lines, verbatim")
	assert.Nil(t, hit.Confidence)

	release, err := w.gate.Ingestion(t.Context())
	require.NoError(t, err)
	p := c.problem(http.StatusConflict, "POST", "/projects/moon/refresh", "")
	assert.NotEmpty(t, p.Detail)
	require.NoError(t, release())
}
