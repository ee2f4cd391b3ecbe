package chroma_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/chroma"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
	"github.com/atocore/atocore/test/chromaserver"
)

func open(t *testing.T, url string) *chroma.Server {
	t.Helper()
	s, err := chroma.Open(chroma.Config{URL: url})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// One server for the whole suite, a collection for each test.
func TestVectorIndexOnARealServer(t *testing.T) {
	server := open(t, chromaserver.Start(t).URL)
	var n atomic.Int64
	porttest.TestVectorIndex(t, 1e-4, func(t *testing.T) ports.VectorIndex {
		name := fmt.Sprint("suite-", n.Add(1))
		require.NoError(t, server.Make(t.Context(), name, porttest.Model()))
		return server.Index(name, porttest.Model())
	})
}

func TestCollectionsOnARealServer(t *testing.T) {
	process := chromaserver.Start(t)
	server := open(t, process.URL)
	ctx := t.Context()
	two := domain.EmbeddingModel{Name: "test/two", Dimension: 2}
	record := domain.VectorRecord{ID: "a", Project: "p", Kind: domain.PassageChunk, Vector: []float32{1, 0}, Digest: "d1"}

	require.NoError(t, server.Alive(ctx))
	require.NoError(t, server.Make(ctx, "one", two))
	require.NoError(t, server.Make(ctx, "one", two), "a second time is the same")
	index := server.Index("one", two)
	require.NoError(t, index.Upsert(ctx, []domain.VectorRecord{record}))

	t.Run("an index of another model is refused, and not written to", func(t *testing.T) {
		for _, other := range []domain.EmbeddingModel{{Name: "test/two", Dimension: 3}, {Name: "test/other", Dimension: 2}} {
			assert.Equal(t, domain.KindConflict, domain.KindOf(server.Make(ctx, "one", other)))
			r := record
			r.ID, r.Vector = "b", make([]float32, other.Dimension)
			err := server.Index("one", other).Upsert(ctx, []domain.VectorRecord{r})
			assert.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
			assert.ErrorContains(t, err, "atocore index rebuild")
		}
		ids, err := index.IDs(ctx)
		require.NoError(t, err)
		assert.Equal(t, []string{"a"}, ids)
	})
	t.Run("digests and count", func(t *testing.T) {
		digests, err := index.Digests(ctx)
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"a": "d1"}, digests)
		n, err := index.Count(ctx)
		require.NoError(t, err)
		assert.Equal(t, 1, n)
	})
	t.Run("a collection that is not there", func(t *testing.T) {
		_, err := server.Index("none", two).Search(ctx, []float32{1, 0}, domain.Scope{}, 1)
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
		require.NoError(t, server.Drop(ctx, "none"))
	})
	t.Run("a collection that was made again", func(t *testing.T) {
		require.NoError(t, server.Drop(ctx, "one"))
		_, err := index.IDs(ctx)
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
		require.NoError(t, server.Make(ctx, "one", two))
		ids, err := index.IDs(ctx)
		require.NoError(t, err)
		assert.Empty(t, ids)
		require.NoError(t, index.Upsert(ctx, []domain.VectorRecord{record}))
	})
	t.Run("names", func(t *testing.T) {
		require.NoError(t, server.Make(ctx, "two", two))
		names, err := server.Names(ctx, "t")
		require.NoError(t, err)
		assert.Equal(t, []string{"two"}, names)
	})
	t.Run("killed and started again", func(t *testing.T) {
		process.Kill()
		assert.Equal(t, domain.KindUnavailable, domain.KindOf(server.Alive(ctx)))
		_, err := index.Search(ctx, []float32{1, 0}, domain.Scope{}, 1)
		assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
		process.Up()
		found, err := index.Search(ctx, []float32{1, 0}, domain.Scope{}, 1)
		require.NoError(t, err)
		assert.Equal(t, []domain.Candidate{{ID: "a", Score: 1}}, found)
	})
}
