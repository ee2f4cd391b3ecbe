package agents

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The protocol's own inspector, from npm, drives the program as an agent would: over
// standard input and output, and over HTTP.
func TestInspector(t *testing.T) {
	requireInspector(t)
	p := newProgram(t)
	p.project("handbook", "# Deploys\n\nWe deploy on Tuesdays.\n")
	s, err := p.serve()
	require.NoError(t, err)
	defer s.stop(t)
	for name, target := range map[string][]string{
		"stdio": {p.self, "mcp", "-e", asProgram + "=1", "-e", "ATOCORE_DATA_DIR=" + p.data},
		"http":  {s.url + "/mcp", "--transport", "http"},
	} {
		t.Run(name, func(t *testing.T) {
			var listed struct{ Tools []struct{ Name string } }
			inspect(t, &listed, target, "--method", "tools/list")
			assert.GreaterOrEqual(t, len(listed.Tools), 4)

			var answer struct {
				IsError           bool
				Content           []struct{ Text string }
				StructuredContent struct {
					ID      string
					Results []struct{ Cite, Text string }
				}
			}
			inspect(t, &answer, target, "--method", "tools/call", "--tool-name", "remember",
				"--tool-arg", "content=We met by "+name, "--tool-arg", "memory_type=episodic")
			assert.False(t, answer.IsError)
			id := answer.StructuredContent.ID
			assert.NotEmpty(t, id)
			inspect(t, &answer, target, "--method", "tools/call", "--tool-name", "recall",
				"--tool-arg", "prompt=when do we deploy", "--tool-arg", "project=handbook", "--tool-arg", "top_k=3")
			require.NotEmpty(t, answer.StructuredContent.Results)
			assert.Equal(t, "notes.md:1-3", answer.StructuredContent.Results[0].Cite)
			inspect(t, &answer, target, "--method", "tools/call", "--tool-name", "recall",
				"--tool-arg", "prompt=x", "--tool-arg", "project=handbok")
			assert.True(t, answer.IsError)
			assert.Contains(t, answer.Content[0].Text, `did you mean "handbook"?`)

			var resource struct{ Contents []struct{ Text string } }
			inspect(t, &resource, target, "--method", "resources/read", "--uri", "atocore://memory/"+id)
			assert.Contains(t, resource.Contents[0].Text, "We met by "+name)
			var templates struct{ ResourceTemplates []any }
			inspect(t, &templates, target, "--method", "resources/templates/list")
			assert.Len(t, templates.ResourceTemplates, 2)
		})
	}
}

const inspector = "node_modules/@modelcontextprotocol/inspector/cli/build/cli.js"

// inspect runs the inspector once, and decodes what it prints.
func inspect(t *testing.T, out any, target []string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append(append([]string{inspector, "--cli"}, target...), args...)...)
	printed, err := cmd.Output()
	var failed *exec.ExitError
	if err != nil {
		stderr := ""
		if ok := asExit(err, &failed); ok {
			stderr = string(failed.Stderr)
		}
		require.NoError(t, err, "%s\n%s", printed, stderr)
	}
	require.NoError(t, json.Unmarshal(printed, out), "%s", printed)
}

func asExit(err error, to **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError) //nolint:errorlint // what Output returns is not wrapped
	*to = e
	return ok
}

// requireInspector skips where the inspector cannot be had, or fails where it must
// be.
func requireInspector(t *testing.T) {
	t.Helper()
	required := os.Getenv("ATOCORE_TEST_REQUIRE_PARTS") == "1"
	err := haveInspector(required)
	switch {
	case err != nil && required:
		t.Fatalf("the MCP inspector is required here: %v", err)
	case err != nil:
		t.Skipf("no MCP inspector: %v", err)
	}
}

func haveInspector(install bool) error {
	if _, err := exec.LookPath("node"); err != nil {
		return fmt.Errorf("node is missing: install Node.js 20 or later")
	}
	if _, err := os.Stat(filepath.FromSlash(inspector)); err == nil {
		return nil
	}
	if !install {
		return fmt.Errorf("it is not installed: run npm ci --ignore-scripts in test/agents")
	}
	npm := exec.CommandContext(context.Background(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
}
