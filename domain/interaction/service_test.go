package interaction_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/interaction"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/ports/portfake"
)

type bench struct {
	*interaction.Service
	store    *portfake.Store
	clock    *portfake.Clock
	kept     *portfake.Interactions
	chat     *portfake.Chat
	memories *memory.Service
}

func newBench() bench {
	store, clock, kept, ids := portfake.NewStore(), &portfake.Clock{}, &portfake.Interactions{}, &portfake.IDs{}
	registry := portfake.NewProjectRegistry(
		domain.Project{Name: "Apollo", Aliases: []string{"moon"}, IngestRoots: []domain.IngestRoot{{Path: "/a", Label: "docs"}}})
	m := memory.New(memory.Config{
		Memories: store.Memories(), Archive: store.Memories(), Near: store.Vectors(), Passages: store.Passages(), Changes: store.Memories(), Registry: registry,
		Embedder: &portfake.Embedder{}, Clock: clock, IDs: ids,
	})
	return bench{interaction.New(interaction.Config{
		Interactions: kept, Retention: kept, Memories: m, Passages: store.Passages(), Registry: registry,
		Clock: clock, IDs: ids, Capture: true,
	}), store, clock, kept, &portfake.Chat{}, m}
}

func kind(t *testing.T, want domain.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, domain.KindOf(err), err)
}

func (b bench) record(t *testing.T, prompt, answer string, used ...domain.UsedItem) domain.Interaction {
	t.Helper()
	i, err := b.Record(t.Context(), interaction.Draft{Project: "moon", Prompt: prompt, Answer: answer, Used: used, By: "codex"})
	require.NoError(t, err)
	b.clock.Advance(time.Second)
	return i
}

func (b bench) remember(t *testing.T, content string) domain.Memory {
	t.Helper()
	m, err := b.memories.Remember(t.Context(), memory.Draft{Type: "project", Content: content, Project: "Apollo", Source: "Eve"})
	require.NoError(t, err)
	return m
}

func (b bench) candidates(t *testing.T) []domain.Memory {
	t.Helper()
	page, err := b.memories.List(t.Context(), domain.MemoryFilter{Status: domain.MemoryCandidate})
	require.NoError(t, err)
	return page.Memories
}

func TestRecord(t *testing.T) {
	b := newBench()
	m := b.remember(t, "Deploys happen on Tuesday.")
	used := []domain.UsedItem{{Kind: domain.ItemMemory, ID: m.ID}, {Kind: domain.ItemChunk, ID: "gone"}, {Kind: domain.ItemState, ID: "phase"}}
	i := b.record(t, "when do we deploy?", "On Tuesday.", used...)
	assert.Equal(t, "Apollo", i.Project)
	assert.Equal(t, domain.ExtractionPending, i.Extraction.State)
	got, err := b.Get(t.Context(), i.ID)
	require.NoError(t, err)
	assert.Equal(t, i, got)
	same, err := b.memories.Get(t.Context(), m.ID)
	require.NoError(t, err)
	assert.Equal(t, m, same, "being used strengthens nothing")

	b.Capture = false
	assert.Equal(t, domain.ExtractionOff, b.record(t, "a", "b").Extraction.State)
	long := strings.Repeat("x", domain.MaxTurnBytes+1)
	for name, d := range map[string]interaction.Draft{
		"no prompt": {Answer: "b"}, "no answer": {Prompt: "a", Answer: " \n"}, "too long": {Prompt: long, Answer: "b"},
		"not UTF-8": {Prompt: "a", Answer: "\xff"}, "NUL": {Prompt: "a\x00", Answer: "b"},
		"by":           {Prompt: "a", Answer: "b", By: strings.Repeat("x", 300)},
		"unknown kind": {Prompt: "a", Answer: "b", Used: []domain.UsedItem{{Kind: "fact", ID: "x"}}},
		"no id":        {Prompt: "a", Answer: "b", Used: []domain.UsedItem{{Kind: "memory"}}},
		"twice":        {Prompt: "a", Answer: "b", Used: []domain.UsedItem{{Kind: "memory", ID: "x"}, {Kind: "memory", ID: "x"}}},
		"no project":   {Prompt: "a", Answer: "b", Used: []domain.UsedItem{{Kind: "state", ID: "phase"}}},
		"no key":       {Project: "moon", Prompt: "a", Answer: "b", Used: []domain.UsedItem{{Kind: "state", ID: "The Phase"}}},
		"too many":     {Prompt: "a", Answer: "b", Used: make([]domain.UsedItem, domain.MaxUsedItems+1)},
	} {
		_, err := b.Record(t.Context(), d)
		require.Error(t, err, name)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), name)
	}
	_, err = b.Record(t.Context(), interaction.Draft{Project: "apolo", Prompt: "a", Answer: "b"})
	kind(t, domain.KindNotFound, err)
	page, err := b.List(t.Context(), domain.InteractionFilter{})
	require.NoError(t, err)
	assert.Len(t, page.Interactions, 2, "what was wrong stored nothing")
	_, err = b.List(t.Context(), domain.InteractionFilter{Extraction: "dune"})
	kind(t, domain.KindInvalid, err)
	_, err = b.List(t.Context(), domain.InteractionFilter{Project: new("apolo")})
	kind(t, domain.KindNotFound, err)
}

