package mcp

import (
	"bytes"
	"encoding/json"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tiktoken-go/tokenizer"
)

// mostTokens is what every agent pays for the tools in each session, at most.
const mostTokens = 750

func TestTheToolsCostFewTokens(t *testing.T) {
	listed, err := client(t, newWorld().config()).ListTools(t.Context(), nil)
	require.NoError(t, err)
	raw, err := json.Marshal(listed)
	require.NoError(t, err)
	for _, encoding := range []tokenizer.Encoding{tokenizer.O200kBase, tokenizer.Cl100kBase} {
		codec, err := tokenizer.Get(encoding)
		require.NoError(t, err)
		n, err := codec.Count(string(raw))
		require.NoError(t, err)
		t.Logf("%s: %d tools, %d bytes, %d tokens", encoding, len(listed.Tools), len(raw), n)
		assert.Less(t, n, mostTokens, encoding)
		for _, tool := range listed.Tools {
			one, err := json.Marshal(tool)
			require.NoError(t, err)
			n, err := codec.Count(string(one))
			require.NoError(t, err)
			t.Logf("  %-10s %d", tool.Name, n)
		}
	}
}

func TestLookingAtTheToolsOpensNothing(t *testing.T) {
	w := newWorld()
	s := client(t, w.config())
	_, err := s.ListTools(t.Context(), nil)
	require.NoError(t, err)
	_, err = s.ListResourceTemplates(t.Context(), nil)
	require.NoError(t, err)
	assert.Zero(t, w.opened)
	ask(t, s, "project", nil, nil)
	ask(t, s, "project", nil, nil)
	assert.Equal(t, 1, w.opened)
}

// assertFits holds a structured answer against the schema that the tool declares.
func assertFits(t *testing.T, s *sdk.ClientSession, tool string, answer []byte) {
	t.Helper()
	listed, err := s.ListTools(t.Context(), nil)
	require.NoError(t, err)
	for _, d := range listed.Tools {
		if d.Name != tool {
			continue
		}
		raw, err := json.Marshal(d.OutputSchema)
		require.NoError(t, err)
		schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		require.NoError(t, err)
		c := jsonschema.NewCompiler()
		require.NoError(t, c.AddResource("tool.json", schema))
		compiled, err := c.Compile("tool.json")
		require.NoError(t, err)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(answer))
		require.NoError(t, err)
		assert.NoError(t, compiled.Validate(value), "%s: %s", tool, answer)
		return
	}
	require.Fail(t, "no such tool", tool)
}
