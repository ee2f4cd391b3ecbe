package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestMemoryCalls(t *testing.T) {
	w := newWorld()
	c := start(t, w.config())
	a := c.do("POST", "/memory", `{"memory_type":"project","content":" Ünï <b>&\n","project":"MOON","confidence":0,"source":"me"}`)
	require.Equal(t, http.StatusCreated, a.status, a.body)
	var m memoryJSON
	a.into(t, &m)
	assert.Equal(t, "/memory/"+m.ID, a.header.Get("Location"))
	assert.Equal(t, "application/json", a.header.Get("Content-Type"))
	now := w.clock.Now()
	assert.Equal(t, memoryJSON{
		ID: m.ID, MemoryType: "project", Content: " Ünï <b>&\n", Project: "Apollo", Confidence: 0, Source: "me",
		Status: "active", CreatedAt: now, UpdatedAt: now, Revision: 1, Receipt: &receiptJSON{Searchable: true},
	}, m)
	m.Receipt = nil // what is read has none

	// The request that follows must not overwrite what the last one left behind.
	for i := range 20 {
		a := c.do("POST", "/memory", fmt.Sprintf(`{"memory_type":"identity","content":"%s"}`, strings.Repeat(string(rune('a'+i)), 20)))
		require.Equal(t, http.StatusCreated, a.status, a.body)
		var n memoryJSON
		a.into(t, &n)
		assert.InDelta(t, domain.DefaultConfidence, n.Confidence, 0)
		assert.Empty(t, n.Project)
	}
	var got memoryJSON
	a = c.do("GET", "/memory/"+m.ID, "")
	require.Equal(t, http.StatusOK, a.status, a.body)
	a.into(t, &got)
	assert.Equal(t, m, got)

	a = c.do("PUT", "/memory/"+m.ID, `{"project":"","status":"rejected","confidence":null}`)
	require.Equal(t, http.StatusOK, a.status, a.body)
	a.into(t, &got)
	m.Project, m.Status, m.Revision = "", "rejected", 2
	assert.Equal(t, &receiptJSON{Reason: "a memory that is rejected is in no answer"}, got.Receipt)
	got.Receipt = nil
	assert.Equal(t, m, got)

	a = c.do("DELETE", "/memory/"+m.ID, "")
	require.Equal(t, http.StatusNoContent, a.status, a.body)
	assert.Empty(t, a.body)
	a = c.do("GET", "/memory/"+m.ID+"/history", "")
	require.Equal(t, http.StatusOK, a.status, a.body)
	var h historyJSON
	a.into(t, &h)
	require.Len(t, h.History, 3)
	assert.Equal(t, []string{"created", "rejected", "deleted"}, []string{h.History[0].Change, h.History[1].Change, h.History[2].Change})
	assert.Equal(t, m, h.History[2].Memory)
}

func TestMemoryList(t *testing.T) {
	w := newWorld()
	c := start(t, w.config())
	for _, body := range []string{
		`{"memory_type":"project","content":"one","project":"Apollo"}`,
		`{"memory_type":"identity","content":"two"}`,
		`{"memory_type":"project","content":"three","project":"Apollo"}`,
	} {
		require.Equal(t, http.StatusCreated, c.do("POST", "/memory", body).status)
	}
	list := func(query string) (contents []string, next string) {
		t.Helper()
		a := c.do("GET", "/memory"+query, "")
		require.Equal(t, http.StatusOK, a.status, a.body)
		assert.Contains(t, a.body, `"memories":[`, "an empty list is a list")
		var page memoryListJSON
		a.into(t, &page)
		for _, m := range page.Memories {
			contents = append(contents, m.Content)
		}
		return contents, page.NextCursor
	}
	for query, want := range map[string][]string{
		"":                                     {"three", "two", "one"},
		"?project=moon":                        {"three", "one"},
		"?project=":                            {"two"},
		"?project=apollo&memory_type=identity": nil,
		"?memory_type=identity":                {"two"},
		"?status=active&limit=500":             {"three", "two", "one"},
		"?status=expired":                      nil,
		"?project=Far%20Away":                  nil,
		"?project=Far+Away":                    nil,
	} {
		got, _ := list(query)
		assert.Equal(t, want, got, query)
	}
	var all []string
	for query := "?limit=1"; ; {
		got, next := list(query)
		all = append(all, got...)
		if next == "" {
			break
		}
		query = "?limit=1&cursor=" + next
	}
	assert.Equal(t, []string{"three", "two", "one"}, all)
}

