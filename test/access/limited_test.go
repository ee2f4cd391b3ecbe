package access

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The projects: atlas is what the key is for. borealis is what it must not know.
const (
	shown  = "atlas"
	hidden = "borealis"
)

// tight is a budget that cuts: what fits it depends on the ids that are quoted.
const tight = `"budget":300`

// cast are the ids of what the worlds hold.
type cast struct {
	active, candidate, superseded, rejected, deleted, moved string // of atlas; moved belongs to borealis now
	chunk, interaction                                      string // of atlas
	hiddenMemory, hiddenChunk, hiddenInteraction            string
	sharedMemory                                            string
	arrived                                                 string // of atlas; was born in borealis
	successor                                               string // of borealis, of the superseded one
	before                                                  string // a moment when all of them stood
}

// build makes the world in which both projects are, the hidden one first.
func build(t *testing.T) (*world, cast) {
	w := &world{t: t, name: "both", data: filepath.Join(t.TempDir(), "data")}
	w.serve()
	var c cast
	w.project(hidden, "polar light", filepath.Join(t.TempDir(), "hidden"), map[string]string{
		"notes.md":  "# Aurora\n\nThe aurora reactor is cooled with helium. The launch window closes in April.\n",
		"engine.md": "# Engine\n\nThe descent engine of the aurora burns hydrazine.\n",
	})
	c.hiddenMemory = w.remember(hidden, "knowledge", "The aurora reactor is cooled with helium")
	w.remember(hidden, "project", "The launch of the aurora is on Tuesday")
	w.ask("PUT", "/projects/"+hidden+"/state/phase", map[string]any{"value": "secret aurora phase"})
	c.sharedMemory = w.remember("", "preference", "Answers are wanted in short sentences")
	c.hiddenInteraction = w.ask("POST", "/interactions", map[string]any{"project": hidden, "prompt": "aurora?", "answer": "helium", "by": "x"})["id"].(string)

	w.project(shown, "at", filepath.Join(t.TempDir(), "shown"), map[string]string{
		"notes.md":        "# Lander\n\nThe lander is powered by batteries. Its descent engine is throttled.\n",
		"deep/engine.md":  "# Descent engine\n\nThe descent engine is throttled between 10 and 60 percent. The cabin is heated electrically.\n",
		"deep/history.md": "# Crew\n\nTwo of the three land. The hatch opens inwards.\n",
	})
	c.active = w.remember(shown, "knowledge", "The hatch of the lander opens inwards")
	w.remember(shown, "episodic", "The rehearsal of the descent was on Monday")
	c.candidate = w.remember(shown, "knowledge", "The hatch of the lander opens outwards")
	old := w.remember(shown, "project", "The cabin is heated with gas")
	c.superseded = old
	c.successor = w.remember(hidden, "project", "Cabins are heated electrically")
	w.ask("POST", "/memory/"+old+"/supersede", map[string]any{"successor": c.successor, "reason": "rebuilt"})
	c.rejected = w.remember(shown, "knowledge", "The crew is of five")
	w.ask("POST", "/memory/"+c.rejected+"/reject", map[string]any{"reason": "three"})
	c.deleted = w.remember(shown, "knowledge", "The antenna folds")
	w.ask("DELETE", "/memory/"+c.deleted, nil)
	c.arrived = w.remember(hidden, "knowledge", "The aurora antenna folds twice", "as_is", true)
	w.ask("PUT", "/memory/"+c.arrived, map[string]any{"project": shown, "content": "The mast of the lander folds twice"})
	c.moved = w.remember(shown, "knowledge", "The parachute is orange")
	c.before = w.ask("GET", "/memory/"+c.moved, nil)["created_at"].(string)
	w.ask("PUT", "/memory/"+c.moved, map[string]any{"project": hidden})
	w.ask("PUT", "/projects/"+shown+"/state/phase", map[string]any{"value": "review", "by": "Ada"})
	w.ask("PUT", "/projects/"+shown+"/state/phase", map[string]any{"value": "descent rehearsal", "by": "Ada"})
	c.interaction = w.ask("POST", "/interactions", map[string]any{
		"project": shown, "prompt": "How does the hatch open?", "answer": "Inwards", "by": "x",
		"used": []map[string]string{{"kind": "memory", "id": c.active}},
	})["id"].(string)
	for project, to := range map[string]*string{shown: &c.chunk, hidden: &c.hiddenChunk} {
		found := w.ask("POST", "/query", map[string]any{"prompt": "descent engine", "project": project, "kinds": []string{"chunk"}})
		*to = found["results"].([]any)[0].(map[string]any)["id"].(string)
	}
	return w, c
}

