package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestQuery(t *testing.T) {
	w := newWorld()
	c := start(t, w.config())
	for _, body := range []string{
		`{"memory_type":"project","content":"The descent engine is throttled.","project":"Apollo","confidence":0}`,
		`{"memory_type":"knowledge","content":"An engine turns fuel into motion."}`,
		`{"memory_type":"knowledge","content":"The engine of Far Away.","project":"Far Away"}`,
	} {
		require.Equal(t, http.StatusCreated, c.do("POST", "/memory", body).status)
	}
	ask := func(body string) answerJSON {
		t.Helper()
		a := c.do("POST", "/query", body)
		require.Equal(t, http.StatusOK, a.status, a.body)
		assert.Contains(t, a.body, `"results":[`, "no result is an empty list")
		var out answerJSON
		a.into(t, &out)
		return out
	}

	all := ask(`{"prompt":"engine"}`)
	require.Len(t, all.Results, 3)
	assert.Empty(t, all.Project)
	for _, r := range all.Results {
		assert.Equal(t, "memory", r.Kind)
		assert.Positive(t, r.Score)
		assert.Nil(t, r.Explanation)
		assert.NotNil(t, r.Confidence)
		assert.NotEmpty(t, r.MemoryType)
		assert.Zero(t, r.StartLine)
	}

	narrow := ask(`{"prompt":"descent engine","project":"MOON","top_k":1,"explain":true,"kinds":["memory"]}`)
	assert.Equal(t, "Apollo", narrow.Project)
	require.Len(t, narrow.Results, 1)
	r := narrow.Results[0]
	assert.Equal(t, "The descent engine is throttled.", r.Content)
	assert.Equal(t, "Apollo", r.Project)
	assert.Zero(t, *r.Confidence, "0 is shown, not left out")
	require.NotNil(t, r.Explanation)
	score := r.Explanation.Base
	assert.NotEmpty(t, r.Explanation.Signals)
	for _, f := range r.Explanation.Factors {
		score *= f.Value
	}
	assert.InDelta(t, r.Score, score, 1e-9)

	assert.Empty(t, narrow.Mode)
	words := ask(`{"prompt":"descent engine","mode":"text","explain":true}`)
	assert.Equal(t, "text", words.Mode)
	require.NotEmpty(t, words.Results)
	for _, r := range words.Results {
		for _, s := range r.Explanation.Signals {
			assert.NotEqual(t, "vector", s.Name)
		}
	}
	assert.Equal(t, ask(`{"prompt":"descent engine"}`), ask(`{"prompt":"descent engine","mode":"hybrid"}`))

	assert.Equal(t, []string{"Far Away"}, ask(`{"prompt":"the engine of far away"}`).Hinted)
	assert.Empty(t, ask(`{"prompt":"engine","kinds":["chunk"]}`).Results)
	assert.Len(t, ask(`{"prompt":"engine","kinds":[],"project":null,"top_k":100}`).Results, 3)
}

func TestQueryErrors(t *testing.T) {
	c := start(t, newWorld().config())
	for name, x := range map[string]struct {
		body                string
		status              int
		field, detail, hint string
		nearest             []string
	}{
		"prompt misspelt":      {`{"query":"x"}`, 400, "query", `unknown field "query"`, `did you mean "prompt"?`, []string{"prompt"}},
		"unknown field":        {`{"prompt":"x","topk":3}`, 400, "topk", `unknown field "topk"`, `did you mean "top_k"?`, []string{"top_k"}},
		"no prompt":            {`{}`, 400, "prompt", `field "prompt" is missing`, "known fields: prompt, top_k, project, kinds, min_score, explain", nil},
		"empty prompt":         {`{"prompt":" \t"}`, 400, "prompt", "prompt is empty", "say what you are looking for", nil},
		"prompt of other type": {`{"prompt":["x"]}`, 400, "prompt", "prompt must be a string, not an array", "", nil},
		"long prompt":          {`{"prompt":"` + strings.Repeat("x", domain.MaxPromptBytes+1) + `"}`, 400, "prompt", "prompt has 32769 bytes, the most is 32768", "", nil},
		"top_k 0":              {`{"prompt":"x","top_k":0}`, 400, "top_k", "top_k 0 is out of range", "give a number from 1 to 100", nil},
		"top_k below 0":        {`{"prompt":"x","top_k":-1}`, 400, "top_k", "top_k -1 is out of range", "give a number from 1 to 100", nil},
		"top_k 101":            {`{"prompt":"x","top_k":101}`, 400, "top_k", "top_k 101 is out of range", "give a number from 1 to 100", nil},
		"top_k fraction":       {`{"prompt":"x","top_k":1.5}`, 400, "top_k", "top_k must be a whole number, not 1.5", "", nil},
		"top_k text":           {`{"prompt":"x","top_k":"3"}`, 400, "top_k", "top_k must be a whole number, not a string", "", nil},
		"explain text":         {`{"prompt":"x","explain":"yes"}`, 400, "explain", "explain must be true or false, not a string", "", nil},
		"unknown project":      {`{"prompt":"x","project":"apolo"}`, 404, "project", `unknown project "apolo"`, `did you mean "Apollo"?`, []string{"Apollo"}},
		"unknown mode":         {`{"prompt":"x","mode":"txt"}`, 400, "mode", `unknown mode "txt"`, `did you mean "text"?`, []string{"text"}},
		"empty mode":           {`{"prompt":"x","mode":""}`, 400, "mode", `unknown mode ""`, "one of hybrid, text", nil},
		"mode of other type":   {`{"prompt":"x","mode":1}`, 400, "mode", "mode must be a string, not a number", "", nil},
		"unknown kind":         {`{"prompt":"x","kinds":["memry"]}`, 400, "kinds", `unknown kind "memry"`, `did you mean "memory"?`, []string{"memory"}},
		"kinds as text":        {`{"prompt":"x","kinds":"memory"}`, 400, "kinds", "kinds must be an array, not a string", "", nil},
		"null body":            {`null`, 400, "", "the body must be an object, not null", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := &client{t: t, url: c.url, http: c.http}
			p := asProblem(t, c.do("POST", "/query", x.body), x.status, "/query")
			assert.Equal(t, x.field, p.Field)
			assert.True(t, strings.HasPrefix(p.Detail, x.detail), "got %q", p.Detail)
			assert.True(t, strings.HasPrefix(p.Hint, x.hint), "got %q", p.Hint)
			assert.Equal(t, x.nearest, p.Nearest)
		})
	}
}

