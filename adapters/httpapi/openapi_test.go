package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// document is the served OpenAPI document, with its schemas ready to judge bodies.
type document struct {
	raw      map[string]any
	compiler *jsonschema.Compiler
}

func documentOf(t *testing.T, spec string) document {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(spec))
	require.NoError(t, err)
	c := jsonschema.NewCompiler() // OpenAPI 3.1 schemas are JSON Schema 2020-12
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	require.NoError(t, c.AddResource("mem:///openapi.json", doc))
	raw, isObject := doc.(map[string]any)
	require.True(t, isObject)
	return document{raw, c}
}

// at returns what a JSON pointer leads to, nil when it leads nowhere.
func (d document) at(pointer string) any {
	var v any = d.raw
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		m, isObject := v.(map[string]any)
		if !isObject {
			return nil
		}
		v = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return v
}

func escape(part string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(part) }

// check holds a body against the schema that the document has at the pointer.
func (d document) check(t *testing.T, pointer, body string) {
	t.Helper()
	require.NotNil(t, d.at(pointer), "the document says nothing of %s", pointer)
	schema, err := d.compiler.Compile("mem:///openapi.json#" + pointer)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	require.NoError(t, err, body)
	assert.NoError(t, schema.Validate(v), body)
}

// route returns the document's path for a request's path.
func (d document) route(t *testing.T, path string) string {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	parameter := regexp.MustCompile(`\{[^}]+\}`)
	for _, template := range slices.Sorted(maps.Keys(d.at("/paths").(map[string]any))) {
		form := "^" + parameter.ReplaceAllString(template, `[^/]+`) + "$"
		if regexp.MustCompile(form).MatchString(path) {
			return template
		}
	}
	t.Fatalf("the document does not know %s", path)
	return ""
}

// operations calls f with every operation and its place in the document.
func (d document) operations(f func(method, path string, op map[string]any, pointer string)) {
	for path, item := range d.at("/paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			f(method, path, op.(map[string]any), fmt.Sprintf("/paths/%s/%s", escape(path), method))
		}
	}
}

func TestOpenAPI(t *testing.T) {
	c := start(t, newWorld().config())
	a := c.do("GET", "/openapi.json", "")
	require.Equal(t, http.StatusOK, a.status)
	assert.Equal(t, "application/openapi+json", a.header.Get("Content-Type"))
	d := documentOf(t, a.body)
	assert.Regexp(t, `^3\.1\.\d$`, d.raw["openapi"])
	assert.NotEmpty(t, d.at("/info/title"))
	assert.NotEmpty(t, d.at("/info/version"))
	assert.NotContains(t, a.body, "ErrorModel")

	var calls []string
	ids := map[any]bool{}
	d.operations(func(method, path string, op map[string]any, pointer string) {
		calls = append(calls, strings.ToUpper(method)+" "+path)
		assert.False(t, ids[op["operationId"]], "%v twice", op["operationId"])
		ids[op["operationId"]] = true
		assert.NotEmpty(t, op["summary"], pointer)
		declared := map[string]bool{}
		if params, some := op["parameters"].([]any); some {
			for _, p := range params {
				p := p.(map[string]any)
				if p["in"] == "path" {
					declared[p["name"].(string)] = true
					assert.Equal(t, true, p["required"], pointer)
				}
				assert.NotEmpty(t, p["description"], "%s %v", pointer, p["name"])
			}
		}
		for _, m := range regexp.MustCompile(`\{([^}]+)\}`).FindAllStringSubmatch(path, -1) {
			assert.True(t, declared[m[1]], "%s: parameter %s", pointer, m[1])
			delete(declared, m[1])
		}
		assert.Empty(t, declared, "parameters that the path does not have")
		success := 0
		for status, r := range op["responses"].(map[string]any) {
			if strings.HasPrefix(status, "2") {
				success++
				continue
			}
			content := r.(map[string]any)["content"].(map[string]any)
			assert.Contains(t, content, problemType, "%s %s", pointer, status)
		}
		assert.Equal(t, 1, success, pointer)
	})
	for _, want := range []string{
		"GET /health", "GET /ready", "POST /memory", "GET /memory", "GET /memory/{id}", "PUT /memory/{id}",
		"DELETE /memory/{id}", "GET /memory/{id}/history", "POST /query",
		"GET /projects", "POST /projects", "GET /projects/{name}", "PUT /projects/{name}", "DELETE /projects/{name}",
		"POST /projects/{name}/refresh",
	} {
		assert.Contains(t, calls, want)
	}

	// Every reference leads somewhere, every schema compiles and is used.
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`"\$ref":"#([^"]+)"`).FindAllStringSubmatch(a.body, -1) {
		used[m[1]] = true
		assert.NotNil(t, d.at(m[1]), m[1])
	}
	for name := range d.at("/components/schemas").(map[string]any) {
		pointer := "/components/schemas/" + escape(name)
		assert.True(t, used[pointer], "%s is never used", name)
		_, err := d.compiler.Compile("mem:///openapi.json#" + pointer)
		assert.NoError(t, err, name)
	}
	assert.NotContains(t, a.body, `["array","null"]`, "lists are never null")
}

