package memory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
)

var ada = domain.Act{By: "Ada", Reason: "she knows"}

func (b bench) add(t *testing.T, content, status string) domain.Memory {
	t.Helper()
	m, err := b.Remember(t.Context(), memory.Draft{Type: "knowledge", Content: content, Status: status, Source: "Bob"})
	require.NoError(t, err)
	b.clock.Advance(time.Minute)
	return m
}

// found tells whether a search finds the memory.
func (b bench) found(t *testing.T, m domain.Memory) bool {
	t.Helper()
	text, err := b.store.Text().Search(t.Context(), m.Content, domain.Scope{}, 100)
	require.NoError(t, err)
	for _, c := range text {
		if c.ID == m.ID {
			return true
		}
	}
	return false
}

func kind(t *testing.T, want domain.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, domain.KindOf(err), err)
}

func TestTheLifecycleIsWalkedAndUndone(t *testing.T) {
	b := newBench()
	m := b.add(t, "walnut", "candidate")
	next := b.add(t, "hazelnut", "")
	assert.False(t, b.found(t, m), "a candidate is in no answer")
	for _, step := range []struct {
		name   string
		do     func() (domain.Memory, error)
		status domain.MemoryStatus
		kind   domain.ChangeKind
	}{
		{"promote", func() (domain.Memory, error) { return b.Promote(t.Context(), m.ID, ada, false) }, "active", "promoted"},
		{"supersede", func() (domain.Memory, error) { return b.Supersede(t.Context(), m.ID, next.ID, ada) }, "superseded", "superseded"},
		{"restore", func() (domain.Memory, error) { return b.Restore(t.Context(), m.ID, ada) }, "active", "restored"},
		{"undo", func() (domain.Memory, error) { return b.Undo(t.Context(), m.ID, ada) }, "superseded", "undone"},
		{"redo", func() (domain.Memory, error) { return b.Undo(t.Context(), m.ID, ada) }, "active", "undone"},
		{"reject", func() (domain.Memory, error) { return b.Reject(t.Context(), m.ID, ada) }, "rejected", "rejected"},
		{"restore again", func() (domain.Memory, error) { return b.Restore(t.Context(), m.ID, ada) }, "active", "restored"},
	} {
		b.clock.Advance(time.Minute)
		got, err := step.do()
		require.NoError(t, err, step.name)
		assert.Equal(t, step.status, got.Status, step.name)
		assert.Equal(t, step.status == "superseded", got.SupersededBy == next.ID, step.name)
		assert.Equal(t, step.status == "active", b.found(t, m), step.name)
		history, err := b.History(t.Context(), m.ID)
		require.NoError(t, err)
		assert.Equal(t, domain.MemoryChange{Kind: step.kind, At: b.clock.Now(), Memory: got}, history[len(history)-1], step.name)
		assert.Equal(t, domain.Act{Kind: step.kind, By: "Ada", Reason: "she knows"}, got.Last, step.name)
	}
}

func TestRestoreReturnsToTheStatusBefore(t *testing.T) {
	b := newBench()
	m := b.add(t, "walnut", "candidate")
	_, err := b.Reject(t.Context(), m.ID, ada)
	require.NoError(t, err)
	got, err := b.Restore(t.Context(), m.ID, ada)
	require.NoError(t, err)
	assert.Equal(t, domain.MemoryCandidate, got.Status, "rejecting and restoring is no way to promote")
}

