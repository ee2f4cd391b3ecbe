//go:build chromago

package chroma

import (
	"context"
	"errors"
	"net/http"
	"sync"

	v2 "github.com/amikos-tech/chroma-go/pkg/api/v2"
	chromahttp "github.com/amikos-tech/chroma-go/pkg/commons/http"
	"github.com/amikos-tech/chroma-go/pkg/embeddings"
)

// goConnection is a Chroma database behind chroma-go's client.
type goConnection struct {
	client v2.Client
	direct *httpConnection // for what chroma-go cannot do without harm; nil in local mode
	cloud  bool

	mu    sync.Mutex
	known map[string]v2.Collection // by id
}

// noEmbedding is given to chroma-go wherever it takes an embedding function.
// Without one it would download a native runtime and a model, and for the
// collections of others it would set up whatever they name.
type noEmbedding struct{}

var errNoEmbedding = errors.New("vectors are made before Chroma is called")

func (noEmbedding) EmbedDocuments(context.Context, []string) ([]embeddings.Embedding, error) {
	return nil, errNoEmbedding
}

func (noEmbedding) EmbedQuery(context.Context, string) (embeddings.Embedding, error) {
	return nil, errNoEmbedding
}
func (noEmbedding) Name() string                                  { return "none" }
func (noEmbedding) GetConfig() embeddings.EmbeddingFunctionConfig { return nil }
func (noEmbedding) DefaultSpace() embeddings.DistanceMetric       { return embeddings.COSINE }
func (noEmbedding) SupportedSpaces() []embeddings.DistanceMetric {
	return []embeddings.DistanceMetric{embeddings.COSINE}
}

// told turns what chroma-go returns into what the rest of the package reads.
func told(err error) error {
	var said *chromahttp.ChromaError
	if errors.As(err, &said) && said.ErrorCode != 0 {
		return &statusError{status: said.ErrorCode, name: said.ErrorID, message: said.Message}
	}
	return err
}

func (g *goConnection) Heartbeat(ctx context.Context) error { return told(g.client.Heartbeat(ctx)) }

func (g *goConnection) Limits(ctx context.Context) (limits, error) {
	if g.direct != nil {
		return g.direct.Limits(ctx)
	}
	return limits{batch: largestBatch, page: largestPage}, ctx.Err()
}

func (g *goConnection) keep(c v2.Collection) collection {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = map[string]v2.Collection{}
	}
	g.known[c.ID()] = c
	out := collection{id: c.ID(), name: c.Name(), labels: map[string]any{}}
	if m := c.Metadata(); m != nil {
		if s, ok := m.GetString(labelModel); ok {
			out.labels[labelModel] = s
		}
		if n, ok := m.GetInt(labelDimension); ok {
			out.labels[labelDimension] = n
		}
	}
	return out
}

// at returns a collection that was found or made before.
func (g *goConnection) at(id string) (v2.Collection, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c, ok := g.known[id]; ok {
		return c, nil
	}
	return nil, &statusError{status: http.StatusNotFound, message: "no collection " + id}
}

func (g *goConnection) Find(ctx context.Context, name string) (collection, error) {
	c, err := g.client.GetCollection(ctx, name, v2.WithEmbeddingFunctionGet(noEmbedding{}))
	if err != nil {
		return collection{}, told(err)
	}
	return g.keep(c), nil
}

func (g *goConnection) Make(ctx context.Context, name string, labels map[string]any) (collection, error) {
	meta, err := v2.NewMetadataFromMapStrict(labels)
	if err != nil {
		return collection{}, err
	}
	c, err := g.client.GetOrCreateCollection(ctx, name,
		v2.WithEmbeddingFunctionCreate(noEmbedding{}),
		v2.WithDisableEFConfigStorage(),
		v2.WithCollectionMetadataCreate(meta),
		v2.WithConfigurationCreate(v2.NewCollectionConfigurationFromMap(map[string]any{"hnsw": map[string]any{
			"space": "cosine", "ef_construction": efConstruction, "ef_search": efSearch,
		}})),
	)
	if err != nil {
		return collection{}, told(err)
	}
	return g.keep(c), nil
}

// List asks a server itself: chroma-go's list sets up the embedding function of
// every collection that it sees. The local runtime has ours alone.
func (g *goConnection) List(ctx context.Context) ([]collection, error) {
	if g.direct != nil {
		return g.direct.List(ctx)
	}
	all, err := g.client.ListCollections(ctx)
	if err != nil {
		return nil, told(err)
	}
	var out []collection
	for _, c := range all {
		out = append(out, g.keep(c))
	}
	return out, nil
}

func (g *goConnection) Drop(ctx context.Context, name string) error {
	return told(g.client.DeleteCollection(ctx, name))
}

