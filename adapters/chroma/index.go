package chroma

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"

	"github.com/atocore/atocore/domain"
)

// Index is one collection as a vector index (ports.VectorIndex). Its collection
// is looked up at the first call.
type Index struct {
	server *Server
	name   string
	model  domain.EmbeddingModel

	mu sync.Mutex
	id string // of the collection; "" until it was looked up
}

// Index returns the index in the collection with that name, which holds, or must
// hold, vectors of model.
func (s *Server) Index(name string, model domain.EmbeddingModel) *Index {
	return &Index{server: s, name: name, model: model}
}

// Model returns the vector space of the index.
func (x *Index) Model() domain.EmbeddingModel { return x.model }

// with calls f with the collection's id. A collection that was dropped and made
// again has another one: it is looked up once more.
func (x *Index) with(ctx context.Context, p policy, f func(ctx context.Context, id string) error) error {
	for again := false; ; again = true {
		id, err := x.find(ctx, p)
		if err != nil {
			return err
		}
		var last error
		err = x.server.try(ctx, p, func(ctx context.Context) error {
			last = f(ctx, id)
			return last
		})
		if again || status(last) != http.StatusNotFound {
			return err
		}
		x.mu.Lock()
		if x.id == id {
			x.id = ""
		}
		x.mu.Unlock()
	}
}

func (x *Index) find(ctx context.Context, p policy) (string, error) {
	x.mu.Lock()
	id := x.id
	x.mu.Unlock()
	if id != "" {
		return id, nil
	}
	var c collection
	var last error
	err := x.server.try(ctx, p, func(ctx context.Context) error {
		c, last = x.server.conn.Find(ctx, x.name)
		return last
	})
	if status(last) == http.StatusNotFound {
		return "", domain.NotFound("the Chroma server at %s has no collection %q", x.server.place, x.name).
			WithHint("fill it from the text with: atocore index rebuild").Because(last)
	}
	if err != nil {
		return "", err
	}
	if err := c.check(x.model); err != nil {
		return "", err
	}
	x.mu.Lock()
	x.id = c.id
	x.mu.Unlock()
	return c.id, nil
}

// Upsert stores the records in batches that the server accepts. When it fails
// between two of them, the first are stored: storing all of them again puts that
// right.
func (x *Index) Upsert(ctx context.Context, records []domain.VectorRecord) error {
	at := make(map[string]int, len(records))
	var once []domain.VectorRecord // the last of those with one id
	for _, r := range records {
		if err := x.fits(r.Vector); err != nil {
			return err
		}
		if i, twice := at[r.ID]; twice {
			once[i] = r
			continue
		}
		at[r.ID] = len(once)
		once = append(once, r)
	}
	if len(once) == 0 {
		return nil
	}
	l, err := x.server.bounds(ctx)
	if err != nil {
		return fmt.Errorf("store vectors: %w", err)
	}
	for part := range slices.Chunk(once, l.batch) {
		b := batch{packed: l.packed}
		for _, r := range part {
			b.ids = append(b.ids, r.ID)
			b.vectors = append(b.vectors, r.Vector)
			b.labels = append(b.labels, rowLabels{Project: r.Project, Kind: string(r.Kind), Digest: r.Digest})
		}
		err := x.with(ctx, x.server.write(), func(ctx context.Context, id string) error {
			return x.server.conn.Upsert(ctx, id, b)
		})
		if err != nil {
			return fmt.Errorf("store vectors: %w", err)
		}
	}
	return nil
}

// fits returns an error of KindInvalid for a vector that is not of the model.
func (x *Index) fits(vector []float32) error {
	if len(vector) != x.model.Dimension {
		return domain.Invalid("a vector of %d numbers does not fit the index %q, which holds vectors of %d",
			len(vector), x.name, x.model.Dimension).
			WithHint("the embedding model was changed: make a new index with: atocore index rebuild")
	}
	for _, v := range vector {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return domain.Invalid("a vector holds %v, which is not a number", v)
		}
	}
	return nil
}

// Delete removes the records with these ids.
func (x *Index) Delete(ctx context.Context, ids []string) error {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil
	}
	l, err := x.server.bounds(ctx)
	if err != nil {
		return fmt.Errorf("remove vectors: %w", err)
	}
	for part := range slices.Chunk(ids, l.batch) {
		err := x.with(ctx, x.server.write(), func(ctx context.Context, id string) error {
			return x.server.conn.Delete(ctx, id, part)
		})
		if err != nil {
			return fmt.Errorf("remove vectors: %w", err)
		}
	}
	return nil
}

// IDs returns the ids of all records, sorted.
func (x *Index) IDs(ctx context.Context) ([]string, error) {
	digests, err := x.Digests(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(digests))
	for id := range digests {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}

// Digests returns the digest that every record was stored with, by id. What is
// written meanwhile may be in it or not.
func (x *Index) Digests(ctx context.Context) (map[string]string, error) {
	l, err := x.server.bounds(ctx)
	if err != nil {
		return nil, fmt.Errorf("list vectors: %w", err)
	}
	out := map[string]string{}
	for offset := 0; ; offset += l.page {
		var page []row
		err := x.with(ctx, x.server.write(), func(ctx context.Context, id string) (err error) {
			page, err = x.server.conn.Get(ctx, id, offset, l.page)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list vectors: %w", err)
		}
		for _, r := range page {
			out[r.id] = r.labels.Digest
		}
		if len(page) < l.page {
			return out, nil
		}
	}
}

// Count returns the number of records.
func (x *Index) Count(ctx context.Context) (int, error) {
	var n int
	err := x.with(ctx, x.server.search(), func(ctx context.Context, id string) (err error) {
		n, err = x.server.conn.Count(ctx, id)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count vectors: %w", err)
	}
	return n, nil
}

// status returns the status that a database answered, 0 for none.
func status(err error) int {
	var said *statusError
	if errors.As(err, &said) {
		return said.status
	}
	return 0
}
