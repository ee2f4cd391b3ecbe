package app

import (
	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
)

// searching is what queries search: the engine in memory, and the vectors where
// their driver keeps them elsewhere.
type searching struct {
	*engine.Engine
	vectors ports.VectorSearcher
}

// search returns what queries search. It is empty until it is loaded, or asked;
// image is its cache on disk, "" for none.
func (i installation) search(store *sqlite.Store, vectors ports.VectorSearcher, image string) searching {
	c := engine.Config{Feed: store.Feed(), Image: image}
	if i.settings.Vector.Driver != driverChroma {
		c.Model = i.embedder.Model()
	}
	e := engine.New(c)
	if c.Model != (domain.EmbeddingModel{}) {
		vectors = e.Vectors()
	}
	return searching{e, vectors}
}

// queries returns the use case of asking, over a store and what searches it.
func (i installation) queries(store *sqlite.Store, s searching, projects ports.ProjectRegistry) *query.Service {
	return query.New(query.Config{
		Text: s.Text(), Vectors: s.vectors, Passages: s,
		Registry: projects, Embedder: i.embedder, Weights: i.weights,
		Catalog: store.Catalog(), Memories: store.Memories(),
	})
}
