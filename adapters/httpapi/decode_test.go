package httpapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

type sample struct {
	Prompt string     `json:"prompt"`
	TopK   *int       `json:"top_k,omitempty"`
	Weight *float64   `json:"weight,omitempty"`
	Loud   *bool      `json:"loud,omitempty"`
	Tags   []string   `json:"tags,omitempty"`
	Roots  []pathOnly `json:"roots,omitempty"`
}

type pathOnly struct {
	Path string `json:"path"`
}

func TestCheckBody(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	for name, c := range map[string]struct {
		body, detail, field, hint string
		nearest                   []string
	}{
		"least":               {body: `{"prompt":"x"}`},
		"all":                 {body: ` {"prompt":"é\ud83d\ude00\\u","top_k":3,"weight":1e-3,"loud":true,"tags":["a"],"roots":[{"path":"/a"}]} ` + "\n"},
		"null is absence":     {body: `{"prompt":"x","top_k":null,"tags":null}`},
		"empty":               {body: "", detail: "the request has no body", hint: "send a JSON object"},
		"white space":         {body: " \n", detail: "the request has no body", hint: "send a JSON object"},
		"array":               {body: `[]`, detail: "the body must be an object, not an array", hint: "send one JSON object"},
		"string":              {body: `"x"`, detail: "the body must be an object, not a string", hint: "send one JSON object"},
		"null":                {body: `null`, detail: "the body must be an object, not null", hint: "send one JSON object"},
		"number":              {body: `1`, detail: "the body must be an object, not a number", hint: "send one JSON object"},
		"not JSON":            {body: `{prompt:"x"}`, detail: "the body is not well-formed JSON at byte 1: invalid character 'p'", hint: "send one JSON object"},
		"cut":                 {body: `{"prompt":"x`, detail: "the body is not well-formed JSON at byte 10: it ends in the middle", hint: "send one JSON object"},
		"trailing comma":      {body: `{"prompt":"x",}`, detail: "the body is not well-formed JSON", hint: "send one JSON object"},
		"NaN":                 {body: `{"prompt":"x","weight":NaN}`, detail: "the body is not well-formed JSON", hint: "send one JSON object"},
		"second value":        {body: `{"prompt":"x"}{"prompt":"y"}`, detail: "the body goes on after its JSON object", hint: "send one JSON object and nothing else"},
		"rubbish after":       {body: `{"prompt":"x"} ;`, detail: "the body goes on after its JSON object", hint: "send one JSON object and nothing else"},
		"invalid UTF-8":       {body: "{\"prompt\":\"\xff\"}", detail: "the body is not valid UTF-8", hint: "encode it as UTF-8"},
		"high surrogate":      {body: `{"prompt":"\ud83d"}`, detail: "the body has half of a surrogate pair at byte 11", hint: "write such characters"},
		"low surrogate":       {body: `{"prompt":"\ude00"}`, detail: "the body has half of a surrogate pair at byte 11", hint: "write such characters"},
		"two high surrogates": {body: `{"prompt":"\ud83d\ud83d"}`, detail: "the body has half of a surrogate pair at byte 11", hint: "write such characters"},
		"twice":               {body: `{"prompt":"x","prompt":"y"}`, detail: `field "prompt" is given twice`, field: "prompt"},
		"twice, null first":   {body: `{"prompt":"x","top_k":null,"top_k":1}`, detail: `field "top_k" is given twice`, field: "top_k"},
		"twice, escaped":      {body: `{"prompt":"x","prompt\u0000":1,"\u0070rompt":"y"}`, detail: `field "prompt" is given twice`, field: "prompt"},
		"missing":             {body: `{"top_k":1}`, detail: `field "prompt" is missing`, field: "prompt", hint: "known fields: prompt, top_k, weight, loud, tags, roots"},
		"null for needed":     {body: `{"prompt":null}`, detail: `field "prompt" is missing`, field: "prompt", hint: "known fields"},
		"unknown, near":       {body: `{"prompt":"x","topk":1}`, detail: `unknown field "topk"`, field: "topk", hint: `did you mean "top_k"?`, nearest: []string{"top_k"}},
		"unknown for needed":  {body: `{"query":"x"}`, detail: `unknown field "query"`, field: "query", hint: `did you mean "prompt"?`, nearest: []string{"prompt"}},
		"unknown, far":        {body: `{"prompt":"x","zzzzzzzz":{"a":[1,{}]}}`, detail: `unknown field "zzzzzzzz"`, field: "zzzzzzzz", hint: "known: prompt, top_k, weight, loud, tags, roots"},
		"other case":          {body: `{"Prompt":"x"}`, detail: `unknown field "Prompt"`, field: "Prompt", hint: `did you mean "prompt"?`, nearest: []string{"prompt"}},
		"unknown inside":      {body: `{"prompt":"x","roots":[{"path":"/a"},{"pth":"/b"}]}`, detail: `unknown field "roots[1].pth"`, field: "roots[1].pth", hint: `did you mean "path"?`, nearest: []string{"path"}},
		"missing inside":      {body: `{"prompt":"x","roots":[{}]}`, detail: `field "roots[0].path" is missing`, field: "roots[0].path", hint: "known fields: path"},
		"null inside":         {body: `{"prompt":"x","tags":[null]}`, detail: "tags[0] must be a string, not null", field: "tags[0]"},
		"string for number":   {body: `{"prompt":"x","weight":"0.9"}`, detail: "weight must be a number, not a string", field: "weight"},
		"number for string":   {body: `{"prompt":1}`, detail: "prompt must be a string, not a number", field: "prompt"},
		"object for string":   {body: `{"prompt":{}}`, detail: "prompt must be a string, not an object", field: "prompt"},
		"string for list":     {body: `{"prompt":"x","tags":"a"}`, detail: "tags must be an array, not a string", field: "tags"},
		"bool for string":     {body: `{"prompt":true}`, detail: "prompt must be a string, not true or false", field: "prompt"},
		"number for bool":     {body: `{"prompt":"x","loud":1}`, detail: "loud must be true or false, not a number", field: "loud"},
		"fraction for whole":  {body: `{"prompt":"x","top_k":1.5}`, detail: "top_k must be a whole number, not 1.5", field: "top_k"},
		"exponent for whole":  {body: `{"prompt":"x","top_k":1e2}`, detail: "top_k must be a whole number, not 1e2", field: "top_k"},
		"huge whole":          {body: `{"prompt":"x","top_k":99999999999999999999}`, detail: "top_k 99999999999999999999 is out of range", field: "top_k"},
		"huge fraction":       {body: `{"prompt":"x","weight":1e999}`, detail: "weight 1e999 is out of range", field: "weight"},
		"endless fraction":    {body: `{"prompt":"x","weight":0.` + strings.Repeat("3", 500) + `}`, detail: "weight has more than 64 digits", field: "weight"},
		"deep in unknown":     {body: deep, detail: "the body is nested deeper than 16 levels"},
		"deep in arrays":      {body: `{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, detail: "the body is nested deeper than 16 levels"},
		"long name is cut":    {body: `{"prompt":"x","` + strings.Repeat("ä", 99) + `":1}`, detail: `unknown field "` + strings.Repeat("ä", 32) + `…"`},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkBody([]byte(c.body), reflect.TypeFor[sample]())
			if c.detail == "" {
				require.NoError(t, err)
				require.NoError(t, json.Unmarshal([]byte(c.body), new(sample)))
				return
			}
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, domain.KindInvalid, e.Kind)
			assert.True(t, strings.HasPrefix(e.Message, c.detail), "got %q", e.Message)
			assert.True(t, strings.HasPrefix(e.Hint, c.hint), "got %q", e.Hint)
			if c.field != "" {
				assert.Equal(t, c.field, e.Field)
			}
			assert.Equal(t, c.nearest, e.Nearest)
		})
	}
}

// Whatever passes is understood by encoding/json in the same way: every field that
// stands in the body is a field of the struct, and its text arrives unchanged.
func FuzzCheckBody(f *testing.F) {
	for _, s := range []string{`{"prompt":"x","top_k":3}`, `{"prompt":"\ud83d\ude00"}`, `{"roots":[{"path":"a"}],"prompt":""}`, `{"a":[[[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if checkBody(body, reflect.TypeFor[sample]()) != nil {
			return
		}
		dec := json.NewDecoder(strings.NewReader(string(body)))
		dec.DisallowUnknownFields()
		var s sample
		require.NoError(t, dec.Decode(&s))
		var loose map[string]any
		require.NoError(t, json.Unmarshal(body, &loose))
		assert.Equal(t, loose["prompt"], s.Prompt)
	})
}

func BenchmarkCheckBody(b *testing.B) {
	body := []byte(`{"prompt":"how far can the descent engine be throttled?","top_k":5}`)
	t := reflect.TypeFor[queryJSON]()
	for b.Loop() {
		if err := checkBody(body, t); err != nil {
			b.Fatal(err)
		}
	}
}