func TestLifecycleRefuses(t *testing.T) {
	b := newBench()
	ctx := t.Context()
	m, other, gone := b.add(t, "walnut", ""), b.add(t, "hazelnut", "candidate"), b.add(t, "peanut", "")
	_, err := b.Reject(ctx, gone.ID, ada)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		do   func() (domain.Memory, error)
		kind domain.Kind
	}{
		"promote what is rejected": {func() (domain.Memory, error) { return b.Promote(ctx, gone.ID, ada, false) }, domain.KindConflict},
		"promote nothing":          {func() (domain.Memory, error) { return b.Promote(ctx, "none", ada, false) }, domain.KindNotFound},
		"reject twice":             {func() (domain.Memory, error) { return b.Reject(ctx, gone.ID, ada) }, domain.KindConflict},
		"without a reason":         {func() (domain.Memory, error) { return b.Supersede(ctx, m.ID, gone.ID, domain.Act{}) }, domain.KindInvalid},
		"without a successor":      {func() (domain.Memory, error) { return b.Supersede(ctx, m.ID, "", ada) }, domain.KindInvalid},
		"by itself":                {func() (domain.Memory, error) { return b.Supersede(ctx, m.ID, m.ID, ada) }, domain.KindInvalid},
		"by nothing":               {func() (domain.Memory, error) { return b.Supersede(ctx, m.ID, "none", ada) }, domain.KindNotFound},
		"by a candidate":           {func() (domain.Memory, error) { return b.Supersede(ctx, m.ID, other.ID, ada) }, domain.KindConflict},
		"restore what is active":   {func() (domain.Memory, error) { return b.Restore(ctx, m.ID, ada) }, domain.KindConflict},
		"restore nothing":          {func() (domain.Memory, error) { return b.Restore(ctx, "none", ada) }, domain.KindNotFound},
		"undo a creation":          {func() (domain.Memory, error) { return b.Undo(ctx, m.ID, ada) }, domain.KindConflict},
		"reinforce the rejected":   {func() (domain.Memory, error) { return b.Reinforce(ctx, gone.ID, "Eve", ada) }, domain.KindConflict},
		"reinforce by nobody":      {func() (domain.Memory, error) { return b.Reinforce(ctx, m.ID, " ", ada) }, domain.KindInvalid},
		"reinforce nothing":        {func() (domain.Memory, error) { return b.Reinforce(ctx, "none", "Eve", ada) }, domain.KindNotFound},
		"by an endless name":       {func() (domain.Memory, error) { return b.Reject(ctx, m.ID, domain.Act{By: string(make([]byte, 999))}) }, domain.KindInvalid},
		"a status out of order": {func() (domain.Memory, error) {
			return b.Update(ctx, gone.ID, memory.Patch{Status: ptr("superseded")})
		}, domain.KindConflict},
		"a new one that is over": {func() (domain.Memory, error) {
			return b.Remember(ctx, memory.Draft{Type: "knowledge", Content: "x", Status: "rejected"})
		}, domain.KindInvalid},
	} {
		_, err := c.do()
		require.Error(t, err, name)
		assert.Equal(t, c.kind, domain.KindOf(err), name)
	}
	for _, m := range []domain.Memory{m, other} {
		got, err := b.Get(ctx, m.ID)
		require.NoError(t, err)
		assert.Equal(t, m, got)
	}
}

func TestReinforceCountsSourcesOnce(t *testing.T) {
	b := newBench()
	m := b.add(t, "walnut", "")
	for i, c := range []struct {
		source     string
		confidence float64
		reinforced int64
	}{
		{"bob", 0.7, 0}, // who said it first says it again
		{"Ada", 0.7625, 1},
		{" ADA", 0.7625, 1},
		{"Eve", 0.809375, 2},
	} {
		b.clock.Advance(time.Hour)
		got, err := b.Reinforce(t.Context(), m.ID, c.source, domain.Act{By: "agent"})
		require.NoError(t, err)
		assert.InDelta(t, c.confidence, got.Confidence, 1e-12, c.source)
		assert.Equal(t, c.reinforced, got.Reinforced, c.source)
		assert.Equal(t, b.clock.Now(), got.AffirmedAt)
		assert.EqualValues(t, i+2, got.Revision)
		assert.Equal(t, domain.Act{Kind: domain.ChangeReinforced, By: "agent", Reason: c.source}, got.Last)
	}
}

func TestExpire(t *testing.T) {
	b := newBench()
	fact, candidate := b.add(t, "walnut", ""), b.add(t, "hazelnut", "candidate")
	episode, err := b.Remember(t.Context(), memory.Draft{Type: "episodic", Content: "peanut"})
	require.NoError(t, err)
	b.clock.Advance(90 * 24 * time.Hour)
	due, err := b.Expire(t.Context(), domain.Act{By: "clock"}, true)
	require.NoError(t, err)
	require.Len(t, due, 1)
	assert.Equal(t, candidate, due[0], "a dry run changes nothing")
	b.clock.Advance(200 * 24 * time.Hour)
	expired, err := b.Expire(t.Context(), domain.Act{By: "clock"}, false)
	require.NoError(t, err)
	require.Len(t, expired, 2)
	for i, id := range []string{episode.ID, candidate.ID} {
		assert.Equal(t, id, expired[i].ID)
		assert.Equal(t, domain.MemoryExpired, expired[i].Status)
		assert.Equal(t, "clock", expired[i].Last.By)
		assert.Contains(t, expired[i].Last.Reason, "after 290 days")
	}
	got, err := b.Get(t.Context(), fact.ID)
	require.NoError(t, err)
	assert.Equal(t, fact, got)
	expired, err = b.Expire(t.Context(), domain.Act{}, false)
	require.NoError(t, err)
	assert.Empty(t, expired)
	back, err := b.Restore(t.Context(), episode.ID, ada)
	require.NoError(t, err)
	assert.False(t, back.Faded(b.clock.Now()), "what is restored begins anew")
}

