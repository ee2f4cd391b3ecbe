package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/fence"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
)

// searching is what queries search: the engine in memory, and the vectors where
// their driver keeps them elsewhere.
type searching struct {
	*engine.Engine
	vectors ports.VectorSearcher
	model   domain.EmbeddingModel // of the vectors in the engine; zero when they are elsewhere
}

// search returns what queries search. It is empty until it is loaded, or asked.
// elsewhere is where the vectors are kept apart from the text, or nil.
func (i installation) search(store *sqlite.Store, elsewhere ports.VectorSearcher) searching {
	c := engine.Config{Feed: store.Feed(), Image: i.imagePath()}
	if elsewhere != nil {
		return searching{Engine: engine.New(c), vectors: elsewhere}
	}
	c.Model = i.embedder.Model()
	e := engine.New(c)
	return searching{e, e.Vectors(), c.Model}
}

// keepSearch fills the index when the service starts, has it follow the store while
// nobody asks, and has its image saved, so that a service that is killed starts as
// fast as one that was stopped. It closes filled when the index was filled, or could
// not be, and ends with ctx.
func keepSearch(ctx context.Context, e *engine.Engine, filled chan<- struct{}, log *slog.Logger) {
	tell := sync.OnceFunc(func() { close(filled) })
	e.Keep(ctx, engine.Keeping{
		Every: 10 * time.Second,
		Settled: func() {
			tell()
			collect()
		},
		Failed: func(err error) {
			log.WarnContext(ctx, "the index in memory could not be kept; questions go on to be answered", slog.Any("error", err))
		},
	})
}

// queries returns the use case of asking.
func (i installation) queries(stores fence.Stores, recalled func(ids []string)) *query.Service {
	return query.New(query.Config{
		Text: stores.Text, Vectors: stores.Vectors, Passages: stores.Passages,
		Registry: stores.Registry, Embedder: i.embedder, Weights: i.weights,
		Catalog: stores.Catalog, Memories: stores.Memories,
		Archive: stores.Memories, Index: engine.Index, Changes: stores.Changes, Recalled: recalled,
	})
}
