package access

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnAgentWithAKey: over standard input and output, too, an agent knows what its
// key knows, its word waits for review, and a key that was revoked opens nothing from
// the next call on.
func TestAnAgentWithAKey(t *testing.T) {
	w := &world{t: t, data: filepath.Join(t.TempDir(), "data")}
	w.serve()
	w.project("atlas", "at", filepath.Join(t.TempDir(), "atlas"), map[string]string{"a.md": "# Atlas\n\nThe hatch opens inwards.\n"})
	w.project("borealis", "bo", filepath.Join(t.TempDir(), "borealis"), map[string]string{"b.md": "# Borealis\n\nThe hatch opens sideways.\n"})
	secret := w.key("agent", "--scope", "write", "--project", "atlas")

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := w.command("mcp")
	cmd.Env = append(cmd.Env, "ATOCORE_API_KEY="+secret)
	s, err := sdk.NewClient(&sdk.Implementation{Name: "tester", Version: "1"}, nil).
		Connect(ctx, &sdk.CommandTransport{Command: cmd, TerminateDuration: patience}, nil)
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	call := func(tool string, args map[string]any) (text string, refused bool) {
		t.Helper()
		r, err := s.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: args})
		require.NoError(t, err)
		for _, c := range r.Content {
			if c, ok := c.(*sdk.TextContent); ok {
				text += c.Text
			}
		}
		return text, r.IsError
	}
	text, refused := call("recall", map[string]any{"prompt": "how does the hatch open"})
	assert.False(t, refused, text)
	assert.Contains(t, text, "inwards")
	assert.NotContains(t, text, "sideways")
	text, refused = call("recall", map[string]any{"prompt": "hatch", "project": "borealis"})
	assert.True(t, refused, text)
	text, refused = call("remember", map[string]any{"content": "The hatch is heavy", "memory_type": "knowledge", "project": "atlas"})
	require.False(t, refused, text)
	list := w.ask("GET", "/memory?status=candidate", nil)["memories"].([]any)
	require.Len(t, list, 1)
	history := w.ask("GET", "/memory/"+list[0].(map[string]any)["id"].(string)+"/history", nil)["history"].([]any)
	assert.Contains(t, history[0].(map[string]any)["by"], "agent")

	w.run("key", "revoke", "agent")
	began := time.Now()
	text, refused = call("recall", map[string]any{"prompt": "how does the hatch open"})
	assert.True(t, refused, text)
	assert.Contains(t, text, "revoked")
	assert.NotContains(t, text, "inwards")
	assert.Equal(t, 401, w.call(secret, "GET", "/memory", "").status)
	assert.Less(t, time.Since(began), patience)
}