func TestAConfirmationReinforcesOnceWhatWasUsed(t *testing.T) {
	b := newBench()
	m := b.remember(t, "Deploys happen on Tuesday.")
	elsewhere, err := b.memories.Remember(t.Context(), memory.Draft{Type: "project", Content: "walnut", Source: "Eve"})
	require.NoError(t, err)
	gone := b.remember(t, "The tea is cold.")
	_, err = b.memories.Reject(t.Context(), gone.ID, domain.Act{By: "Eve"})
	require.NoError(t, err)
	i := b.record(t, "when do we deploy?", "On Tuesday.", domain.UsedItem{Kind: domain.ItemMemory, ID: m.ID},
		domain.UsedItem{Kind: domain.ItemMemory, ID: elsewhere.ID}, domain.UsedItem{Kind: domain.ItemMemory, ID: gone.ID},
		domain.UsedItem{Kind: domain.ItemMemory, ID: "never"}, domain.UsedItem{Kind: domain.ItemChunk, ID: "c"})

	_, _, err = b.Confirm(t.Context(), i.ID, " Codex ")
	kind(t, domain.KindInvalid, err)
	_, _, err = b.Confirm(t.Context(), i.ID, "")
	kind(t, domain.KindInvalid, err)
	_, _, err = b.Confirm(t.Context(), "none", "Ada")
	kind(t, domain.KindNotFound, err)

	confirmed, reinforced, err := b.Confirm(t.Context(), i.ID, "Ada")
	require.NoError(t, err)
	assert.Equal(t, []string{m.ID, elsewhere.ID}, reinforced)
	require.Len(t, confirmed.Confirmations, 1)
	assert.Equal(t, "Ada", confirmed.Confirmations[0].By)
	now, err := b.memories.Get(t.Context(), m.ID)
	require.NoError(t, err)
	assert.InDelta(t, 0.7625, now.Confidence, 1e-12)

	again, _, err := b.Confirm(t.Context(), i.ID, "ada")
	require.NoError(t, err)
	assert.Equal(t, confirmed, again)
	now, err = b.memories.Get(t.Context(), m.ID)
	require.NoError(t, err)
	assert.InDelta(t, 0.7625, now.Confidence, 1e-12, "one person counts once")
	_, _, err = b.Confirm(t.Context(), i.ID, "Eve")
	require.NoError(t, err)
	now, err = b.memories.Get(t.Context(), m.ID)
	require.NoError(t, err)
	assert.InDelta(t, 0.7625, now.Confidence, 1e-12, "who said so first, too")
}

func TestExtractByRules(t *testing.T) {
	b := newBench()
	known := b.remember(t, "We decided to use PostgreSQL.")
	i := b.record(t, "We decided to use PostgreSQL. Remember that the pager of Apollo is in room nine.", "Noted: the release moves to Friday.")
	got, err := b.Extract(t.Context(), i.ID)
	require.NoError(t, err)
	assert.Equal(t, domain.ExtractionDone, got.Extraction.State)
	assert.Equal(t, 1, got.Extraction.Known)
	waiting := b.candidates(t)
	require.Len(t, waiting, 2)
	assert.ElementsMatch(t, got.Extraction.Candidates, []string{waiting[0].ID, waiting[1].ID})
	for _, m := range waiting {
		assert.Equal(t, "interaction "+i.ID, m.Source)
		assert.Equal(t, "Apollo", m.Project)
		assert.Equal(t, "capture", m.Last.By)
	}
	same, err := b.memories.Get(t.Context(), known.ID)
	require.NoError(t, err)
	assert.Equal(t, known, same)
	again, err := b.Extract(t.Context(), i.ID)
	require.NoError(t, err)
	assert.Equal(t, got, again)
}