// worlds returns three that differ in what the key must not know: nothing but atlas,
// both projects, and a third with far more. It returns the key's secrets, too: one
// that may write, and is not trusted, and one that is.
func worlds(t *testing.T) (all []*world, secrets []string, c cast) {
	both, c := build(t)
	secrets = []string{
		both.key("limited", "--scope", "write", "--project", shown, "--rate", "1000000"),
		both.key("limited and trusted", "--scope", "write", "--project", shown, "--trusted", "--rate", "1000000"),
	}
	both.halt()
	alone, crowded := both.copyTo("alone"), both.copyTo("crowded")
	alone.serve()
	for _, id := range []string{c.hiddenInteraction} {
		alone.ask("DELETE", "/interactions/"+id, nil)
	}
	alone.ask("DELETE", "/memory/"+c.sharedMemory, nil)
	alone.ask("DELETE", "/projects/"+hidden+"?delete_memories=true", nil)

	crowded.serve()
	files := map[string]string{}
	for i := range 40 {
		// Words of atlas' own, words that are near to them, and many of both.
		files[fmt.Sprintf("flood/%02d.md", i)] = fmt.Sprintf("# Throttling %d\n\nThe descend engin is throttled. hatches hatch hatched lander landers crew.\n\n"+
			"Every descent engine of project %d is throttled between %d and %d percent. Batteries, cabin, heated electrically.\n", i, i, i, 2*i)
	}
	files["deep/engine.md"] = "# Descent engine\n\nThe same path as in atlas.\n"
	crowded.project("atlast", "atl", filepath.Join(t.TempDir(), "third"), files)
	for i := range 20 {
		crowded.remember("atlast", "knowledge", fmt.Sprintf("The hatch of lander %d opens sideways", i), "as_is", true)
		crowded.remember(hidden, "knowledge", fmt.Sprintf("The hatch of the lander opens inwards, %d times", i), "as_is", true)
		crowded.remember("", "knowledge", fmt.Sprintf("The hatch of the lander opens inwards, says number %d", i), "as_is", true)
	}
	withdrawn := crowded.remember("", "knowledge", "The cabin is heated electrically", "as_is", true)
	crowded.ask("POST", "/memory/"+withdrawn+"/reject", map[string]any{"reason": "no"})
	crowded.ask("PUT", "/projects/atlast/state/phase", map[string]any{"value": "descent"})
	crowded.ask("POST", "/interactions", map[string]any{"project": "atlast", "prompt": "hatch?", "answer": "sideways", "by": "y"})
	both.serve()
	return []*world{alone, both, crowded}, secrets, c
}

// request is a call of one operation, below the method and the path of its template.
type request struct {
	method, path, body string
}

var variable = regexp.MustCompile(`\{[^}]+\}`)

// values are what stands for each variable of a path.
func (c cast) values() map[string][]string {
	ids := []string{
		c.active, c.candidate, c.superseded, c.rejected, c.deleted, c.moved, c.hiddenMemory, c.hiddenChunk, c.hiddenInteraction,
		c.sharedMemory, c.chunk, c.interaction, c.arrived, c.successor, "nothing",
	}
	return map[string][]string{
		"{id}":      ids,
		"{name}":    {shown, "AT", hidden, "Borealis", "polar light", "atlast", "atlass", "boreali", "zzz"},
		"{key}":     {"phase", "phas", "nothing"},
		"{stamp}":   {"20260409T060000Z"},
		"{job}":     {"backup"},
		"{receipt}": {"1", "nothing", "999999"},
	}
}

