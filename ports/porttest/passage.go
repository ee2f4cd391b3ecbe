package porttest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// TestPassageStore checks a ports.PassageStore. open returns empty stores.
func TestPassageStore(t *testing.T, open func(t *testing.T) Stores) {
	s := open(t)
	m := memory("m1", 1, "a memory")
	m.Project, m.Confidence, m.Type = "p", 0.5, domain.MemoryEpisodic
	asleep := memory("m2", 1, "not active")
	asleep.Status = domain.MemoryCandidate
	create(t, s.Memories, m, asleep)
	d, chunks := document("q", "sub/a.md", "one", "two")
	d.Title = "A Title"
	chunks[1].Heading, chunks[1].Text = "Top > Below", "searched"
	require.NoError(t, s.Documents.Replace(t.Context(), d.With(chunks)))

	found, err := s.Passages.Passages(t.Context(), []string{"m1", "m2", "none", chunks[1].ID, "m1"})
	require.NoError(t, err)
	assert.Equal(t, map[string]domain.Passage{
		"m1": {
			ID: "m1", Kind: domain.PassageMemory, Project: "p", Type: domain.MemoryEpisodic, Confidence: 0.5, Content: "a memory",
		},
		chunks[1].ID: {
			ID: chunks[1].ID, Kind: domain.PassageChunk, Project: "q", Root: "docs", Path: "sub/a.md", Title: "A Title",
			Heading: "Top > Below", Seq: 1, StartLine: 3, EndLine: 4, Content: "two",
		},
	}, found)

	found, err = s.Passages.Passages(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, found)
}