func TestWhatWasRecalledIsNotCaptured(t *testing.T) {
	b := newBench()
	m := b.remember(t, "Some notes. We decided to use PostgreSQL for the ledger. More notes follow, and other things besides them.")
	i := b.record(t, "what did we choose?", "We decided to use PostgreSQL for the ledger.", domain.UsedItem{Kind: domain.ItemMemory, ID: m.ID})
	got, err := b.Extract(t.Context(), i.ID)
	require.NoError(t, err)
	assert.Equal(t, 1, got.Extraction.Known)
	assert.Empty(t, b.candidates(t))
}

func TestExtractionWaitsBehindTheGate(t *testing.T) {
	b := newBench()
	i := b.record(t, "Remember that the pager is in room nine.", "Noted.")
	b.Allowed = func(context.Context) error { return domain.Refused("no drill") }
	_, err := b.Extract(t.Context(), i.ID)
	kind(t, domain.KindRefused, err)
	b.Allowed, b.Capture = nil, false
	_, err = b.Extract(t.Context(), i.ID)
	kind(t, domain.KindRefused, err)
	assert.Empty(t, b.candidates(t))
	b.Capture = true
	_, err = b.Extract(t.Context(), i.ID)
	require.NoError(t, err)
	assert.Len(t, b.candidates(t), 1)
}

// The rules' candidates are there although the process died before it said so.
func TestExtractionThatWasCutShort(t *testing.T) {
	b := newBench()
	i := b.record(t, "Remember that the pager is in room nine. Always knock at the door!", "Fine, I will.")
	boom := errors.New("boom")
	b.kept.Fail = func(op string) error {
		if op == "interaction.amend" {
			return boom
		}
		return nil
	}
	_, err := b.Extract(t.Context(), i.ID)
	require.ErrorIs(t, err, boom)
	b.kept.Fail = nil
	got, err := b.Extract(t.Context(), i.ID)
	require.NoError(t, err)
	assert.Len(t, b.candidates(t), 2)
	assert.Len(t, got.Extraction.Candidates, 2)
	assert.Zero(t, got.Extraction.Known)
}

func TestAModelsReading(t *testing.T) {
	ok := `{"memories":[{"type":"knowledge","content":"The north door is painted green.","quote":"north door is GREEN now"}]}`
	for name, c := range map[string]struct {
		reply string
		want  int
	}{
		"a quotation":         {ok, 1},
		"in a fence":          {"```json\n" + ok + "\n```", 1},
		"nothing":             {`{"memories":[]}`, 0},
		"made up":             {strings.ReplaceAll(ok, "north door is GREEN", "south door is red"), 0},
		"no quotation":        {strings.ReplaceAll(ok, "north door is GREEN now", ""), 0},
		"unknown type":        {strings.ReplaceAll(ok, "knowledge", "gossip"), 0},
		"a secret":            {strings.ReplaceAll(ok, "The north door is painted green.", "The password of the door is green."), 0},
		"out of pasted text":  {strings.ReplaceAll(ok, "north door is GREEN now", "the code is pasted"), 0},
		"what the rules have": {strings.ReplaceAll(ok, "The north door is painted green.", "The south gate is closed."), 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench()
			b.Chat = b.chat
			b.chat.Reply = func(string, string) (string, error) { return c.reply, nil }
			i := b.record(t, "By the way the north door is green now.\nRemember that the south gate is closed.\n```\nthe code is pasted\n```", "Thank you.")
			got, err := b.Extract(t.Context(), i.ID)
			require.NoError(t, err)
			assert.Equal(t, domain.ExtractionDone, got.Extraction.State)
			if c.want+1 == 2 && assert.Len(t, b.candidates(t), 2) {
				assert.InDelta(t, 0.5, b.candidates(t)[0].Confidence, 1e-9)
			}
			assert.Len(t, got.Extraction.Candidates, c.want+1)
			require.Len(t, b.chat.Asked(), 1)
			assert.NotContains(t, b.chat.Asked()[0], "pasted")
		})
	}
}

