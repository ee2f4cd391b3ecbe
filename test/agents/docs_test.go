package agents

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func page(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "agents.md"))
	require.NoError(t, err)
	return string(content)
}

// Every tool is in the documentation, and every call that it shows works, in the
// order in which they stand there. ID is what the call before answered with.
func TestDocumentedCallsWork(t *testing.T) {
	p := newProgram(t)
	p.project("handbook", "# Deploys\n\nWe deploy on Tuesdays.\n")
	p.run("state", "set", "handbook", "phase", "rollout")
	a, err := p.agent(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()

	called, id := map[string]bool{}, ""
	for _, line := range regexp.MustCompile(`(?m)^\{"name": .*\}$`).FindAllString(page(t), -1) {
		var c struct {
			Name      string
			Arguments map[string]any
		}
		require.NoError(t, json.Unmarshal([]byte(strings.ReplaceAll(line, `"ID"`, `"`+id+`"`)), &c), line)
		var answer struct {
			ID      string
			Results []any
		}
		_, err := a.call(t.Context(), c.Name, c.Arguments, &answer)
		require.NoError(t, err, line)
		if c.Name == "recall" {
			assert.NotEmpty(t, answer.Results, line)
		}
		if answer.ID != "" {
			id = answer.ID
		}
		called[c.Name] = true
	}
	listed, err := a.ListTools(t.Context(), nil)
	require.NoError(t, err)
	var tools []string
	for _, tool := range listed.Tools {
		tools = append(tools, tool.Name)
	}
	assert.Equal(t, slices.Sorted(slices.Values(tools)), slices.Sorted(maps.Keys(called)))
	var described []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(page(t), -1) {
		described = append(described, row[1])
	}
	assert.ElementsMatch(t, tools, described)
}

func TestDocumentedResourcesExist(t *testing.T) {
	p := newProgram(t)
	p.project("handbook", "# Deploys\n\nWe deploy on Tuesdays.\n")
	a, err := p.agent(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	var m stored
	_, err = a.call(t.Context(), "remember", map[string]any{"content": "The port is 8100", "memory_type": "project"}, &m)
	require.NoError(t, err)
	templates, err := a.ListResourceTemplates(t.Context(), nil)
	require.NoError(t, err)
	resources, err := a.ListResources(t.Context(), nil)
	require.NoError(t, err)
	var offered []string
	for _, r := range templates.ResourceTemplates {
		offered = append(offered, r.URITemplate)
	}
	for _, r := range resources.Resources {
		offered = append(offered, r.URI)
	}
	var described []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(atocore://[^`]+)` \\|").FindAllStringSubmatch(page(t), -1) {
		described = append(described, row[1])
		uri := strings.NewReplacer("{name}", "handbook", "{id}", m.ID).Replace(row[1])
		r, err := a.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri})
		require.NoError(t, err, uri)
		assert.NotEmpty(t, r.Contents[0].Text)
	}
	assert.ElementsMatch(t, offered, described)
}
