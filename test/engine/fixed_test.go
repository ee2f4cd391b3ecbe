package engine_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
)

// An index over some passages answers as an engine does that follows a store which
// holds the same.
func TestIndexOverSomePassages(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), sqlite.FileName))
	var passages []domain.Passage
	for i := range 40 {
		m := domain.Memory{
			ID: fmt.Sprintf("m%02d", i), Type: domain.MemoryKnowledge, Status: domain.MemoryActive, Confidence: 0.5, Revision: 1,
			Content: fmt.Sprintf("The engine number %d burns methane, %s", i, []string{"and is tested", "or hydrogen", "slowly"}[i%3]),
		}
		require.NoError(t, s.Memories().Create(t.Context(), m, nil))
		passages = append(passages, domain.Passage{ID: m.ID, Kind: domain.PassageMemory, Type: m.Type, Confidence: 0.5, Content: m.Content})
	}
	following := newEngine(s, "")
	text, stored := engine.Index(passages)
	for _, question := range []string{"which engine burns hydrogen", "engine 17", "tested", "methan slowli", "nothing of this"} {
		want, err := following.Text().Search(t.Context(), question, domain.Scope{}, 10)
		require.NoError(t, err)
		got, err := text.Search(t.Context(), question, domain.Scope{}, 10)
		require.NoError(t, err)
		assert.Equal(t, want, got, question)
	}
	found, err := stored.Passages(t.Context(), []string{"m07", "none"})
	require.NoError(t, err)
	assert.Equal(t, map[string]domain.Passage{"m07": passages[7]}, found)

	empty, _ := engine.Index(nil)
	got, err := empty.Search(t.Context(), "engine", domain.Scope{}, 10)
	require.NoError(t, err)
	assert.Empty(t, got)
}
