package chroma

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	adapter "github.com/atocore/atocore/adapters/chroma"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/test/chromaserver"
)

// Backups are made while refreshes run and while another program writes to the
// server directly. Each either fails with a clear error or is good: it validates,
// a server starts on its tree, and every id in it can be reached.
func TestColdCopiesUnderFire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rng := rand.New(rand.NewPCG(4, 25))
	for n := range 60 {
		w.write(n, 0)
	}
	w.run("project", "add", "services", w.docs())
	w.run("project", "refresh", "services")

	// The other program, with a collection of its own on the same server.
	other := domain.EmbeddingModel{Name: "other/1", Dimension: 32}
	server, err := adapter.Open(adapter.Config{URL: w.server.URL})
	require.NoError(t, err)
	require.NoError(t, server.Make(t.Context(), "other", other))
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	writers.Go(func() {
		index := server.Index("other", other)
		own := rand.New(rand.NewPCG(4, 26))
		for i := 0; ctx.Err() == nil; i++ {
			var records []domain.VectorRecord
			for k := range 200 {
				v := make([]float32, 32)
				for at := range v {
					v[at] = own.Float32() // all in one orthant: every vector is near to ones
				}
				records = append(records, domain.VectorRecord{ID: fmt.Sprint(i%20, "-", k), Kind: domain.PassageChunk, Vector: v})
			}
			_ = index.Upsert(ctx, records) // a copy under way may hold it up
		}
	})

	good, refused := 0, 0
	for try := range times(25) {
		for range 10 {
			w.write(rng.IntN(60), try+1)
		}
		refresh := w.command("project", "refresh", "services")
		require.NoError(t, refresh.Start())
		out, code, told := w.try("backup", "create", "--json")
		_ = refresh.Wait() // refused when the copy was faster: they exclude each other
		if code != 0 {
			refused++
			assert.True(t, strings.Contains(told, "changed while it was copied") || strings.Contains(told, "cannot be read"), told)
			continue
		}
		good++
		stamp := decode[backupView](t, out).Stamp
		w.run("backup", "validate", stamp)
		w.reachable(filepath.Join(w.dir, "data", "backups", stamp, "chroma", "chroma"))
	}
	stop()
	writers.Wait()
	t.Logf("%d backups good, %d refused", good, refused)

	w.run("project", "refresh", "services")
	w.requireEqual()
	// With the writer gone a backup is made.
	stamp := decode[backupView](t, w.run("backup", "create", "--json")).Stamp
	w.reachable(filepath.Join(w.dir, "data", "backups", stamp, "chroma", "chroma"))
}

// reachable starts a server on a copy of a captured tree and asks it for every id
// of every collection by the very vector that belongs to it.
func (w *world) reachable(captured string) {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "chroma")
	require.NoError(w.t, os.CopyFS(dir, os.DirFS(captured)))
	server := chromaserver.StartIn(w.t, dir)
	defer server.Kill()
	s, err := adapter.Open(adapter.Config{URL: server.URL})
	require.NoError(w.t, err)
	names, err := s.Names(w.t.Context(), "atocore-")
	require.NoError(w.t, err)
	require.Len(w.t, names, 1)
	w.whole(s.Index(names[0], domain.EmbeddingModel{Name: "local/subword-1", Dimension: 512}), 0.5)
	// More than are ever compared one by one: what the graph lost shows.
	w.whole(s.Index("other", domain.EmbeddingModel{Name: "other/1", Dimension: 32}), 0.95)
}

// whole requires that the records of an index can be counted, listed and, as many
// of them as said, found.
func (w *world) whole(index *adapter.Index, share float64) {
	w.t.Helper()
	ids, err := index.IDs(w.t.Context())
	require.NoError(w.t, err)
	n, err := index.Count(w.t.Context())
	require.NoError(w.t, err)
	assert.Len(w.t, ids, n)
	if n == 0 {
		return
	}
	// The question is at an acute angle to most.
	found, err := index.Search(w.t.Context(), ones(index.Model().Dimension), domain.Scope{}, n)
	require.NoError(w.t, err)
	assert.GreaterOrEqual(w.t, float64(len(found)), share*float64(n))
}

func ones(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = 1
	}
	return v
}
