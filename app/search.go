package app

import (
	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
)

// searching is what queries search: the engine in memory, and the vectors where
// their driver keeps them elsewhere.
type searching struct {
	*engine.Engine
	vectors ports.VectorSearcher
}

// search returns what queries search. It is empty until it is loaded, or asked.
// elsewhere is where the vectors are kept apart from the text, or nil.
func (i installation) search(store *sqlite.Store, elsewhere ports.VectorSearcher) searching {
	c := engine.Config{Feed: store.Feed(), Image: i.imagePath()}
	if elsewhere != nil {
		return searching{engine.New(c), elsewhere}
	}
	c.Model = i.embedder.Model()
	e := engine.New(c)
	return searching{e, e.Vectors()}
}

// queries returns the use case of asking, over a store and what searches it.
func (i installation) queries(store *sqlite.Store, s searching, projects ports.ProjectRegistry, recalled func(ids []string)) *query.Service {
	return query.New(query.Config{
		Text: s.Text(), Vectors: s.vectors, Passages: s,
		Registry: projects, Embedder: i.embedder, Weights: i.weights,
		Catalog: store.Catalog(), Memories: store.Memories(),
		Archive: store.Memories(), Index: engine.Index, Memory: store.Memories(), Recalled: recalled,
	})
}
