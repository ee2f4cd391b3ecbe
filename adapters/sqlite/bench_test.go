package sqlite

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// The words of the benchmarks are as unevenly frequent as those of a language.
type vocabulary struct {
	rng  *rand.Rand
	zipf *rand.Zipf
}

func newVocabulary() vocabulary {
	rng := rand.New(rand.NewPCG(1, 2))
	return vocabulary{rng, rand.NewZipf(rng, 1.1, 8, 30_000)}
}

func (v vocabulary) text(words int) string {
	var b strings.Builder
	for range words {
		fmt.Fprintf(&b, "w%dx ", v.zipf.Uint64())
	}
	return b.String()
}

func (v vocabulary) vector(dimension int) []float32 {
	out := make([]float32, dimension)
	for i := range out {
		out[i] = float32(v.rng.NormFloat64())
	}
	return out
}

var benchModel = domain.EmbeddingModel{Name: "bench", Dimension: 384}

// filled returns a store with 10,000 chunks of about 1,000 bytes in 2,000 documents
// of four projects.
func filled(b *testing.B) *Store {
	b.Helper()
	s := newStore(b, benchModel)
	words := newVocabulary()
	for d := range 2000 {
		replaceOne(b, s, words, d)
	}
	return s
}

func replaceOne(b *testing.B, s *Store, words vocabulary, d int) {
	b.Helper()
	key := domain.DocumentKey{Project: fmt.Sprint("p", d%4), Root: "docs", Path: fmt.Sprintf("notes/n%d.md", d)}
	doc := domain.Document{DocumentKey: key, Title: words.text(3)}
	chunks := make([]domain.Chunk, 5)
	for i := range chunks {
		text := words.text(160)
		chunks[i] = domain.Chunk{
			ID: domain.ChunkID(key, text, 0), Seq: i, Heading: words.text(3), StartLine: i, EndLine: i, Content: text,
			Vector: words.vector(benchModel.Dimension),
		}
	}
	require.NoError(b, s.Documents().Replace(b.Context(), doc.With(chunks)))
}

func BenchmarkCreateMemory(b *testing.B) {
	s := newStore(b, benchModel)
	words := newVocabulary()
	for i := 0; b.Loop(); i++ {
		m := someMemory(fmt.Sprint("m", i), words.text(20))
		require.NoError(b, s.Memories().Create(b.Context(), m, words.vector(benchModel.Dimension)))
	}
}

func BenchmarkReplaceFiveChunks(b *testing.B) {
	s := newStore(b, benchModel)
	words := newVocabulary()
	for i := 0; b.Loop(); i++ {
		replaceOne(b, s, words, i)
	}
}

// What an index in memory does when it starts over.
func BenchmarkFollowAll(b *testing.B) {
	s := filled(b)
	for b.Loop() {
		n := 0
		_, err := s.Feed().Follow(b.Context(), domain.FeedMark{}, func(domain.PassageChange) error { n++; return nil })
		require.NoError(b, err)
		require.Equal(b, 10_000, n)
	}
}
