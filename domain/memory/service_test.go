package memory_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// bench is a service over fakes that a test can reach.
type bench struct {
	*memory.Service
	store    *portfake.Store
	filter   *domain.MemoryFilter // what the store was asked to list
	embedder *portfake.Embedder
	clock    *portfake.Clock
	registry *portfake.ProjectRegistry
}

func newBench() bench {
	b := bench{
		store: portfake.NewStore(), filter: &domain.MemoryFilter{}, embedder: &portfake.Embedder{}, clock: &portfake.Clock{},
		registry: portfake.NewProjectRegistry(
			domain.Project{Name: "Apollo", Aliases: []string{"moon"}, IngestRoots: []domain.IngestRoot{{Path: "/a", Label: "a"}}},
			domain.Project{Name: "Borealis", IngestRoots: []domain.IngestRoot{{Path: "/b", Label: "b"}}}),
	}
	b.Service = memory.New(memory.Config{
		Memories: listing{b.store.Memories(), b.filter}, Registry: b.registry, Embedder: b.embedder, Clock: b.clock, IDs: &portfake.IDs{},
	})
	return b
}

// listing notes the filter of List.
type listing struct {
	ports.MemoryStore
	filter *domain.MemoryFilter
}

func (l listing) List(ctx context.Context, f domain.MemoryFilter) (domain.MemoryPage, error) {
	*l.filter = f
	return l.MemoryStore.List(ctx, f)
}

func ptr[T any](v T) *T { return &v }

func TestRemember(t *testing.T) {
	b := newBench()
	m, err := b.Remember(t.Context(), memory.Draft{Type: "preference", Content: " Tabs, please.\n"})
	require.NoError(t, err)
	now := b.clock.Now()
	want := domain.Memory{
		ID: "id-000001", Type: domain.MemoryPreference, Content: " Tabs, please.\n", Confidence: domain.DefaultConfidence,
		Status: domain.MemoryActive, CreatedAt: now, UpdatedAt: now, Revision: 1,
	}
	assert.Equal(t, want, m, "defaults are filled in, the text is kept to the letter")
	got, err := b.Get(t.Context(), m.ID)
	require.NoError(t, err)
	assert.Equal(t, want, got)

	m, err = b.Remember(t.Context(), memory.Draft{
		Type: "project", Content: "Go", Project: " MOON ", Confidence: ptr(0.0), Source: "review of 3 May",
	})
	require.NoError(t, err)
	assert.Equal(t, "Apollo", m.Project, "an alias is resolved")
	assert.Zero(t, m.Confidence, "a confidence of 0 is not an absent one")
	assert.Equal(t, "review of 3 May", m.Source)
}

func TestRememberRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		draft   memory.Draft
		kind    domain.Kind
		field   string
		nearest []string
	}{
		"no type":         {memory.Draft{Content: "x"}, domain.KindInvalid, "memory_type", nil},
		"unknown type":    {memory.Draft{Type: "preferance", Content: "x"}, domain.KindInvalid, "memory_type", []string{"preference"}},
		"no content":      {memory.Draft{Type: "identity", Content: " \n"}, domain.KindInvalid, "content", nil},
		"long content":    {memory.Draft{Type: "identity", Content: strings.Repeat("x", domain.MaxMemoryBytes+1)}, domain.KindInvalid, "content", nil},
		"bad confidence":  {memory.Draft{Type: "identity", Content: "x", Confidence: ptr(1.5)}, domain.KindInvalid, "confidence", nil},
		"long source":     {memory.Draft{Type: "identity", Content: "x", Source: strings.Repeat("x", domain.MaxSourceBytes+1)}, domain.KindInvalid, "source", nil},
		"unknown project": {memory.Draft{Type: "identity", Content: "x", Project: "apolo"}, domain.KindNotFound, "project", []string{"Apollo"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			b.store.Fail = func(op string) error { t.Errorf("%s was called", op); return nil }
			_, err := b.Remember(t.Context(), c.draft)
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.kind, e.Kind)
			assert.Equal(t, c.field, e.Field)
			assert.Equal(t, c.nearest, e.Nearest)
			assert.NotEmpty(t, e.Message)
			assert.Zero(t, b.embedder.Calls(), "nothing is embedded for nothing")
		})
	}
}

