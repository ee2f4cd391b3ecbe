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
	"github.com/pelletier/go-toml/v2"
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

// Every configuration in the documentation starts a program that serves the tools.
// None of the agents behind them need be there.
func TestDocumentedConfigurationsStart(t *testing.T) {
	p := newProgram(t)
	seen := 0
	start := func(name string, line []string) {
		seen++
		require.Equal(t, []string{"atocore", "mcp", "--data-dir"}, line[:3], name)
		require.True(t, filepath.IsAbs(line[3]) && len(line) == 4, name)
		line[3] = filepath.Join(p.home, "named")
		a, err := p.agent(t.Context(), line[2:]...)
		require.NoError(t, err, name)
		listed, err := a.ListTools(t.Context(), nil)
		require.NoError(t, err, name)
		assert.Len(t, listed.Tools, 5)
		require.NoError(t, a.Close())
	}
	type entry struct {
		Command any
		Args    []string
	}
	for _, m := range regexp.MustCompile("(?ms)^```json\n(.*?)^```").FindAllStringSubmatch(page(t), -1) {
		if strings.HasPrefix(m[1], `{"name"`) {
			continue // calls of tools
		}
		var file map[string]map[string]entry
		require.NoError(t, json.Unmarshal([]byte(m[1]), &file), m[1])
		for kind, servers := range file {
			e := servers["atocore"]
			var line []string
			switch c := e.Command.(type) {
			case string:
				line = append([]string{c}, e.Args...)
			case []any:
				for _, word := range c {
					line = append(line, word.(string))
				}
			}
			start(kind, line)
		}
	}
	for _, m := range regexp.MustCompile("(?ms)^```toml\n(.*?)^```").FindAllStringSubmatch(page(t), -1) {
		var file struct {
			MCPServers map[string]entry `toml:"mcp_servers"`
		}
		require.NoError(t, toml.Unmarshal([]byte(m[1]), &file))
		e := file.MCPServers["atocore"]
		start("toml", append([]string{e.Command.(string)}, e.Args...))
	}
	for _, m := range regexp.MustCompile("(?m)^\\|[^|]*\\| `[a-z]+ .*? (atocore mcp --data-dir \\S+?)(`| --method)").FindAllStringSubmatch(page(t), -1) {
		start(m[0], strings.Fields(m[1]))
	}
	assert.Equal(t, 9, seen)
}
