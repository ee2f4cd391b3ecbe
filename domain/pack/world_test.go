package pack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/pack"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// world is a store with one project, over fakes.
type world struct {
	store     *portfake.Store
	facts     *portfake.Facts
	clock     *portfake.Clock
	tokenizer ports.Tokenizer
	recalled  []string
	made      int
}

var epoch = time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)

func newWorld() *world {
	w := &world{store: portfake.NewStore(), facts: &portfake.Facts{}, clock: &portfake.Clock{}, tokenizer: portfake.Tokenizer{}}
	w.clock.Set(epoch)
	w.store.Model = (&portfake.Embedder{}).Model()
	return w
}

func (w *world) service() *pack.Service {
	note := func(ids []string) { w.recalled = append(w.recalled, ids...) }
	return pack.New(pack.Config{
		Query: query.New(query.Config{
			Text: w.store.Text(), Vectors: w.store.Vectors(), Passages: w.store.Passages(), Embedder: &portfake.Embedder{},
			Registry: portfake.NewProjectRegistry(domain.Project{Name: "Atlas", Aliases: []string{"globe"}}, domain.Project{Name: "Boreas"}),
			Weights:  domain.DefaultRankingWeights(), Archive: w.store.Memories(), Index: portfake.Index, Changes: w.store.Memories(),
		}),
		Facts: w.facts, Origins: w.store.Passages(), Archive: w.store.Memories(), Tokenizer: w.tokenizer, Clock: w.clock, Recalled: note,
	})
}

// check ends a test, a rapid one included, on an error.
type check interface {
	require.TestingT
	Helper()
}

func (w *world) fact(t check, key, value string) {
	t.Helper()
	f := domain.Fact{Project: "Atlas", Key: key, Value: value, By: "Ada", At: epoch}
	require.NoError(t, w.facts.Put(background, f, func(*domain.Fact) error { return nil }))
}

// memory stores an active memory of Atlas, and returns its id.
func (w *world) memory(t check, content string) string {
	t.Helper()
	w.made++
	m := domain.Memory{
		ID: fmt.Sprintf("m%03d", w.made), Type: domain.MemoryProject, Content: content, Project: "Atlas", Confidence: 0.7,
		Source: "Bob", Status: domain.MemoryActive, CreatedAt: epoch.Add(time.Duration(w.made) * time.Second), Revision: 1,
	}
	m.UpdatedAt = m.CreatedAt
	require.NoError(t, w.store.Memories().Create(background, m, embed(t, content)))
	return m.ID
}

// retire takes a memory out of answers.
func (w *world) retire(t check, id string, status domain.MemoryStatus, successor string) {
	t.Helper()
	_, err := w.store.Memories().Update(background, id, func(m *domain.Memory) ([]float32, error) {
		m.Status, m.SupersededBy, m.UpdatedAt = status, successor, epoch.Add(time.Hour)
		return nil, nil
	})
	require.NoError(t, err)
}

// document stores a file of Atlas with one chunk for each text, the lines of which
// follow each other.
func (w *world) document(t check, path string, texts ...string) {
	t.Helper()
	key := domain.DocumentKey{Project: "Atlas", Root: "docs", Path: path}
	var chunks []domain.Chunk
	line := 1
	for i, text := range texts {
		n := strings.Count(text, "\n") + 1
		chunks = append(chunks, domain.Chunk{
			ID: domain.ChunkID(key, text, i), Seq: i, Heading: "Guide", StartLine: line, EndLine: line + n - 1, Content: text,
			Vector: embed(t, text),
		})
		line += n
	}
	d := domain.Document{DocumentKey: key, FileState: domain.FileState{ModTime: epoch}, Title: "Guide"}
	require.NoError(t, w.store.Documents().Replace(background, d.With(chunks)))
}

func embed(t check, text string) []float32 {
	v, err := (&portfake.Embedder{}).Embed(background, []string{text})
	require.NoError(t, err)
	return v[0]
}

func (w *world) pack(t check, r pack.Request) domain.Pack {
	t.Helper()
	p, err := w.service().Pack(background, r)
	require.NoError(t, err)
	return p
}

func labels(p domain.Pack) (out []string) {
	for _, i := range p.Items {
		out = append(out, i.Label)
	}
	return out
}

func contents(p domain.Pack) (out []string) {
	for _, i := range p.Items {
		out = append(out, i.Content)
	}
	return out
}

func reasons(p domain.Pack) map[string]string {
	out := map[string]string{}
	for _, l := range p.LeftOut {
		name := l.ID
		if l.Place != "" {
			name = l.Place
		}
		out[name] = l.Reason
	}
	return out
}

var _ check = (*testing.T)(nil)