// Whatever fails on the way, nothing is stored, and the error keeps its kind.
func TestFailuresStoreNothing(t *testing.T) {
	down := domain.Unavailable("no answer from the embedding provider")
	corrupt := domain.Corrupt("projects.json is damaged")
	full := errors.New("disk full")
	for name, c := range map[string]struct {
		arrange func(*bench)
		want    error
	}{
		"embedder": {func(b *bench) { b.embedder.Fail = func(string) error { return down } }, down},
		"registry": {func(b *bench) { b.registry.Fail = func(string) error { return corrupt } }, corrupt},
		"store":    {func(b *bench) { b.store.Fail = failOn("create", full) }, full},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			c.arrange(&b)
			_, err := b.Remember(t.Context(), memory.Draft{Type: "project", Content: "x", Project: "Apollo"})
			require.ErrorIs(t, err, c.want)
			assert.Equal(t, domain.KindOf(c.want), domain.KindOf(err))
			b.store.Fail = nil
			_, err = b.Get(t.Context(), "id-000001")
			assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
		})
	}
}

func failOn(part string, err error) func(string) error {
	return func(op string) error {
		if strings.Contains(op, part) {
			return err
		}
		return nil
	}
}

func TestUpdate(t *testing.T) {
	for name, c := range map[string]struct {
		patch  memory.Patch
		change func(*domain.Memory)
		embeds int
	}{
		"content":            {memory.Patch{Content: ptr("new")}, func(m *domain.Memory) { m.Content = "new" }, 1},
		"same content":       {memory.Patch{Content: ptr("old"), Source: ptr("s")}, func(m *domain.Memory) { m.Source = "s" }, 0},
		"status":             {memory.Patch{Status: ptr("superseded")}, func(m *domain.Memory) { m.Status = domain.MemorySuperseded }, 0},
		"type":               {memory.Patch{Type: ptr("identity")}, func(m *domain.Memory) { m.Type = domain.MemoryIdentity }, 0},
		"confidence":         {memory.Patch{Confidence: ptr(0.0)}, func(m *domain.Memory) { m.Confidence = 0 }, 0},
		"project by alias":   {memory.Patch{Project: ptr("moon")}, func(m *domain.Memory) { m.Project = "Apollo" }, 0},
		"out of the project": {memory.Patch{Project: ptr("")}, func(m *domain.Memory) { m.Project = "" }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			before, err := b.Remember(t.Context(), memory.Draft{Type: "knowledge", Content: "old", Project: "Borealis"})
			require.NoError(t, err)
			embedded := b.embedder.Calls()
			b.clock.Advance(time.Minute)
			want := before
			c.change(&want)
			want.Revision, want.UpdatedAt = 2, b.clock.Now()

			got, err := b.Update(t.Context(), before.ID, c.patch)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Equal(t, c.embeds, b.embedder.Calls()-embedded)
			history, err := b.History(t.Context(), before.ID)
			require.NoError(t, err)
			require.Len(t, history, 2)
			assert.Equal(t, domain.MemoryChange{Kind: domain.ChangeUpdated, At: want.UpdatedAt, Memory: want}, history[1])
		})
	}
}

func TestUpdateThatChangesNothing(t *testing.T) {
	b := newBench()
	before, err := b.Remember(t.Context(), memory.Draft{Type: "knowledge", Content: "old", Project: "Apollo"})
	require.NoError(t, err)
	b.clock.Advance(time.Minute)
	for _, p := range []memory.Patch{{}, {Content: ptr("old"), Project: ptr("moon"), Status: ptr("active")}} {
		got, err := b.Update(t.Context(), before.ID, p)
		require.NoError(t, err)
		assert.Equal(t, before, got)
	}
	history, err := b.History(t.Context(), before.ID)
	require.NoError(t, err)
	assert.Len(t, history, 1)
}

func TestUpdateRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		patch memory.Patch
		kind  domain.Kind
		field string
	}{
		"confidence":      {memory.Patch{Confidence: ptr(-0.1)}, domain.KindInvalid, "confidence"},
		"empty content":   {memory.Patch{Content: ptr("")}, domain.KindInvalid, "content"},
		"unknown status":  {memory.Patch{Status: ptr("done")}, domain.KindInvalid, "status"},
		"unknown type":    {memory.Patch{Type: ptr("")}, domain.KindInvalid, "memory_type"},
		"unknown project": {memory.Patch{Project: ptr("apolo")}, domain.KindNotFound, "project"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			before, err := b.Remember(t.Context(), memory.Draft{Type: "knowledge", Content: "old"})
			require.NoError(t, err)
			_, err = b.Update(t.Context(), before.ID, c.patch)
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.kind, e.Kind)
			assert.Equal(t, c.field, e.Field)
			after, err := b.Get(t.Context(), before.ID)
			require.NoError(t, err)
			assert.Equal(t, before, after)
		})
	}
	b := newBench()
	_, err := b.Update(t.Context(), "none", memory.Patch{Source: ptr("s")})
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
}