func TestWhatIfAndWhyNot(t *testing.T) {
	c := start(t, newWorld().config())
	for _, body := range []string{
		`{"memory_type":"project","content":"The descent engine is throttled.","project":"Apollo"}`,
		`{"memory_type":"knowledge","content":"An engine turns fuel into motion."}`,
	} {
		require.Equal(t, http.StatusCreated, c.do("POST", "/memory", body).status)
	}
	ask := func(body string) answerJSON {
		t.Helper()
		a := c.do("POST", "/query", body)
		require.Equal(t, http.StatusOK, a.status, a.body)
		var out answerJSON
		a.into(t, &out)
		return out
	}
	before := ask(`{"prompt":"engine","project":"apollo"}`)
	after := ask(`{"prompt":"engine","project":"apollo","weights":{"project_match_boost":4,"path_low_signal":[],"path_high_signal":["minutes"]}}`)
	assert.InDelta(t, 2*before.Results[0].Score, after.Results[0].Score, 1e-9)
	assert.Equal(t, before.Results, ask(`{"prompt":"engine","project":"apollo","weights":{}}`).Results)
	assert.Nil(t, before.WhyNot)

	last := before.Results[1]
	why := ask(`{"prompt":"engine","project":"apollo","top_k":1,"why_not":"` + last.ID + `"}`).WhyNot
	require.NotNil(t, why)
	assert.Equal(t, "outranked", why.Verdict)
	assert.Equal(t, 2, why.Rank)
	assert.Equal(t, last.ID, why.Passage.ID)
	assert.InDelta(t, last.Score, why.Passage.Score, 1e-12)
	assert.Equal(t, before.Results[0].ID, why.Last.ID)
	require.NotEmpty(t, why.Differences)
	assert.Equal(t, differenceJSON{"project_match_boost", "factor", 1, 2, "Apollo"}, why.Differences[len(why.Differences)-1])

	why = ask(`{"prompt":"engine","why_not":"nowhere.md"}`).WhyNot
	assert.Equal(t, "missing", why.Verdict)
	assert.Nil(t, why.Passage)
}

func TestWhatIfErrors(t *testing.T) {
	c := start(t, newWorld().config())
	for name, x := range map[string]struct{ body, field, detail, hint string }{
		"out of range": {`{"prompt":"x","weights":{"query_token_cap":99}}`, "weights.query_token_cap", "rank.query_token_cap = 99 is out of range", "give a number from 1 to 10"},
		"unknown":      {`{"prompt":"x","weights":{"query_token_kap":2}}`, "weights.query_token_kap", `unknown field "weights.query_token_kap"`, "did you mean"},
		"text":         {`{"prompt":"x","weights":{"query_token_cap":"2"}}`, "weights.query_token_cap", "weights.query_token_cap must be a number, not a string", ""},
		"no word":      {`{"prompt":"x","weights":{"path_low_signal":["a/b"]}}`, "weights.path_low_signal", `rank.path_low_signal holds "a/b", which is not a word`, "give words"},
		"no object":    {`{"prompt":"x","weights":[1]}`, "weights", "weights must be an object, not an array", ""},
		"empty name":   {`{"prompt":"x","why_not":" "}`, "why_not", "why_not is empty", "give a path, path:line or id"},
		"long name":    {`{"prompt":"x","why_not":"` + strings.Repeat("x", domain.MaxWhyNotBytes+1) + `"}`, "why_not", "why_not must be valid UTF-8 of at most 4096 bytes", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := &client{t: t, url: c.url, http: c.http}
			p := asProblem(t, c.do("POST", "/query", x.body), http.StatusBadRequest, "/query")
			assert.Equal(t, x.field, p.Field)
			assert.True(t, strings.HasPrefix(p.Detail, x.detail), "got %q", p.Detail)
			assert.True(t, strings.HasPrefix(p.Hint, x.hint), "got %q", p.Hint)
		})
	}
}