// queries are the query strings that are tried with an operation, beside none.
func (c cast) queries(operation string) []string {
	lists := []string{
		"project=atlas", "project=borealis", "project=boreali", "project=polar+light", "project=", "limit=1", "limit=2", "status=any", "status=candidate",
		"memory_type=knowledge", "status=any&as_of=" + url.QueryEscape(c.before), "as_of=" + url.QueryEscape(c.before), "cursor=nothing",
	}
	return map[string][]string{
		"GET /memory":                      lists,
		"GET /memory/review":               lists[:8],
		"GET /memory/stats":                lists[:5],
		"GET /interactions":                lists[:7],
		"GET /memory/{id}":                 {"as_of=" + url.QueryEscape(c.before)},
		"GET /projects/{name}/state":       {"as_of=" + url.QueryEscape(c.before)},
		"DELETE /projects/{name}":          {"delete_memories=true"},
		"GET /receipts/{receipt}":          {"wait=1ms"},
		"GET /projects/{name}/state/{key}": nil,
	}[operation]
}

// bodies are what is sent with an operation that takes a body. An operation that is
// not among them takes none.
func (c cast) bodies(operation string) []string {
	prompts := []string{
		"how does the descent engine work", "hatch", "throttled", "throttled engin", "aurora reactor helium", "what about borealis", "the polar light",
		"atlas hatch", "parachute", "answers in short sentences", "zzz yyy", "descnt enigne", "cabin heated", "percent project flood", "sideways",
	}
	var asked []string
	for _, p := range prompts {
		for _, more := range []string{
			`"explain":true,"top_k":100`, `"project":"atlas","explain":true`, `"project":"borealis"`, `"project":"boreali"`, `"project":"atlast"`,
			`"kinds":["memory"]`, `"as_of":"` + c.before + `"`,
		} {
			asked = append(asked, fmt.Sprintf(`{"prompt":%q,%s}`, p, more))
		}
	}
	for _, name := range []string{
		"notes.md", "deep/engine.md", "engine.md", "flood/01.md", "flood", "notes.txt", c.active, c.hiddenMemory, c.hiddenChunk, c.chunk, c.moved,
		c.superseded, c.deleted, "memory " + c.sharedMemory, "deep/engine.md:3",
	} {
		asked = append(asked, fmt.Sprintf(`{"prompt":"descent engine","why_not":%q}`, name), fmt.Sprintf(`{"prompt":"hatch","project":"atlas","why_not":%q}`, name))
	}
	var packs []string
	for _, p := range prompts {
		for _, more := range []string{tight, `"project":"atlas"`, `"project":"borealis"`, `"as_of":"` + c.before + `"`} {
			packs = append(packs, fmt.Sprintf(`{"prompt":%q,%s}`, p, more))
		}
	}
	interactions := []string{
		`{"prompt":"p","answer":"a","project":"atlas","by":"y"}`, `{"prompt":"p","answer":"a","project":"borealis"}`,
		`{"prompt":"p","answer":"a"}`, fmt.Sprintf(`{"prompt":"p","answer":"a","project":"atlas","used":[{"kind":"memory","id":%q}]}`, c.hiddenMemory),
	}
	memories := []string{
		`{"memory_type":"knowledge","content":"The hatch of the lander opens inwards","project":"atlas","source":"z"}`,
		`{"memory_type":"knowledge","content":"The hatch of the lander opens upwards","project":"atlas"}`,
		`{"memory_type":"knowledge","content":"The aurora reactor is cooled with helium","project":"atlas"}`,
		`{"memory_type":"knowledge","content":"The aurora reactor is cooled with helium","project":"borealis"}`,
		`{"memory_type":"knowledge","content":"x","project":"polar lights"}`,
		`{"memory_type":"preference","content":"Answers are wanted in short sentences"}`,
		`{"memory_type":"preference","content":"x","status":"active","project":"at"}`,
	}
	acts := []string{`{}`, `{"reason":"because","by":"Eve"}`}
	return map[string][]string{
		"POST /query":                         asked,
		"POST /context":                       packs,
		"POST /interactions":                  interactions,
		"POST /interactions/{id}/confirm":     {`{"by":"Ada"}`},
		"POST /interactions/prune":            {`{"dry_run":true}`},
		"POST /memory":                        memories,
		"PUT /memory/{id}":                    {`{"confidence":0.5}`, `{"project":"borealis"}`, `{"project":"boreali"}`, `{"project":""}`, `{"content":"The hatch is red"}`},
		"POST /memory/{id}/promote":           acts,
		"POST /memory/{id}/reject":            acts,
		"POST /memory/{id}/restore":           acts,
		"POST /memory/{id}/undo":              acts,
		"POST /memory/{id}/supersede":         {fmt.Sprintf(`{"successor":%q,"reason":"r"}`, c.hiddenMemory), fmt.Sprintf(`{"successor":%q,"reason":"r"}`, c.active)},
		"POST /memory/{id}/reinforce":         {`{"source":"somebody"}`},
		"POST /memory/expire":                 {`{"dry_run":true}`, `{}`},
		"POST /projects":                      {`{"name":"borealis","ingest_roots":[{"path":"/tmp/x"}]}`, `{"name":"new","ingest_roots":[{"path":"/tmp/x"}]}`},
		"PUT /projects/{name}":                {`{"ingest_roots":[{"path":"/tmp/x"}]}`},
		"PUT /projects/{name}/state/{key}":    {`{"value":"landing"}`},
		"POST /interactions/{id}/extract":     nil,
		"POST /projects/{name}/refresh":       nil,
		"DELETE /memory/{id}":                 nil,
		"DELETE /interactions/{id}":           nil,
		"DELETE /projects/{name}":             nil,
		"DELETE /projects/{name}/state/{key}": nil,
	}[operation]
}

