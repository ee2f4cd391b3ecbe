package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

var words = strings.Fields("alpha beta gamma delta backup restore restored journal parseHTTPRequest timeout the of " +
	"naïve über 東京 x1 commit point lock gate lease token budget")

var moment = time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)

func sentence(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 12).Draw(t, "words"), " ")
}

func vector(text string) []float32 {
	random := rand.New(rand.NewPCG(uint64(len(text)), uint64(text[0])))
	v := make([]float32, porttest.Model().Dimension)
	for i := range v {
		v[i] = random.Float32() - 0.5
	}
	return v
}

// side is one process: a handle on the store and an engine that follows it.
type side struct {
	store  *sqlite.Store
	engine *engine.Engine
}

// The answers of an engine that followed every change, was restarted from its
// image, and never saw most of the writers, equal those of one built from scratch.
func TestEngineEqualsOneBuiltFromScratch(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		ctx := context.Background()
		path, image := filepath.Join(dir, sqlite.FileName), filepath.Join(dir, "engine.cache")
		open := func() *sqlite.Store {
			s, err := sqlite.Open(ctx, sqlite.Config{Path: path, Create: true, Model: porttest.Model()})
			require.NoError(rt, err)
			return s
		}
		sides := make([]side, 2)
		for i := range sides {
			s := open()
			sides[i] = side{s, newEngine(s, image)}
		}
		defer func() {
			for _, s := range sides {
				assert.NoError(rt, s.store.Close())
			}
		}()
		n := 0
		rt.Repeat(map[string]func(*rapid.T){
			"remember": func(rt *rapid.T) {
				n++
				text := sentence(rt)
				m := domain.Memory{
					ID: fmt.Sprintf("m%d", n), Type: domain.MemoryKnowledge, Content: text, Confidence: 0.5,
					Project: rapid.SampledFrom([]string{"", "p", "q"}).Draw(rt, "project"),
					Status:  domain.MemoryActive, CreatedAt: moment, UpdatedAt: moment, Revision: 1,
				}
				require.NoError(rt, sides[n%2].store.Memories().Create(ctx, m, vector(text)))
			},
			"change": func(rt *rapid.T) {
				id := fmt.Sprintf("m%d", rapid.IntRange(1, n+1).Draw(rt, "memory"))
				text := sentence(rt)
				status := rapid.SampledFrom(domain.MemoryStatuses).Draw(rt, "status")
				_, err := sides[n%2].store.Memories().Update(ctx, id, func(m *domain.Memory) ([]float32, error) {
					m.Content, m.Status = text, status
					return vector(text), nil
				})
				if domain.KindOf(err) != domain.KindNotFound {
					require.NoError(rt, err)
				}
			},
			"forget": func(rt *rapid.T) {
				id := fmt.Sprintf("m%d", rapid.IntRange(1, n+1).Draw(rt, "memory"))
				if err := sides[n%2].store.Memories().Delete(ctx, id, moment); domain.KindOf(err) != domain.KindNotFound {
					require.NoError(rt, err)
				}
			},
			"ingest": func(rt *rapid.T) {
				key := domain.DocumentKey{
					Project: rapid.SampledFrom([]string{"p", "q"}).Draw(rt, "project"), Root: "r",
					Path: rapid.SampledFrom([]string{"a.md", "b.md", "c/d.go"}).Draw(rt, "path"),
				}
				seen := map[string]int{}
				var chunks []domain.Chunk
				for i := range rapid.IntRange(0, 6).Draw(rt, "chunks") {
					text := sentence(rt)
					chunks = append(chunks, domain.Chunk{
						ID: domain.ChunkID(key, text, seen[text]), Seq: i, StartLine: i + 1, EndLine: i + 1,
						Content: text, Vector: vector(text),
					})
					seen[text]++
				}
				d := domain.Document{DocumentKey: key, Title: sentence(rt), IngestedAt: moment}
				require.NoError(rt, sides[n%2].store.Documents().Replace(ctx, d.With(chunks)))
			},
			"vanish": func(rt *rapid.T) {
				key := domain.DocumentKey{Project: "p", Root: "r", Path: rapid.SampledFrom([]string{"a.md", "b.md"}).Draw(rt, "path")}
				require.NoError(rt, sides[n%2].store.Documents().Remove(ctx, []domain.DocumentKey{key}))
			},
			"save": func(rt *rapid.T) { require.NoError(rt, sides[n%2].engine.Save()) },
			"restart": func(rt *rapid.T) {
				i := rapid.IntRange(0, 1).Draw(rt, "side")
				require.NoError(rt, sides[i].store.Close())
				s := open()
				sides[i] = side{s, newEngine(s, image)}
				sides[i].engine.Load(ctx)
			},
			"": func(rt *rapid.T) {
				// Some are long enough for the stage that only long ones have.
				question := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 60).Draw(rt, "question"), " ")
				scope := domain.Scope{Project: rapid.SampledFrom([]string{"", "p", "q", "none"}).Draw(rt, "scope")}
				fresh := newEngine(sides[0].store, "")
				for _, s := range sides {
					same(ctx, rt, fresh, s.engine, question, scope)
				}
			},
		})
	})
}

