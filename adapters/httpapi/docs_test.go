package httpapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the answers of the server into docs/http-api.md")

const docsPage = "../../docs/http-api.md"

// block is one fenced example: a start line, headers, and perhaps a body.
type block struct {
	at, end int // of its text in the page
	start   string
	headers []string
	body    string
}

func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	var out []block
	for _, m := range regexp.MustCompile("(?sm)^```http\n(.*?)^```").FindAllStringSubmatchIndex(page, -1) {
		head, body, _ := strings.Cut(page[m[2]:m[3]], "\n\n")
		lines := strings.Split(strings.TrimSpace(head), "\n")
		out = append(out, block{at: m[2], end: m[3], start: lines[0], headers: lines[1:], body: strings.TrimSpace(body)})
	}
	require.Zero(t, len(out)%2, "examples come in pairs of request and answer")
	return out
}

// The page's examples are executed in their order against the real services, and
// held against the answers and against the OpenAPI document.
func TestDocumentedExamples(t *testing.T) {
	raw, err := os.ReadFile(docsPage)
	require.NoError(t, err)
	page := string(raw)
	blocks := blocksOf(t, page)
	require.Greater(t, len(blocks), 40)

	c := start(t, documentedServer())
	spec := c.do("GET", "/openapi.json", "")
	d := documentOf(t, spec.body)
	shown := map[string]bool{}
	var rewritten strings.Builder
	copied := 0
	for i := 0; i < len(blocks); i += 2 {
		request, want := blocks[i], blocks[i+1]
		method, path, ok := strings.Cut(request.start, " ")
		require.True(t, ok, request.start)
		got := c.do(method, path, request.body, request.headers...)
		rewritten.WriteString(page[copied:want.at])
		rewritten.WriteString(render(t, got))
		copied = want.end
		if *update {
			continue
		}
		t.Run(fmt.Sprintf("%02d %s", i/2, request.start), func(t *testing.T) {
			assert.Equal(t, fmt.Sprintf("%d %s", got.status, http.StatusText(got.status)), want.start, got.body)
			for _, h := range want.headers {
				name, value, _ := strings.Cut(h, ": ")
				assert.Equal(t, value, got.header.Get(name), name)
			}
			assert.Equal(t, want.body == "", got.body == "")
			if want.body != "" && got.body != "" {
				compare(t, "", decoded(t, want.body), decoded(t, got.body))
			}
			operation := "/paths/" + escape(d.route(t, path)) + "/" + strings.ToLower(method)
			if request.body != "" && got.status < 300 {
				d.check(t, operation+"/requestBody/content/application~1json/schema", request.body)
			}
			response := operation + "/responses/" + strconv.Itoa(got.status)
			require.NotNil(t, d.at(response), "%s is not documented", response)
			if got.body != "" {
				d.check(t, response+"/content/"+escape(got.header.Get("Content-Type"))+"/schema", got.body)
			}
			shown[operation] = true
		})
	}
	if *update {
		rewritten.WriteString(page[copied:])
		require.NoError(t, os.WriteFile(docsPage, []byte(rewritten.String()), 0o600))
		return
	}
	d.operations(func(_, _ string, _ map[string]any, pointer string) {
		assert.True(t, shown[pointer], "the page has no example of %s", pointer)
	})
}

// render writes an answer as the page shows it.
func render(t *testing.T, a answer) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", a.status, http.StatusText(a.status))
	for _, h := range []string{"Content-Type", "Location"} {
		if v := a.header.Get(h); v != "" && a.status != http.StatusNoContent {
			fmt.Fprintf(&b, "%s: %s\n", h, v)
		}
	}
	if a.body != "" {
		var body bytes.Buffer
		require.NoError(t, json.Indent(&body, bytes.TrimSpace([]byte(a.body)), "", "  "))
		b.WriteString("\n" + body.String() + "\n")
	}
	return b.String()
}

func decoded(t *testing.T, body string) any {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal([]byte(body), &v), body)
	return v
}

// free lists the members whose value is not the page's business: what is made up at
// random, and numbers that tuning the ranking changes.
var free = map[string]bool{"request_id": true, "next_cursor": true, "score": true, "text_candidates": true}

func compare(t *testing.T, at string, want, got any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, isObject := got.(map[string]any)
		if !assert.True(t, isObject, at) || !assert.Equal(t, slices.Sorted(maps.Keys(w)), slices.Sorted(maps.Keys(g)), at) {
			return
		}
		for k, v := range w {
			if free[k] {
				assert.IsType(t, v, g[k], at+"."+k)
				continue
			}
			if k == "explanation" {
				// What goes into a score is the ranking's business; its form is not.
				assert.Equal(t, slices.Sorted(maps.Keys(v.(map[string]any))), slices.Sorted(maps.Keys(g[k].(map[string]any))))
				continue
			}
			compare(t, at+"."+k, v, g[k])
		}
	case []any:
		g, isArray := got.([]any)
		if assert.True(t, isArray, at) && assert.Len(t, g, len(w), at) {
			for i := range w {
				compare(t, fmt.Sprintf("%s[%d]", at, i), w[i], g[i])
			}
		}
	default:
		assert.Equal(t, want, got, at)
	}
}