// requestsOf returns the calls of an operation that are tried.
func (c cast) requestsOf(operation string) []request {
	method, template, _ := strings.Cut(operation, " ")
	paths := []string{template}
	for _, name := range variable.FindAllString(template, -1) {
		var next []string
		for _, p := range paths {
			for _, v := range c.values()[name] {
				next = append(next, strings.Replace(p, name, url.PathEscape(v), 1))
			}
		}
		paths = next
	}
	var out []request
	for _, p := range paths {
		for _, q := range append([]string{""}, c.queries(operation)...) {
			if q != "" {
				q = "?" + q
			}
			bodies := c.bodies(operation)
			if len(bodies) == 0 {
				bodies = []string{""}
			}
			for _, b := range bodies {
				out = append(out, request{method, p + q, b})
			}
		}
	}
	return out
}

// operations returns "METHOD /path" of every call of the service, from its own
// document, and what that leaves out, with whether each takes a body and its scope.
func operations(t *testing.T, w *world) map[string]operation {
	var spec struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	require.NoError(t, json.Unmarshal([]byte(w.call(operator, "GET", "/openapi.json", "").body), &spec))
	out := map[string]operation{"GET /openapi.json": {}, "GET /metrics": {}}
	for path, methods := range spec.Paths {
		for method, op := range methods {
			out[strings.ToUpper(method)+" "+path] = op
		}
	}
	require.Greater(t, len(out), 40)
	return out
}

type operation struct {
	Body  *struct{} `json:"requestBody"`
	Scope string    `json:"x-scope"`
}

