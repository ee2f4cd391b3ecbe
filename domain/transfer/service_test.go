package transfer_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/transfer"
	"github.com/atocore/atocore/ports/portfake"
)

type bench struct {
	*transfer.Service
	store    *portfake.Store
	facts    *portfake.Facts
	registry *portfake.ProjectRegistry
	embedder *portfake.Embedder
	foreign  *portfake.Foreign
}

func newBench(projects ...domain.Project) bench {
	b := bench{
		store: portfake.NewStore(), facts: &portfake.Facts{}, registry: portfake.NewProjectRegistry(projects...),
		embedder: &portfake.Embedder{}, foreign: &portfake.Foreign{},
	}
	b.Service = transfer.New(transfer.Config{
		Store: portfake.Transfer{Store: b.store, Facts: b.facts, Interactions: &portfake.Interactions{}}, Registry: b.registry,
		Embedder: b.embedder, Format: portfake.RecordFormat{}, Foreign: b.foreign, Clock: &portfake.Clock{},
	})
	return b
}

func kind(t *testing.T, want domain.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, domain.KindOf(err), err)
}

var noon = time.Date(2025, 4, 9, 12, 0, 0, 0, time.UTC)

func memory(id, project, content string) domain.Memory {
	return domain.Memory{
		ID: id, Type: domain.MemoryProject, Content: content, Project: project, Confidence: 0.7, Status: domain.MemoryActive,
		CreatedAt: noon, UpdatedAt: noon, Revision: 1,
	}
}

func apollo() domain.Project {
	return domain.Project{Name: "Apollo", Aliases: []string{"moon"}, IngestRoots: []domain.IngestRoot{{Path: "/a", Label: "docs"}}}
}

// filled holds n memories, a fact and a project.
func filled(t *testing.T, n int) bench {
	b := newBench(apollo())
	for i := range n {
		m := memory(fmt.Sprintf("m%04d", i), "Apollo", fmt.Sprintf("The door %d is green.", i))
		require.NoError(t, b.store.Memories().Create(t.Context(), m, nil))
	}
	f := domain.Fact{Project: "Apollo", Key: "phase", Value: "landing", At: noon}
	require.NoError(t, b.facts.Put(t.Context(), f, func(*domain.Fact) error { return nil }))
	return b
}

func (b bench) export(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	_, err := b.Export(t.Context(), &out, nil)
	require.NoError(t, err)
	return out.String()
}

func (b bench) take(t *testing.T, text string, dry bool) (transfer.Report, error) {
	return b.Import(t.Context(), strings.NewReader(text), dry, nil)
}

func TestExportAndImport(t *testing.T) {
	from := filled(t, 500)
	var seen int
	var out bytes.Buffer
	counts, err := from.Export(t.Context(), &out, func(c transfer.Tally) { seen = c.Total() })
	require.NoError(t, err)
	assert.Equal(t, transfer.Tally{domain.RecordProject: 1, domain.RecordMemory: 500, domain.RecordState: 1, domain.RecordInteraction: 0}, counts)
	assert.Equal(t, 502, seen)

	to := newBench()
	r, err := to.take(t, out.String(), true)
	require.NoError(t, err)
	assert.True(t, r.DryRun)
	assert.Equal(t, 502, r.Added.Total())
	assert.Equal(t, 1, strings.Count(to.export(t), "\n"), "a dry run stores nothing")

	var last domain.CopyProgress
	r, err = to.Import(t.Context(), strings.NewReader(out.String()), false, func(p domain.CopyProgress) { last = p })
	require.NoError(t, err)
	assert.Equal(t, 502, r.Added.Total())
	assert.Equal(t, out.String(), to.export(t))
	assert.Equal(t, domain.CopyProgress{Stage: "importing", Done: int64(out.Len()), Total: int64(out.Len())}, last)

	to.embedder.Fail = func(string) error { return errors.New("what is known is not embedded again") }
	r, err = to.take(t, out.String(), false)
	require.NoError(t, err)
	assert.Equal(t, 502, r.Known.Total())
	assert.Zero(t, r.Added.Total())
	assert.Equal(t, out.String(), to.export(t))
}

func TestWhatIsThereStays(t *testing.T) {
	from := filled(t, 2)
	to := newBench(domain.Project{Name: "apollo", IngestRoots: []domain.IngestRoot{{Path: "/b", Label: "x"}}})
	mine := memory("m0000", "", "Mine.")
	require.NoError(t, to.store.Memories().Create(t.Context(), mine, nil))
	before := to.export(t)
	for _, dry := range []bool{true, false} {
		r, err := to.take(t, from.export(t), dry)
		require.NoError(t, err)
		assert.Zero(t, r.Added.Total(), "its project is called otherwise here")
		assert.Equal(t, 4, r.Conflict.Total())
		require.Len(t, r.Conflicts, 4)
		assert.Contains(t, r.Conflicts[1].Reason, "called apollo here")
		assert.Equal(t, before, to.export(t))
	}
	to = newBench(apollo())
	require.NoError(t, to.store.Memories().Create(t.Context(), mine, nil))
	r, err := to.take(t, from.export(t), false)
	require.NoError(t, err)
	assert.Equal(t, transfer.Tally{domain.RecordMemory: 1}, r.Conflict)
	assert.Equal(t, transfer.Tally{domain.RecordProject: 1}, r.Known)
	assert.Equal(t, transfer.Tally{domain.RecordMemory: 1, domain.RecordState: 1}, r.Added)
	got, err := to.store.Memories().Get(t.Context(), "m0000")
	require.NoError(t, err)
	assert.Equal(t, mine, got)
}

