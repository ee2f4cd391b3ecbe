package sqlite_test

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

// both is one store and what it is compared with.
type both struct {
	memories  [2]ports.MemoryStore
	documents [2]ports.DocumentStore
	vectors   [2]ports.VectorSearcher
	listed    [2]ports.PassageLister
	passages  [2]ports.PassageStore
}

// TestAnyOrderOfOperations does the same things, at random, to the store and to the
// fake in memory, and compares all that can be asked of both after each.
func TestAnyOrderOfOperations(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		// Every step is a synced write: fewer rounds than usual, unless asked for.
		require.NoError(t, f.Value.Set("20"))
		t.Cleanup(func() { assert.NoError(t, f.Value.Set(f.DefValue)) })
	}
	rapid.Check(t, func(r *rapid.T) {
		s, err := sqlite.Open(context.Background(), sqlite.Config{
			Path: filepath.Join(t.TempDir(), sqlite.FileName), Create: true, Model: porttest.Model(),
		})
		require.NoError(r, err)
		defer func() { _ = s.Close() }()
		fake := portfake.NewStore()
		fake.Model = porttest.Model()
		b := both{
			[2]ports.MemoryStore{s.Memories(), fake.Memories()},
			[2]ports.DocumentStore{s.Documents(), fake.Documents()},
			[2]ports.VectorSearcher{scanOf(s), fake.Vectors()},
			[2]ports.PassageLister{s.Listed(), fake.Listed()},
			[2]ports.PassageStore{s.Passages(), fake.Passages()},
		}
		r.Repeat(map[string]func(*rapid.T){
			"create": b.create, "update": b.update, "delete": b.delete, "replace": b.replace, "remove": b.remove,
			"": b.compare,
		})
		faults, err := s.Inspect(context.Background())
		require.NoError(r, err)
		require.Empty(r, faults)
	})
}

var (
	anID       = rapid.SampledFrom([]string{"m1", "m2", "m3"})
	aText      = rapid.SampledFrom([]string{"walnut", "oak and elm", "fig"})
	aProject   = rapid.SampledFrom([]string{"", "p", "q"})
	aStatus    = rapid.SampledFrom(domain.MemoryStatuses)
	aDirection = rapid.IntRange(-1, porttest.Model().Dimension-1) // -1 for no vector
)

func drawVector(r *rapid.T) []float32 {
	if i := aDirection.Draw(r, "vector"); i >= 0 {
		return vector(i)
	}
	return nil
}

// same does one thing to both and requires that both succeed or fail alike.
func same(r *rapid.T, do func(i int) error) {
	a, b := do(0), do(1)
	require.Equal(r, domain.KindOf(b), domain.KindOf(a), "%v, %v", a, b)
}

func (b both) create(r *rapid.T) {
	m := aMemory(anID.Draw(r, "id"))
	m.Content, m.Project, m.Status = aText.Draw(r, "text"), aProject.Draw(r, "project"), aStatus.Draw(r, "status")
	v := drawVector(r)
	same(r, func(i int) error { return b.memories[i].Create(context.Background(), m, v) })
}

func (b both) update(r *rapid.T) {
	id, text, project, status := anID.Draw(r, "id"), aText.Draw(r, "text"), aProject.Draw(r, "project"), aStatus.Draw(r, "status")
	v := drawVector(r)
	same(r, func(i int) error {
		_, err := b.memories[i].Update(context.Background(), id, func(m *domain.Memory) ([]float32, error) {
			m.Content, m.Project, m.Status = text, project, status
			return v, nil
		})
		return err
	})
}

func (b both) delete(r *rapid.T) {
	id := anID.Draw(r, "id")
	same(r, func(i int) error { return b.memories[i].Delete(context.Background(), id, time.Unix(9, 0).UTC()) })
}

func drawKey(r *rapid.T) domain.DocumentKey {
	return domain.DocumentKey{
		Project: aProject.Draw(r, "project"), Root: "r", Path: rapid.SampledFrom([]string{"a.md", "b.md"}).Draw(r, "path"),
	}
}

func (b both) replace(r *rapid.T) {
	d := domain.Document{DocumentKey: drawKey(r), Title: aText.Draw(r, "title")}
	d.ModTime = time.Unix(0, 0).UTC()
	seen := map[string]int{}
	var chunks []domain.Chunk
	for i, text := range rapid.SliceOfN(aText, 0, 4).Draw(r, "chunks") {
		chunks = append(chunks, domain.Chunk{
			ID: domain.ChunkID(d.DocumentKey, text, seen[text]), Seq: i, StartLine: i + 1, EndLine: i + 1, Content: text,
			Vector: vector(len(text)),
		})
		seen[text]++
	}
	same(r, func(i int) error { return b.documents[i].Replace(context.Background(), d.With(chunks)) })
}

func (b both) remove(r *rapid.T) {
	key := drawKey(r)
	same(r, func(i int) error { return b.documents[i].Remove(context.Background(), []domain.DocumentKey{key}) })
}

// compare requires that both answer alike.
func (b both) compare(r *rapid.T) {
	ctx := context.Background()
	var answers [2]string
	for i := range answers {
		page, err := b.memories[i].List(ctx, domain.MemoryFilter{})
		require.NoError(r, err)
		counts, err := b.documents[i].Counts(ctx)
		require.NoError(r, err)
		ids, err := porttest.Vectored(ctx, b.listed[i])
		require.NoError(r, err)
		passages, err := b.passages[i].Passages(ctx, append(ids, "m1", "m2", "m3"))
		require.NoError(r, err)
		answers[i] = fmt.Sprintf("%v\n%v\n%v\n%v", page, counts, ids, passages)
		for _, scope := range []domain.Scope{{}, {Project: "p"}, {Kinds: []domain.PassageKind{domain.PassageMemory}}} {
			// Every direction has a cosine of its own with this one.
			found, err := b.vectors[i].Search(ctx, []float32{1, 2, 3, 4, 5, 6, 7, 8}, scope, 50)
			require.NoError(r, err)
			answers[i] += fmt.Sprintf("\n%v: ", scope)
			for _, c := range found {
				answers[i] += fmt.Sprintf("%s %.2f ", c.ID, c.Score)
			}
		}
	}
	require.Equal(r, answers[1], answers[0])
}