// TestALimitedKeyLearnsNothing makes every call of the service in worlds that differ
// in what the key must not know, and requires the same answers: to the byte where
// nothing is written, and otherwise but for the ids and times of what was made.
func TestALimitedKeyLearnsNothing(t *testing.T) {
	all, secrets, c := worlds(t)
	ops := operations(t, all[1])
	var reading, writing []string
	for name, op := range ops {
		method, _, _ := strings.Cut(name, " ")
		for _, v := range variable.FindAllString(name, -1) {
			require.NotEmpty(t, c.values()[v], "%s: say in values what stands for %s", name, v)
		}
		if op.Body != nil && op.Scope != "admin" {
			require.NotEmpty(t, c.bodies(name), "%s is new here: say in bodies what a limited key may try with it", name)
		}
		if method == "GET" || op.Scope == "read" || op.Scope == "admin" {
			reading = append(reading, name)
		} else {
			writing = append(writing, name)
		}
	}
	slices.Sort(reading)
	slices.Sort(writing)
	calls, answered := 0, map[int]int{}
	// Some of it is left in histories, in every world.
	secret := []string{hidden, "polar light", "aurora", "helium", "atlast", c.hiddenMemory, c.hiddenChunk, c.hiddenInteraction, c.successor, c.sharedMemory, c.moved, "orange"}
	compare := func(name string, key string, r request, view func(string) string) {
		var first answer
		for i, w := range all {
			a := w.call(key, r.method, r.path, r.body)
			if ops[name].Scope == "admin" {
				require.Equal(t, 403, a.status, "%s %s %s: %s", r.method, r.path, r.body, a)
			}
			require.NotEqual(t, 429, a.status)
			require.Less(t, a.status, 500, "%s: %s %s %s: %s", w.name, r.method, r.path, r.body, a)
			if i == 0 {
				first = a
				answered[a.status]++
				continue
			}
			if !assert.Equal(t, view(first.String()), view(a.String()), "%s and %s: %s %s %s", all[0].name, w.name, r.method, r.path, r.body) {
				return
			}
			for _, h := range []string{"Content-Type", "Retry-After", "Www-Authenticate"} {
				assert.Equal(t, first.header.Get(h), a.header.Get(h), h)
			}
		}
		calls++
	}
	for _, key := range secrets {
		for _, name := range reading {
			for _, r := range c.requestsOf(name) {
				asked := strings.ToLower(strings.ReplaceAll(r.path, "+", " ") + r.body)
				compare(name, key, r, func(answered string) string {
					for _, word := range secret {
						if strings.Contains(strings.ToLower(answered), word) && !strings.Contains(asked, word) && !strings.Contains(asked, url.PathEscape(word)) {
							assert.Fail(t, "it is told what nobody asked for", "%s: %s %s %s: %s", word, r.method, r.path, r.body, answered)
						}
					}
					return answered
				})
			}
		}
	}
	for _, key := range secrets {
		for _, name := range writing {
			for _, r := range c.requestsOf(name) {
				compare(name, key, r, made)
			}
		}
	}
	// What was written shows, too.
	for _, name := range reading {
		for _, r := range c.requestsOf(name) {
			if strings.Contains(r.body, tight) {
				continue
			}
			compare(name, secrets[0], r, made)
		}
	}
	t.Logf("%d operations, %d calls in 3 worlds each; answers by status: %v", len(ops), calls, answered)
	assert.Greater(t, answered[200], 200, "most calls have something to tell")
}

var (
	anID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	aTime  = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	cursor = regexp.MustCompile(`"next_cursor":"[^"]*"`)
	tokens = regexp.MustCompile(`"tokens":\d+`) // of ids and times, too
)

// made makes ids and times of an answer comparable: each becomes its number.
func made(s string) string {
	numbers := map[string]string{}
	number := func(found string) string {
		if numbers[found] == "" {
			numbers[found] = fmt.Sprintf("<%d>", len(numbers))
		}
		return numbers[found]
	}
	s = tokens.ReplaceAllString(s, `"tokens":<n>`)
	return aTime.ReplaceAllString(cursor.ReplaceAllString(anID.ReplaceAllStringFunc(s, number), "<cursor>"), "<time>")
}

