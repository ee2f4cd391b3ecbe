package portfake

import (
	"context"
	"hash/fnv"
	"math"
	"sync"

	"github.com/atocore/atocore/domain"
)

// Embedder embeds a text as the set of its words, each hashed to one of a few
// positions: texts that share words are near. The zero value works.
type Embedder struct {
	// Space is what Model returns; the zero value stands for "fake/words-1" with 64.
	Space domain.EmbeddingModel
	// Fail is called at the start of every Embed with "embed"; what it
	// returns is returned. It may be nil.
	Fail func(op string) error

	mu    sync.Mutex
	calls int
}

// Model returns Space or what stands for it.
func (e *Embedder) Model() domain.EmbeddingModel {
	if e.Space == (domain.EmbeddingModel{}) {
		return domain.EmbeddingModel{Name: "fake/words-1", Dimension: 64}
	}
	return e.Space
}

// Calls returns how often Embed was called.
func (e *Embedder) Calls() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls
}

// Embed returns one vector a text.
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	e.mu.Lock()
	e.calls++
	e.mu.Unlock()
	if e.Fail != nil {
		if err := e.Fail("embed"); err != nil {
			return nil, err
		}
	}
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		vectors[i] = e.embed(text)
	}
	return vectors, nil
}

func (e *Embedder) embed(text string) []float32 {
	v := make([]float32, e.Model().Dimension)
	var square float64
	for _, w := range domain.Words(text) {
		h := fnv.New32a()
		_, _ = h.Write([]byte(w))
		v[h.Sum32()%uint32(len(v))]++
	}
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if square == 0 {
		return v
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(square))
	}
	return v
}
