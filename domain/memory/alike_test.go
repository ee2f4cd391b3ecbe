package memory_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
)

func lookingBench() bench {
	b := newBench()
	b.Near, b.Passages, b.Changes = b.store.Vectors(), b.store.Passages(), b.store.Memories()
	return b
}

func (b bench) say(t *testing.T, content string, change ...func(*memory.Draft)) domain.Memory {
	t.Helper()
	d := memory.Draft{Type: "project", Content: content, Project: "Apollo", Source: "Ada"}
	for _, c := range change {
		c(&d)
	}
	m, err := b.Remember(t.Context(), d)
	require.NoError(t, err)
	b.clock.Advance(time.Second)
	return m
}

func TestARepeatReinforces(t *testing.T) {
	b := lookingBench()
	first := b.say(t, "The default branch is main.")
	again := b.say(t, "default branch: MAIN", func(d *memory.Draft) { d.Source = "Bob" })
	assert.Equal(t, first.ID, again.ID)
	assert.Equal(t, "The default branch is main.", again.Content)
	assert.Equal(t, domain.ChangeReinforced, again.Last.Kind)
	assert.InDelta(t, 0.7625, again.Confidence, 1e-12)
	b.say(t, "The default branch is main.", func(d *memory.Draft) { d.Source = "bob" })

	for name, other := range map[string]domain.Memory{
		"of another project": b.say(t, "The default branch is main.", func(d *memory.Draft) { d.Project = "Borealis" }),
		"of another type":    b.say(t, "The default branch is main.", func(d *memory.Draft) { d.Type = "knowledge" }),
		"stored as stated":   b.say(t, "The default branch is main.", func(d *memory.Draft) { d.AsIs = true }),
	} {
		assert.EqualValues(t, 1, other.Revision, name)
		assert.Equal(t, domain.MemoryActive, other.Status, name)
	}
	h, err := b.Hygiene(t.Context(), ptr("Apollo"))
	require.NoError(t, err)
	assert.Equal(t, 3, h.Statuses[domain.MemoryActive])
	assert.Equal(t, 1, h.Duplicates)
	assert.InDelta(t, 1.0/3, h.DuplicateRate, 1e-12)
	assert.Zero(t, h.Echo, "two sources said so")
}

func TestAContradictionWaitsBesideWhatItContradicts(t *testing.T) {
	b := lookingBench()
	old := b.say(t, "The staging database runs on port 5432.")
	now := b.say(t, "The staging database runs on port 5433.")
	assert.Equal(t, domain.MemoryCandidate, now.Status)
	assert.Equal(t, old.ID, now.Contradicts)
	got, err := b.Get(t.Context(), old.ID)
	require.NoError(t, err)
	assert.Equal(t, old, got, "what was trusted holds until somebody decides")
	again := b.say(t, "Staging database runs on port 5433", func(d *memory.Draft) { d.Source = "Bob" })
	assert.Equal(t, now.ID, again.ID, "a repeat of a candidate reinforces it")
	assert.Equal(t, domain.MemoryCandidate, again.Status)

	page, err := b.Queue(t.Context(), domain.MemoryFilter{})
	require.NoError(t, err)
	assert.Equal(t, []memory.Review{{Memory: again, Against: &old}}, page.Items)
	h, err := b.Hygiene(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, h.Contradictions)
	assert.Equal(t, 1, h.Statuses[domain.MemoryCandidate])

	_, err = b.Promote(t.Context(), now.ID, ada, true)
	require.NoError(t, err)
	page, err = b.Queue(t.Context(), domain.MemoryFilter{})
	require.NoError(t, err)
	assert.Empty(t, page.Items)
	stated := b.say(t, "The staging database runs on port 5999.", func(d *memory.Draft) { d.AsIs = true })
	assert.Equal(t, domain.MemoryActive, stated.Status)
}

func TestHygiene(t *testing.T) {
	b := lookingBench()
	b.say(t, "The tea is cold.", func(d *memory.Draft) { d.Type = "episodic" })
	b.say(t, "The tea is cold.", func(d *memory.Draft) { d.Type = "episodic" }) // Ada again
	h, err := b.Hygiene(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, h.Echo)
	assert.Zero(t, h.Stale)
	b.clock.Advance(90 * 24 * time.Hour)
	h, err = b.Hygiene(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, h.Stale)
	assert.Zero(t, h.Fading)
	b.clock.Advance(200 * 24 * time.Hour)
	h, err = b.Hygiene(t.Context(), ptr("moon"))
	require.NoError(t, err)
	assert.Equal(t, 1, h.Fading)
	_, err = b.Hygiene(t.Context(), ptr("apolo"))
	kind(t, domain.KindNotFound, err)
}

func TestManySayTheSameAtOnce(t *testing.T) {
	b := lookingBench()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := b.Remember(t.Context(), memory.Draft{Type: "knowledge", Content: "walnut"})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	page, err := b.List(t.Context(), domain.MemoryFilter{})
	require.NoError(t, err)
	require.Len(t, page.Memories, 1)
	assert.EqualValues(t, 10, page.Memories[0].Revision)
}

// An index that is down keeps nothing from being remembered.
func TestRememberWithoutAnIndex(t *testing.T) {
	b := lookingBench()
	b.say(t, "walnut")
	b.store.Fail = failOn("vector.search", domain.Unavailable("no index"))
	assert.EqualValues(t, 1, b.say(t, "walnut").Revision)
}