func TestMemoryErrors(t *testing.T) {
	w := newWorld()
	c := start(t, w.config())
	require.Equal(t, http.StatusCreated, c.do("POST", "/memory", `{"memory_type":"identity","content":"x"}`).status)
	const id = "/memory/id-000001"
	for name, x := range map[string]struct {
		method, path, body  string
		status              int
		field, detail, hint string
		nearest             []string
	}{
		"confidence 1.5":       {"POST", "/memory", `{"memory_type":"identity","content":"x","confidence":1.5}`, 400, "confidence", "confidence 1.5 is out of range", "give a number from 0 to 1", nil},
		"confidence below 0":   {"POST", "/memory", `{"memory_type":"identity","content":"x","confidence":-0.001}`, 400, "confidence", "confidence -0.001 is out of range", "give a number from 0 to 1", nil},
		"confidence as text":   {"POST", "/memory", `{"memory_type":"identity","content":"x","confidence":"0.9"}`, 400, "confidence", "confidence must be a number, not a string", "", nil},
		"type missing":         {"POST", "/memory", `{"content":"x"}`, 400, "memory_type", `field "memory_type" is missing`, "known fields: memory_type, content", nil},
		"type misspelt":        {"POST", "/memory", `{"memory_type":"preferance","content":"x"}`, 400, "memory_type", `unknown memory_type "preferance"`, `did you mean "preference"?`, []string{"preference"}},
		"type far off":         {"POST", "/memory", `{"memory_type":"zzzzzzzzzz","content":"x"}`, 400, "memory_type", `unknown memory_type "zzzzzzzzzz"`, "one of identity, preference", nil},
		"type as key":          {"POST", "/memory", `{"type":"identity","content":"x"}`, 400, "type", `unknown field "type"`, `did you mean "memory_type"?`, []string{"memory_type"}},
		"content empty":        {"POST", "/memory", `{"memory_type":"identity","content":" \n "}`, 400, "content", "content is empty", "say what is to be remembered", nil},
		"content with NUL":     {"POST", "/memory", `{"memory_type":"identity","content":"a\u0000b"}`, 400, "content", "content holds a NUL character", "", nil},
		"content too long":     {"POST", "/memory", `{"memory_type":"identity","content":"` + strings.Repeat("x", domain.MaxMemoryBytes+1) + `"}`, 400, "content", "content has 65537 bytes, the most is 65536", "put long text into a file", nil},
		"source too long":      {"POST", "/memory", `{"memory_type":"identity","content":"x","source":"` + strings.Repeat("x", 1025) + `"}`, 400, "source", "source must be valid UTF-8", "", nil},
		"unknown project":      {"POST", "/memory", `{"memory_type":"identity","content":"x","project":"apolo"}`, 404, "project", `unknown project "apolo"`, `did you mean "Apollo"?`, []string{"Apollo"}},
		"status at creation":   {"POST", "/memory", `{"memory_type":"identity","content":"x","status":"expired"}`, 400, "status", "a new memory cannot be expired", "active or candidate", nil},
		"as of nonsense":       {"GET", "/memory?as_of=yesterday", "", 400, "as_of", `as_of "yesterday" is not a time`, "write it as in 2026-", nil},
		"get as of before":     {"GET", id + "?as_of=2020-01-01T00:00:00Z", "", 404, "id", "there was no memory", "", nil},
		"promote unknown":      {"POST", "/memory/nope/promote", "", 404, "id", "", "", nil},
		"supersede for naught": {"POST", id + "/supersede", `{"successor":"nope","reason":"x"}`, 404, "successor", `there is no memory "nope"`, "", nil},
		"supersede without":    {"POST", id + "/supersede", `{"reason":"x"}`, 400, "successor", `field "successor" is missing`, "", nil},
		"reinforce without":    {"POST", id + "/reinforce", `{}`, 400, "source", `field "source" is missing`, "", nil},
		"restore what is here": {"POST", id + "/restore", "", 409, "status", "the memory is active: there is nothing to restore", "to take its latest", nil},
		"list unknown project": {"GET", "/memory?project=apolo", "", 404, "project", `unknown project "apolo"`, `did you mean "Apollo"?`, []string{"Apollo"}},
		"list unknown type":    {"GET", "/memory?memory_type=ident", "", 400, "memory_type", `unknown memory_type "ident"`, `did you mean "identity"?`, []string{"identity"}},
		"list unknown status":  {"GET", "/memory?status=activ", "", 400, "status", `unknown status "activ"`, `did you mean "active"?`, []string{"active"}},
		"list limit 0":         {"GET", "/memory?limit=0", "", 400, "limit", "limit 0 is out of range", "give a number from 1 to 500", nil},
		"list limit 501":       {"GET", "/memory?limit=501", "", 400, "limit", "limit 501 is out of range", "give a number from 1 to 500", nil},
		"list limit text":      {"GET", "/memory?limit=ten", "", 400, "limit", `limit must be a whole number, not "ten"`, "", nil},
		"list limit huge":      {"GET", "/memory?limit=99999999999999999999", "", 400, "limit", `limit must be a whole number`, "", nil},
		"list bad cursor":      {"GET", "/memory?cursor=rubbish", "", 400, "cursor", "", "", nil},
		"list misspelt":        {"GET", "/memory?projekt=apollo", "", 400, "projekt", `unknown query parameter "projekt"`, `did you mean "project"?`, []string{"project"}},
		"list twice":           {"GET", "/memory?project=a&project=b", "", 400, "project", `query parameter "project" is given twice`, "", nil},
		"list not UTF-8":       {"GET", "/memory?project=%ff", "", 400, "project", `query parameter "project" is not valid UTF-8`, "", nil},
		"get unknown":          {"GET", "/memory/nope", "", 404, "id", "", "", nil},
		"put unknown":          {"PUT", "/memory/nope", `{"source":"x"}`, 404, "id", "", "", nil},
		"delete unknown":       {"DELETE", "/memory/nope", "", 404, "id", "", "", nil},
		"history unknown":      {"GET", "/memory/nope/history", "", 404, "id", "", "", nil},
		"put nothing":          {"PUT", id, `{}`, 400, "", "the body names no field to change", "name at least one of memory_type", nil},
		"put only null":        {"PUT", id, `{"source":null}`, 400, "", "the body names no field to change", "name at least one of memory_type", nil},
		"put unknown field":    {"PUT", id, `{"state":"active"}`, 400, "state", `unknown field "state"`, `did you mean "status"?`, []string{"status"}},
		"put bad status":       {"PUT", id, `{"status":"done"}`, 400, "status", `unknown status "done"`, "one of candidate, active", nil},
		"put confidence":       {"PUT", id, `{"confidence":2}`, 400, "confidence", "confidence 2 is out of range", "give a number from 0 to 1", nil},
		"put unknown project":  {"PUT", id, `{"project":"apolo"}`, 404, "project", `unknown project "apolo"`, `did you mean "Apollo"?`, []string{"Apollo"}},
		"odd id":               {"GET", "/memory/%27%3B%20DROP%20TABLE%00", "", 404, "id", "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := &client{t: t, url: c.url, http: c.http}
			p := asProblem(t, c.do(x.method, x.path, x.body), x.status, "")
			assert.Equal(t, x.field, p.Field)
			assert.True(t, strings.HasPrefix(p.Detail, x.detail), "got %q", p.Detail)
			assert.True(t, strings.HasPrefix(p.Hint, x.hint), "got %q", p.Hint)
			if x.nearest != nil {
				assert.Equal(t, x.nearest, p.Nearest)
			}
		})
	}
	a := c.do("GET", "/memory", "")
	var page memoryListJSON
	a.into(t, &page)
	require.Len(t, page.Memories, 1, "none of these stored or changed anything")
	assert.Equal(t, int64(1), page.Memories[0].Revision)
}

