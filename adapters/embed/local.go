package embed

import (
	"context"
	"math"
	"sync"

	"github.com/atocore/atocore/domain"
)

// LocalModel names the vector space of Local. Whatever changes a single vector,
// be it a constant, the stemmer or the list of stop words, makes a new name.
const LocalModel = "local/subword-1"

// localDimension is what keeps hash collisions of a page of text well below what
// one shared word is worth: unrelated texts differ from 0 by about 1/√dimension.
const localDimension = 512

// Local embeds a text as the sum of what its words are made of: the stem of each
// word, its character sequences of three to five, and the joints between
// neighbouring words, each hashed to one signed position (feature hashing,
// Weinberger et al. 2009; subwords as in fastText, Bojanowski et al. 2017). Texts
// are near when they share words, parts of words or misspelt words; it knows
// nothing of meaning.
//
// All sums are of integers, so that neither the order of addition nor a
// processor's fused arithmetic can change a vector.
type Local struct {
	scratch sync.Pool
}

// NewLocal returns the local embedding.
func NewLocal() *Local {
	return &Local{scratch: sync.Pool{New: func() any { return newScratch() }}}
}

// Model returns the vector space, "local/subword-1".
func (l *Local) Model() domain.EmbeddingModel {
	return domain.EmbeddingModel{Name: LocalModel, Dimension: localDimension}
}

// Embed returns one vector a text; see ports.Embedder. It fails only when ctx ends.
func (l *Local) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	s := l.scratch.Get().(*scratch)
	defer l.scratch.Put(s)
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.reset()
		s.read(text)
		vectors[i] = s.vector()
	}
	return vectors, nil
}

// vector sums the features of the words read, and scales the sum to length 1.
func (s *scratch) vector() []float32 {
	s.sum = [localDimension]int64{}
	for _, w := range s.words {
		s.addWord(s.runes[w.start:w.end], w.weight*frequency(w.count))
	}
	for _, j := range s.joints {
		s.add(j.hash, jointWeight*frequency(j.count))
	}
	var square float64 // exact: integers below 2^53
	for _, v := range s.sum {
		square += float64(v * v)
	}
	vector := make([]float32, localDimension)
	if square == 0 {
		return vector
	}
	length := math.Sqrt(square)
	for i, v := range s.sum {
		vector[i] = float32(float64(v) / length)
	}
	return vector
}