func (g *goConnection) Upsert(ctx context.Context, id string, b batch) error {
	c, err := g.at(id)
	if err != nil {
		return err
	}
	vectors := make([]embeddings.Embedding, len(b.vectors))
	labels := make([]v2.DocumentMetadata, len(b.labels))
	for i, v := range b.vectors {
		vectors[i] = embeddings.NewEmbeddingFromFloat32(v)
		labels[i] = v2.NewDocumentMetadata(
			v2.NewStringAttribute("project", b.labels[i].Project),
			v2.NewStringAttribute("kind", b.labels[i].Kind),
			v2.NewStringAttribute("digest", b.labels[i].Digest))
	}
	return told(c.Upsert(ctx, v2.WithIDs(documentIDs(b.ids)...), v2.WithEmbeddings(vectors...), v2.WithMetadatas(labels...)))
}

func documentIDs(ids []string) []v2.DocumentID {
	out := make([]v2.DocumentID, len(ids))
	for i, id := range ids {
		out[i] = v2.DocumentID(id)
	}
	return out
}

func (g *goConnection) Delete(ctx context.Context, id string, ids []string) error {
	c, err := g.at(id)
	if err != nil {
		return err
	}
	return told(c.Delete(ctx, v2.WithIDs(documentIDs(ids)...)))
}

// clause returns the filter as chroma-go takes it, nil for none.
func (f filter) clause() v2.WhereClause {
	var all []v2.WhereClause
	if len(f.projects) > 0 {
		all = append(all, v2.InString("project", f.projects...))
	}
	if len(f.kinds) > 0 {
		all = append(all, v2.InString("kind", f.kinds...))
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return v2.And(all...)
}

func (g *goConnection) Query(ctx context.Context, id string, vector []float32, f filter, n int) ([]hit, error) {
	c, err := g.at(id)
	if err != nil {
		return nil, err
	}
	options := []v2.QueryOption{
		v2.WithQueryEmbeddings(embeddings.NewEmbeddingFromFloat32(vector)),
		v2.WithNResults(n),
		v2.WithInclude(v2.IncludeDistances),
	}
	if where := f.clause(); where != nil {
		options = append(options, v2.WithWhere(where))
	}
	found, err := c.Query(ctx, options...)
	if err != nil {
		return nil, told(err)
	}
	if found.CountGroups() == 0 {
		return nil, nil
	}
	ids, distances := found.GetIDGroups()[0], embeddings.Distances(nil)
	if groups := found.GetDistancesGroups(); len(groups) > 0 {
		distances = groups[0]
	}
	if len(ids) != len(distances) {
		return nil, &statusError{status: http.StatusBadGateway, name: "not Chroma", message: "the answer has other numbers of ids and distances"}
	}
	hits := make([]hit, len(ids))
	for i, id := range ids {
		hits[i] = hit{id: string(id), distance: float64(distances[i])}
	}
	return hits, nil
}

func (g *goConnection) Get(ctx context.Context, id string, offset, limit int) ([]row, error) {
	if g.direct != nil { // chroma-go reads every row into several copies
		return g.direct.Get(ctx, id, offset, limit)
	}
	c, err := g.at(id)
	if err != nil {
		return nil, err
	}
	found, err := c.Get(ctx, v2.WithInclude(v2.IncludeMetadatas), v2.WithLimit(limit), v2.WithOffset(offset))
	if err != nil {
		return nil, told(err)
	}
	metas := found.GetMetadatas()
	out := make([]row, len(found.GetIDs()))
	for i, id := range found.GetIDs() {
		out[i].id = string(id)
		if i < len(metas) && metas[i] != nil {
			out[i].labels.Project, _ = metas[i].GetString("project")
			out[i].labels.Kind, _ = metas[i].GetString("kind")
			out[i].labels.Digest, _ = metas[i].GetString("digest")
		}
	}
	return out, nil
}

func (g *goConnection) Select(ctx context.Context, id string, f filter, limit int, vectors bool) ([]row, error) {
	c, err := g.at(id)
	if err != nil {
		return nil, err
	}
	// Metadata is the least that can be asked for: without any, chroma-go asks for
	// documents, and there are none.
	options := []v2.GetOption{v2.WithLimit(limit), v2.WithInclude(v2.IncludeMetadatas)}
	if vectors {
		options[1] = v2.WithInclude(v2.IncludeEmbeddings)
	}
	if where := f.clause(); where != nil {
		options = append(options, v2.WithWhere(where))
	}
	found, err := c.Get(ctx, options...)
	if err != nil {
		return nil, told(err)
	}
	stored := found.GetEmbeddings()
	out := make([]row, len(found.GetIDs()))
	for i, id := range found.GetIDs() {
		out[i].id = string(id)
		if i < len(stored) && stored[i] != nil {
			out[i].vector = stored[i].ContentAsFloat32()
		}
	}
	return out, nil
}

func (g *goConnection) Count(ctx context.Context, id string) (int, error) {
	c, err := g.at(id)
	if err != nil {
		return 0, err
	}
	n, err := c.Count(ctx)
	return n, told(err)
}

func (g *goConnection) Close() error { return g.client.Close() }