// What the document says of values is what the domain says.
func TestDocumentedRules(t *testing.T) {
	var types, statuses []string
	for _, m := range domain.MemoryTypes {
		types = append(types, string(m))
	}
	for _, m := range domain.MemoryStatuses {
		statuses = append(statuses, string(m))
	}
	var refreshes []string
	for _, s := range []domain.RefreshStatus{domain.RefreshIngested, domain.RefreshPartial, domain.RefreshNothing} {
		refreshes = append(refreshes, string(s))
	}
	for _, v := range []any{memoryJSON{}, newMemoryJSON{}, memoryPatchJSON{}, listMemoriesInput{}} {
		of := reflect.TypeOf(v)
		for i := range of.NumField() {
			f := of.Field(i)
			switch f.Name {
			case "MemoryType":
				assert.Equal(t, strings.Join(types, ","), f.Tag.Get("enum"), of)
			case "Status":
				assert.Equal(t, strings.Join(statuses, ","), f.Tag.Get("enum"), of)
			case "Confidence":
				assert.Equal(t, "0 1", f.Tag.Get("minimum")+" "+f.Tag.Get("maximum"), of)
			case "Limit":
				assert.Equal(t, fmt.Sprint(domain.MaxPageSize), f.Tag.Get("maximum"))
				assert.Contains(t, f.Tag.Get("doc"), fmt.Sprint(domain.DefaultPageSize))
			}
		}
	}
	tag := func(v any, field, key string) string {
		f, found := reflect.TypeOf(v).FieldByName(field)
		require.True(t, found)
		return f.Tag.Get(key)
	}
	assert.Equal(t, fmt.Sprint(domain.MaxTopK), tag(queryJSON{}, "TopK", "maximum"))
	assert.Contains(t, tag(queryJSON{}, "TopK", "doc"), fmt.Sprint(domain.DefaultTopK, " unless given"))
	assert.Contains(t, tag(queryJSON{}, "Prompt", "doc"), fmt.Sprint(domain.MaxPromptBytes))
	assert.Contains(t, tag(newMemoryJSON{}, "Confidence", "doc"), fmt.Sprint(domain.DefaultConfidence, " unless given"))
	assert.Contains(t, tag(newMemoryJSON{}, "Content", "doc"), fmt.Sprint(domain.MaxMemoryBytes))
	assert.Contains(t, tag(newMemoryJSON{}, "Source", "doc"), fmt.Sprint(domain.MaxSourceBytes))
	assert.Equal(t, strings.Join(refreshes, ","), tag(refreshJSON{}, "Status", "enum"))
	assert.Contains(t, tag(rootResultJSON{}, "Files", "doc"), fmt.Sprint(domain.MaxSkippedListed))
	assert.Equal(t, "memory,chunk", tag(queryJSON{}, "Kinds", "enum"))
}