func TestForgottenAndBroughtBack(t *testing.T) {
	for name, back := range map[string]func(b bench, id string) (domain.Memory, error){
		"restore": func(b bench, id string) (domain.Memory, error) { return b.Restore(t.Context(), id, ada) },
		"undo":    func(b bench, id string) (domain.Memory, error) { return b.Undo(t.Context(), id, ada) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			m := b.add(t, "walnut", "")
			require.NoError(t, b.Forget(t.Context(), m.ID, ada))
			assert.False(t, b.found(t, m))
			got, err := back(b, m.ID)
			require.NoError(t, err)
			assert.Equal(t, "walnut", got.Content)
			assert.True(t, b.found(t, m))
			history, err := b.History(t.Context(), m.ID)
			require.NoError(t, err)
			require.Len(t, history, 3)
			assert.Equal(t, ada, history[1].Memory.Last)
			_, err = b.Undo(t.Context(), m.ID, ada)
			kind(t, domain.KindConflict, err)
		})
	}
}

func TestUndoOfText(t *testing.T) {
	b := newBench()
	m := b.add(t, "walnut", "")
	_, err := b.Update(t.Context(), m.ID, memory.Patch{Content: ptr("hazelnut"), By: "Eve"})
	require.NoError(t, err)
	assert.False(t, b.found(t, m))
	got, err := b.Undo(t.Context(), m.ID, ada)
	require.NoError(t, err)
	assert.Equal(t, "walnut", got.Content)
	assert.True(t, b.found(t, m))
	want, err := b.embedder.Embed(t.Context(), []string{"walnut"})
	require.NoError(t, err)
	near, err := b.store.Vectors().Search(t.Context(), want[0], domain.Scope{}, 1)
	require.NoError(t, err)
	require.Len(t, near, 1)
	assert.InDelta(t, 1, near[0].Score, 1e-6, "its vector came back with it")
}

func TestPromoteReplacesWhatItContradicts(t *testing.T) {
	b := newBench()
	old := b.add(t, "walnut", "")
	m := domain.Memory{
		ID: "c", Type: "knowledge", Content: "hazelnut", Status: domain.MemoryCandidate, Contradicts: old.ID, CreatedAt: b.clock.Now(),
		UpdatedAt: b.clock.Now(),
	}
	require.NoError(t, b.store.Memories().Create(t.Context(), m, nil))
	for range 2 { // again changes nothing more
		got, err := b.Promote(t.Context(), "c", domain.Act{By: "Ada"}, true)
		require.NoError(t, err)
		assert.Equal(t, domain.MemoryActive, got.Status)
		was, err := b.Get(t.Context(), old.ID)
		require.NoError(t, err)
		assert.Equal(t, domain.MemorySuperseded, was.Status)
		assert.Equal(t, "c", was.SupersededBy)
		assert.EqualValues(t, 2, was.Revision)
	}
}

func TestAsOf(t *testing.T) {
	b := newBench()
	m := b.add(t, "walnut", "")
	then := b.clock.Now()
	b.clock.Advance(time.Hour)
	_, err := b.Reject(t.Context(), m.ID, ada)
	require.NoError(t, err)
	page, err := b.ListAt(t.Context(), then, domain.MemoryFilter{})
	require.NoError(t, err)
	assert.Equal(t, []domain.Memory{m}, page.Memories)
	page, err = b.ListAt(t.Context(), b.clock.Now(), domain.MemoryFilter{})
	require.NoError(t, err)
	assert.Empty(t, page.Memories)
	_, err = b.ListAt(t.Context(), then, domain.MemoryFilter{Project: ptr("apolo")})
	kind(t, domain.KindNotFound, err)
	got, err := b.GetAt(t.Context(), m.ID, then)
	require.NoError(t, err)
	assert.Equal(t, m, got)
}