func TestADamagedExportStoresNothing(t *testing.T) {
	whole := filled(t, 500).export(t)
	for _, n := range []int{0, 1, len(whole) / 2, len(whole) - 1} {
		to := newBench()
		r, err := to.take(t, whole[:n], false)
		if n == len(whole)-1 {
			require.NoError(t, err, "the fake's last line break says nothing")
			continue
		}
		kind(t, domain.KindCorrupt, err)
		assert.Zero(t, r.Added.Total())
		assert.Equal(t, 1, strings.Count(to.export(t), "\n"))
	}
}

// A kill, a full disk or a provider that is away leaves whole batches; the next import
// goes on.
func TestAnImportThatWasCutShortIsFinished(t *testing.T) {
	whole := filled(t, 500).export(t)
	for n := range 12 {
		to := newBench()
		var f portfake.Faults
		f.FailAt(n+1, domain.Unavailable("the disk is full"))
		to.store.Fail, to.embedder.Fail, to.registry.Fail = f.Hit, f.Hit, f.Hit
		_, err := to.take(t, whole, false)
		if f.Struck() {
			kind(t, domain.KindUnavailable, err)
		}
		to.store.Fail, to.embedder.Fail, to.registry.Fail = nil, nil, nil
		_, err = to.take(t, whole, false)
		require.NoError(t, err)
		assert.Equal(t, whole, to.export(t))
	}
}

func TestForeignMemories(t *testing.T) {
	b := newBench(apollo())
	b.foreign.Items = []domain.ForeignItem{
		{Key: "1", Where: "entity Ada", Type: domain.MemoryKnowledge, Content: "Ada likes tea.", Source: "mcp-memory: Ada", At: noon},
		{Key: "2", Where: "entity Bob", Type: domain.MemoryKnowledge, Content: "Bob likes rain."},
		{Key: "2", Where: "entity Bob", Type: domain.MemoryKnowledge, Content: "Bob likes rain."},
		{Key: "3", Where: "entity Eve", Type: domain.MemoryKnowledge, Content: strings.Repeat("x", domain.MaxMemoryBytes+1)},
	}
	b.foreign.Skips = []domain.Skip{{Where: "line 7", Reason: "no JSON"}}
	o := transfer.ForeignOptions{Project: "moon"}
	take := func(format domain.ForeignFormat, o transfer.ForeignOptions) transfer.Report {
		r, err := b.ImportForeign(t.Context(), format, "file", o, nil)
		require.NoError(t, err)
		return r
	}
	dry := o
	dry.DryRun = true
	r := take(domain.ForeignMCPMemory, dry)
	assert.Equal(t, 2, r.Added.Total())
	assert.Empty(t, listAll(t, b))
	r = take(domain.ForeignMCPMemory, o)
	assert.Equal(t, 2, r.Added.Total())
	assert.Equal(t, 3, r.Skipped)
	all := listAll(t, b)
	require.Len(t, all, 2)
	for _, m := range all {
		assert.Equal(t, domain.MemoryActive, m.Status)
		assert.Equal(t, "Apollo", m.Project)
		assert.Equal(t, "import", m.Last.By)
	}
	r = take(domain.ForeignMCPMemory, o)
	assert.Equal(t, 2, r.Known.Total())
	assert.Equal(t, all, listAll(t, b), "twice is once")
	b.foreign.Items[1].Content = "Bob likes snow."
	assert.Equal(t, 1, take(domain.ForeignMCPMemory, o).Conflict.Total())
	assert.Equal(t, 2, take(domain.ForeignMem0, transfer.ForeignOptions{Status: "candidate"}).Added.Total(), "of another source")

	for _, bad := range []transfer.ForeignOptions{{Status: "expired"}, {Status: "x"}} {
		_, err := b.ImportForeign(t.Context(), domain.ForeignMem0, "file", bad, nil)
		kind(t, domain.KindInvalid, err)
	}
	_, err := b.ImportForeign(t.Context(), domain.ForeignClaude, "file", transfer.ForeignOptions{Status: "active"}, nil)
	kind(t, domain.KindInvalid, err)
	_, err = b.ImportForeign(t.Context(), domain.ForeignMem0, "file", transfer.ForeignOptions{Project: "apolo"}, nil)
	kind(t, domain.KindNotFound, err)
}

func TestConversationsBecomeCandidates(t *testing.T) {
	b := newBench()
	b.foreign.Items = []domain.ForeignItem{
		{Key: "c1/m1", Where: "Tea", Prompt: "I prefer green tea over coffee. What is the weather?", Answer: "Noted: green tea it is then.", Source: "ChatGPT: Tea", At: noon},
		{Key: "c1/m2", Where: "Tea", Prompt: "Thanks.", Answer: "You are welcome."},
	}
	for range 2 {
		_, err := b.ImportForeign(t.Context(), domain.ForeignChatGPT, "file", transfer.ForeignOptions{}, nil)
		require.NoError(t, err)
		all := listAll(t, b)
		require.Len(t, all, 2)
		assert.Equal(t, domain.MemoryCandidate, all[0].Status)
		assert.Equal(t, "ChatGPT: Tea", all[0].Source)
		assert.Equal(t, noon, all[0].CreatedAt)
	}
}

func listAll(t *testing.T, b bench) []domain.Memory {
	t.Helper()
	page, err := b.store.Memories().List(t.Context(), domain.MemoryFilter{})
	require.NoError(t, err)
	return page.Memories
}