// TestALimitedAgentLearnsNothing does the same for the tools and resources of agents.
func TestALimitedAgentLearnsNothing(t *testing.T) {
	all, secrets, c := worlds(t)
	ask := func(w *world, secret, method string, params any) answer {
		raw, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
		require.NoError(t, err)
		return w.call(secret, "POST", "/mcp", string(raw))
	}
	type args = map[string]any
	prompts := []args{{"prompt": "the hatch", "unconfirmed": true}}
	for _, p := range []string{"descent engine", "hatch", "aurora helium", "what about borealis", "throttled engin", "cabin heated", "short sentences", "parachute"} {
		prompts = append(prompts, args{"prompt": p}, args{"prompt": p, "project": shown}, args{"prompt": p, "project": hidden}, args{"prompt": p, "project": "boreali"})
	}
	ids := []string{c.active, c.candidate, c.hiddenMemory, c.moved, c.sharedMemory, c.deleted, "nothing"}
	var feedback []args
	for _, id := range ids {
		feedback = append(feedback, args{"id": id, "verdict": "confirmed"}, args{"id": id, "verdict": "wrong", "note": "The hatch opens downwards"})
	}
	tools := map[string][]args{
		"recall": prompts, "context": prompts,
		"project": {{}, {"name": shown}, {"name": hidden}, {"name": "boreali"}, {"name": "polar light"}},
		"remember": {
			{"content": "The hatch of the lander opens inwards", "memory_type": "knowledge", "project": shown},
			{"content": "The aurora reactor is cooled with helium", "memory_type": "knowledge", "project": shown},
			{"content": "x y z", "memory_type": "knowledge", "project": hidden},
			{"content": "Answers are wanted in short sentences", "memory_type": "preference"},
		},
		"feedback": feedback,
	}
	var listed struct {
		Result struct {
			Tools []struct {
				Name string `json:"name"`
			} `json:"tools"`
		} `json:"result"`
	}
	require.NoError(t, json.Unmarshal([]byte(ask(all[1], secrets[0], "tools/list", args{}).body), &listed))
	require.NotEmpty(t, listed.Result.Tools)
	calls := 0
	same := func(secret, method string, params any) {
		first := ask(all[0], secret, method, params)
		calls++
		for _, w := range all[1:] {
			assert.Equal(t, made(first.String()), made(ask(w, secret, method, params).String()), "%s and %s: %s %v", all[0].name, w.name, method, params)
		}
	}
	for _, secret := range secrets {
		for _, tool := range listed.Result.Tools {
			require.NotEmpty(t, tools[tool.Name], "%s is new here: say what a limited agent may try with it", tool.Name)
			for _, a := range tools[tool.Name] {
				same(secret, "tools/call", args{"name": tool.Name, "arguments": a})
			}
		}
		for _, method := range []string{"resources/list", "resources/templates/list", "tools/list", "prompts/list"} {
			same(secret, method, args{})
		}
		for _, name := range []string{shown, hidden, "boreali", "polar%20light"} {
			same(secret, "resources/read", args{"uri": "atocore://project/" + name})
			same(secret, "completion/complete", args{
				"ref": args{"type": "ref/resource", "uri": "atocore://project/{name}"}, "argument": args{"name": "name", "value": name[:2]},
			})
		}
		same(secret, "completion/complete", args{
			"ref": args{"type": "ref/resource", "uri": "atocore://project/{name}"}, "argument": args{"name": "name", "value": ""},
		})
		for _, id := range ids {
			same(secret, "resources/read", args{"uri": "atocore://memory/" + id})
		}
	}
	for name := range maps.Keys(tools) {
		assert.Contains(t, fmt.Sprint(listed.Result.Tools), name)
	}
	t.Logf("%d tools, %d calls in 3 worlds each", len(listed.Result.Tools), calls)
}