// The text changes between the look at it and the transaction: the vector that is
// stored is that of the text that is stored.
func TestUpdateRace(t *testing.T) {
	b := newBench()
	before, err := b.Remember(t.Context(), memory.Draft{Type: "knowledge", Content: "old"})
	require.NoError(t, err)
	raced := false
	b.store.Fail = func(op string) error {
		if strings.Contains(op, "update") && !raced {
			raced = true
			_, err := b.Update(t.Context(), before.ID, memory.Patch{Content: ptr("someone else's")})
			require.NoError(t, err)
		}
		return nil
	}
	got, err := b.Update(t.Context(), before.ID, memory.Patch{Content: ptr("old"), Source: ptr("mine")})
	require.NoError(t, err)
	require.True(t, raced)
	assert.Equal(t, "old", got.Content)
	assert.Equal(t, int64(3), got.Revision)
	want, err := b.embedder.Embed(t.Context(), []string{"old"})
	require.NoError(t, err)
	found, err := b.store.Vectors().Search(t.Context(), want[0], domain.Scope{}, 1)
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, before.ID, found[0].ID)
	assert.InDelta(t, 1, found[0].Score, 1e-6)
}

// A clock that was set back does not make a memory older than it was.
func TestUpdateKeepsTimeInOrder(t *testing.T) {
	b := newBench()
	before, err := b.Remember(t.Context(), memory.Draft{Type: "knowledge", Content: "old"})
	require.NoError(t, err)
	b.clock.Set(before.CreatedAt.Add(-time.Hour))
	after, err := b.Update(t.Context(), before.ID, memory.Patch{Source: ptr("s")})
	require.NoError(t, err)
	assert.Equal(t, before.UpdatedAt, after.UpdatedAt)
}

func TestUpdateWithoutEmbedder(t *testing.T) {
	b := newBench()
	before, err := b.Remember(t.Context(), memory.Draft{Type: "knowledge", Content: "old"})
	require.NoError(t, err)
	b.embedder.Fail = func(string) error { return domain.Unavailable("no answer") }
	_, err = b.Update(t.Context(), before.ID, memory.Patch{Content: ptr("new")})
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	after, err := b.Update(t.Context(), before.ID, memory.Patch{Status: ptr("rejected")})
	require.NoError(t, err, "what needs no vector works")
	assert.Equal(t, "old", after.Content)
}

func TestList(t *testing.T) {
	b := newBench()
	_, err := b.List(t.Context(), domain.MemoryFilter{Project: ptr("moon"), Type: "identity", Status: "active"})
	require.NoError(t, err)
	assert.Equal(t, domain.MemoryFilter{Project: ptr("Apollo"), Type: "identity", Status: "active", Limit: domain.DefaultPageSize}, *b.filter)
	_, err = b.List(t.Context(), domain.MemoryFilter{Project: ptr(""), Limit: domain.MaxPageSize, Cursor: "c"})
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "cursors are the store's to judge")
	assert.Equal(t, domain.MemoryFilter{Project: ptr(""), Limit: domain.MaxPageSize, Cursor: "c"}, *b.filter)

	for name, c := range map[string]struct {
		filter domain.MemoryFilter
		kind   domain.Kind
		field  string
	}{
		"project":  {domain.MemoryFilter{Project: ptr("apolo")}, domain.KindNotFound, "project"},
		"type":     {domain.MemoryFilter{Type: "ident"}, domain.KindInvalid, "memory_type"},
		"status":   {domain.MemoryFilter{Status: "activ"}, domain.KindInvalid, "status"},
		"limit":    {domain.MemoryFilter{Limit: domain.MaxPageSize + 1}, domain.KindInvalid, "limit"},
		"negative": {domain.MemoryFilter{Limit: -1}, domain.KindInvalid, "limit"},
	} {
		t.Run(name, func(t *testing.T) {
			b.store.Fail = func(op string) error { t.Errorf("%s was called", op); return nil }
			_, err := b.List(t.Context(), c.filter)
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.kind, e.Kind)
			assert.Equal(t, c.field, e.Field)
		})
	}
}

func TestDelete(t *testing.T) {
	b := newBench()
	m, err := b.Remember(t.Context(), memory.Draft{Type: "knowledge", Content: "old"})
	require.NoError(t, err)
	b.clock.Advance(time.Hour)
	require.NoError(t, b.Delete(t.Context(), m.ID))
	assert.Equal(t, domain.KindNotFound, domain.KindOf(b.Delete(t.Context(), m.ID)))
	history, err := b.History(t.Context(), m.ID)
	require.NoError(t, err)
	require.Len(t, history, 2)
	assert.Equal(t, domain.MemoryChange{Kind: domain.ChangeDeleted, At: b.clock.Now(), Memory: m}, history[1])
}

func TestEndedContext(t *testing.T) {
	b := newBench()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Remember(ctx, memory.Draft{Type: "project", Content: "x", Project: "Apollo"})
	require.ErrorIs(t, err, context.Canceled)
}