func same(ctx context.Context, rt *rapid.T, want, got *engine.Engine, question string, scope domain.Scope) {
	w, err := want.Text().Search(ctx, question, scope, 50)
	require.NoError(rt, err)
	g, err := got.Text().Search(ctx, question, scope, 50)
	require.NoError(rt, err)
	require.Equal(rt, told(w), told(g), "text")
	w, err = want.Vectors().Search(ctx, vector(question), scope, 50)
	require.NoError(rt, err)
	g, err = got.Vectors().Search(ctx, vector(question), scope, 50)
	require.NoError(rt, err)
	require.Equal(rt, told(w), told(g), "vectors")
	wantCosines, err := want.Vectors().Cosines(ctx, vector(question), w)
	require.NoError(rt, err)
	gotCosines, err := got.Vectors().Cosines(ctx, vector(question), w) // whose Refs are the other's
	require.NoError(rt, err)
	require.Equal(rt, wantCosines, gotCosines)
	var ids []string
	for _, c := range w {
		ids = append(ids, c.ID)
	}
	wantPassages, err := want.Passages(ctx, ids)
	require.NoError(rt, err)
	gotPassages, err := got.Passages(ctx, ids)
	require.NoError(rt, err)
	require.Equal(rt, wantPassages, gotPassages)
}

// told returns the candidates without what is an index's own affair.
func told(found []domain.Candidate) []domain.Candidate {
	for i := range found {
		found[i].Ref = 0
	}
	return found
}

// A damaged image is never used: at worst the engine is built anew.
func TestDamagedImages(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, filepath.Join(dir, sqlite.FileName))
	for i := range 40 {
		text := strings.Join([]string{words[i%len(words)], words[(i*7+1)%len(words)], words[(i*3+2)%len(words)]}, " ")
		require.NoError(t, s.Memories().Create(t.Context(), domain.Memory{
			ID: fmt.Sprintf("m%02d", i), Type: domain.MemoryKnowledge, Content: text, Status: domain.MemoryActive,
			CreatedAt: moment, UpdatedAt: moment, Revision: 1,
		}, vector(text)))
	}
	image := filepath.Join(dir, "engine.cache")
	e := newEngine(s, image)
	require.NoError(t, e.Sync(t.Context()))
	require.NoError(t, e.Save())
	whole, err := os.ReadFile(image)
	require.NoError(t, err)
	require.True(t, newEngine(s, image).Load(t.Context()), "the whole image is usable")

	damaged := 0
	check := func(content []byte) {
		damaged++
		require.NoError(t, os.WriteFile(image, content, 0o600))
		assert.False(t, newEngine(s, image).Load(t.Context()))
	}
	for cut := 0; cut < len(whole); cut += 1 + len(whole)/300 {
		check(whole[:cut])
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		flipped := append([]byte(nil), whole...)
		flipped[random.IntN(len(flipped))] ^= 1 << random.IntN(8)
		check(flipped)
	}
	check(append(append([]byte(nil), whole...), 0, 0, 0, 0, 0, 0, 0, 0))
	t.Logf("%d of %d damaged images refused", damaged, damaged)

	// The image of another store has the same shape and another history.
	other := openStore(t, filepath.Join(t.TempDir(), sqlite.FileName))
	text := "only here"
	for i := range 41 {
		require.NoError(t, other.Memories().Create(t.Context(), domain.Memory{
			ID: fmt.Sprintf("o%02d", i), Type: domain.MemoryKnowledge, Content: text, Status: domain.MemoryActive,
			CreatedAt: moment, UpdatedAt: moment, Revision: 1,
		}, vector(text)))
	}
	require.NoError(t, os.WriteFile(image, whole, 0o600))
	e = newEngine(other, image)
	e.Load(t.Context())
	found, err := e.Text().Search(t.Context(), "alpha backup", domain.Scope{}, 10)
	require.NoError(t, err)
	assert.Empty(t, found)
	found, err = e.Text().Search(t.Context(), "only here", domain.Scope{}, 100)
	require.NoError(t, err)
	assert.Len(t, found, 41)
}