func TestFailingStore(t *testing.T) {
	for status, err := range map[int]error{
		http.StatusServiceUnavailable:  domain.Unavailable("the disk is full").WithHint("free some space"),
		http.StatusInternalServerError: domain.Corrupt("database disk image is malformed"),
	} {
		w := newWorld()
		w.fail = func(string) error { return fmt.Errorf("create memory: %w", err) }
		c := start(t, w.config())
		p := c.problem(status, "POST", "/memory", `{"memory_type":"identity","content":"x"}`)
		assert.Equal(t, problemPrefix+string(domain.KindOf(err)), p.Type)
	}
}

// Many clients at once, each with its own text: nobody gets another one's.
func TestConcurrentCalls(t *testing.T) {
	c := start(t, newWorld().config())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				text := strings.Repeat(string(rune('a'+i)), 1+(i*37+j*11)%200)
				a := c.do("POST", "/memory", `{"memory_type":"episodic","content":"`+text+`","source":"`+text+`"}`)
				var m, read memoryJSON
				a.into(t, &m)
				c.do("GET", "/memory/"+m.ID, "").into(t, &read)
				m.Receipt = nil
				assert.Equal(t, m, read)
				assert.Equal(t, text+text, m.Content+m.Source)
			}
		})
	}
	wg.Wait()
}
