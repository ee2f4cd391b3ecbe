package memory_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
)

func TestProposalsAreCandidatesAndReinforceNothing(t *testing.T) {
	b := lookingBench()
	known := b.say(t, "The default branch is main.")
	propose := func(content string) (domain.Memory, bool) {
		m, stored, err := b.Propose(t.Context(), memory.Draft{Type: "project", Content: content, Project: "Apollo", Source: "interaction 1", Status: "active"})
		require.NoError(t, err)
		return m, stored
	}
	again, stored := propose("default branch: main")
	assert.False(t, stored)
	assert.Equal(t, known, again, "what is known is as it was")

	first, stored := propose("Deploys happen on Tuesday.")
	assert.True(t, stored)
	assert.Equal(t, domain.MemoryCandidate, first.Status)
	second, stored := propose("Deploys happen on Tuesday")
	assert.False(t, stored)
	assert.Equal(t, first, second)

	against, stored := propose("The default branch is trunk.")
	assert.True(t, stored)
	assert.Equal(t, known.ID, against.Contradicts)

	_, err := b.Reject(t.Context(), first.ID, ada)
	require.NoError(t, err)
	third, stored := propose("Deploys happen on Tuesday.")
	assert.False(t, stored, "what was rejected is not proposed again")
	assert.Equal(t, first.ID, third.ID)
	_, _, err = b.Propose(t.Context(), memory.Draft{Type: "project", Content: "x", Project: "Apolo"})
	kind(t, domain.KindNotFound, err)
}
