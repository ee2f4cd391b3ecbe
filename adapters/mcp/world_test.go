package mcp

import (
	"context"
	"encoding/json"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/index"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/pack"
	"github.com/atocore/atocore/domain/project"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/domain/state"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// world is what a server stands on in tests: the real use cases over fakes.
type world struct {
	store    *portfake.Store
	services *Services
	opened   int
}

func newWorld() *world {
	var clock portfake.Clock
	inline := index.New(index.Config{Inline: struct{ ports.InlineVectors }{}})
	var embedder portfake.Embedder
	registry := portfake.NewProjectRegistry(
		domain.Project{Name: "Apollo", Aliases: []string{"moon"}, Description: "To the moon and back", IngestRoots: []domain.IngestRoot{{Path: "/srv/apollo", Label: "docs"}}},
		domain.Project{Name: "Far Away", IngestRoots: []domain.IngestRoot{{Path: "/srv/far", Label: "docs"}}},
	)
	facts := &portfake.Facts{}
	w := &world{store: portfake.NewStore()}
	w.store.Model = embedder.Model()
	queries := query.New(query.Config{
		Text: w.store.Text(), Vectors: w.store.Vectors(), Passages: w.store.Passages(),
		Registry: registry, Embedder: &embedder, Weights: domain.DefaultRankingWeights(),
		Catalog: w.store.Catalog(), Memories: w.store.Memories(),
	})
	w.services = &Services{
		Memory: memory.New(memory.Config{
			Memories: w.store.Memories(), Archive: w.store.Memories(), Near: w.store.Vectors(), Passages: w.store.Passages(), Changes: w.store.Memories(), Registry: registry,
			Embedder: &embedder, Clock: &clock, IDs: &portfake.IDs{},
		}),
		Project: project.New(project.Config{
			Registry: registry, Documents: w.store.Documents(), Memories: w.store.Memories(),
			Source: &portfake.SourceTree{}, Gate: &portfake.Gate{}, Clock: &clock,
		}),
		Query: queries,
		Pack: pack.New(pack.Config{
			Query: queries, Facts: facts, Origins: w.store.Passages(), Archive: w.store.Memories(),
			Tokenizer: portfake.Tokenizer{}, Clock: &clock,
		}),
		Index: inline,
		State: state.New(state.Config{Facts: facts, Registry: registry, Clock: &clock}),
	}
	return w
}

func (w *world) config() Config {
	return Config{Version: "1.0.0", Open: func(context.Context) (*Services, error) {
		w.opened++
		return w.services, nil
	}}
}

// client returns the official SDK's client, connected to a server of the
// configuration.
func client(t *testing.T, c Config) *sdk.ClientSession {
	t.Helper()
	near, far := sdk.NewInMemoryTransports()
	_, err := New(c).mcp.Connect(t.Context(), far, nil)
	require.NoError(t, err)
	session, err := sdk.NewClient(&sdk.Implementation{Name: "Some Agent", Version: "2"}, nil).Connect(t.Context(), near, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// ask calls a tool that must succeed, and decodes its structured answer into out.
func ask(t *testing.T, s *sdk.ClientSession, tool string, args map[string]any, out any) string {
	t.Helper()
	text, failed := try(t, s, tool, args, out)
	require.False(t, failed, text)
	return text
}

// refused calls a tool that must fail, and returns what it says.
func refused(t *testing.T, s *sdk.ClientSession, tool string, args map[string]any) string {
	t.Helper()
	text, failed := try(t, s, tool, args, nil)
	require.True(t, failed, text)
	return text
}

func try(t *testing.T, s *sdk.ClientSession, tool string, args map[string]any, out any) (text string, failed bool) {
	t.Helper()
	r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: args})
	require.NoError(t, err)
	require.Len(t, r.Content, 1)
	if out != nil && !r.IsError {
		raw, err := json.Marshal(r.StructuredContent)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, out))
		assertFits(t, s, tool, raw)
	}
	c, ok := r.Content[0].(*sdk.TextContent)
	require.True(t, ok)
	assert.Equal(t, r.IsError, r.StructuredContent == nil, "an error has no structure")
	return c.Text, r.IsError
}