func TestAModelThatFails(t *testing.T) {
	b := newBench()
	b.Chat = b.chat
	i := b.record(t, "Remember that the pager is in room nine.", "Noted, thank you.")
	for _, reply := range []string{"", "I am sorry", `{"memories":[]} and more`, `{"memory":[]}`, `{"memories":[],"x":1}`, `{}`, `[]`} {
		b.chat.Reply = func(string, string) (string, error) { return reply, nil }
		fresh := b.record(t, "Good morning to all of you.", "And to you.")
		_, err := b.Extract(t.Context(), fresh.ID)
		require.Error(t, err, reply)
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), reply)
	}
	b.chat.Reply = func(string, string) (string, error) { return "", domain.Unavailable("no model") }
	for range 5 {
		got, err := b.Extract(t.Context(), i.ID)
		kind(t, domain.KindUnavailable, err)
		assert.Equal(t, domain.ExtractionPending, got.Extraction.State, "it may come back")
		assert.Len(t, got.Extraction.Candidates, 1, "what the rules find is there meanwhile")
		assert.Contains(t, got.Extraction.Problem, "no model")
	}
	b.chat.Reply = func(string, string) (string, error) { return "nonsense", nil }
	var got domain.Interaction
	for range 3 {
		got, _ = b.Extract(t.Context(), i.ID)
	}
	assert.Equal(t, domain.ExtractionFailed, got.Extraction.State)
	assert.Equal(t, 3, got.Extraction.Attempts)
	assert.Len(t, b.candidates(t), 1)
}

func TestWorkExtractsWhatIsRecorded(t *testing.T) {
	b := newBench()
	b.record(t, "Remember that the pager is in room nine.", "Noted.")
	ended := make(chan domain.Interaction, 10)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		b.Work(ctx, func(i domain.Interaction, err error) {
			assert.NoError(t, err)
			ended <- i
		})
	})
	assert.Equal(t, domain.ExtractionDone, (<-ended).Extraction.State, "what was waiting")
	i := b.record(t, "Remember that the gate is locked.", "Noted.")
	assert.Equal(t, i.ID, (<-ended).ID, "and what comes")
	cancel()
	group.Wait()
	assert.Len(t, b.candidates(t), 2)
}

func TestPruneSaysWhatItRemoves(t *testing.T) {
	b := newBench()
	for range 5 {
		b.record(t, "a", "b")
	}
	b.KeepFor, b.Keep = time.Hour, 3
	dry, err := b.Prune(t.Context(), true)
	require.NoError(t, err)
	assert.Equal(t, 2, dry.Removed)
	p, err := b.Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Equal(t, dry, p)
	b.clock.Advance(2 * time.Hour)
	last := b.record(t, "c", "d")
	p, err = b.Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Equal(t, 3, p.Removed)
	page, err := b.List(t.Context(), domain.InteractionFilter{})
	require.NoError(t, err)
	require.Len(t, page.Interactions, 1)
	require.NoError(t, b.Delete(t.Context(), last.ID, domain.Act{By: "Ada", Reason: "asked to"}))
	kind(t, domain.KindNotFound, b.Delete(t.Context(), last.ID, domain.Act{By: "Ada"}))
	records, err := b.Prunings(t.Context())
	require.NoError(t, err)
	require.Len(t, records, 3)
	assert.Equal(t, "deleted by Ada: asked to", records[0].Reason)
	assert.Contains(t, records[1].Reason, "retention: kept for")
	b.KeepFor, b.Keep = 0, 0
	p, err = b.Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Zero(t, p.Removed)
}

// An agent's key confirms nothing; a trusted one stands beside the name.
func TestConfirmationsByKeys(t *testing.T) {
	b := newBench()
	i := b.record(t, "a", "b")
	robot := domain.Principal{Key: "k1", Name: "robot", Scopes: domain.KeyScopes}
	_, _, err := b.Confirm(domain.WithPrincipal(t.Context(), robot), i.ID, "Ada")
	kind(t, domain.KindRefused, err)
	robot.Trusted = true
	i, _, err = b.Confirm(domain.WithPrincipal(t.Context(), robot), i.ID, "Ada")
	require.NoError(t, err)
	assert.Equal(t, "Ada (robot)", i.Confirmations[0].By)
}
