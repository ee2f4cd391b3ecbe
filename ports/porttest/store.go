package porttest

import (
	"crypto/sha256"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Stores is what keeps text together with the index over it. A suite that has to
// feed one port through another takes all of them.
type Stores struct {
	Memories  ports.MemoryStore
	Documents ports.DocumentStore
	Text      ports.TextIndex
	Passages  ports.PassageStore
	// Vectors may be nil where the vectors are kept elsewhere.
	Vectors ports.VectorSearcher
	Listed  ports.PassageLister // may be nil where Vectors is
	// Tolerance is how far a cosine of an approximate index may be off; 0 means
	// 0.0001.
	Tolerance float64
}

// Model is the vector space of the vectors that the suites store.
func Model() domain.EmbeddingModel { return domain.EmbeddingModel{Name: "porttest/1", Dimension: 8} }

// at returns a moment of a day that the suites take place on.
func at(seconds int) time.Time {
	return time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// memory returns an active memory that was made at(seconds).
func memory(id string, seconds int, content string) domain.Memory {
	return domain.Memory{
		ID: id, Type: domain.MemoryKnowledge, Content: content, Confidence: 0.7, Source: "test",
		Status: domain.MemoryActive, CreatedAt: at(seconds), UpdatedAt: at(seconds), Revision: 1,
	}
}

// document returns a document of the root "docs" and a chunk for each text.
func document(project, path string, texts ...string) (domain.Document, []domain.Chunk) {
	key := domain.DocumentKey{Project: project, Root: "docs", Path: path}
	d := domain.Document{
		DocumentKey: key, FileState: state(fmt.Sprint(texts)), Title: "Notes", IngestedAt: at(0),
	}
	seen := map[string]int{}
	chunks := make([]domain.Chunk, len(texts))
	for i, text := range texts {
		chunks[i] = domain.Chunk{
			ID: domain.ChunkID(key, text, seen[text]), Seq: i, StartLine: 2*i + 1, EndLine: 2*i + 2,
			Content: text, Vector: vectorOf(text),
		}
		seen[text]++
	}
	return d, chunks
}

// state returns the state of a file with that content.
func state(content string) domain.FileState {
	return domain.FileState{
		Size: int64(len(content)), ModTime: at(0).Add(123456789 * time.Nanosecond),
		Hash: fmt.Sprintf("%x", sha256.Sum256([]byte(content))),
	}
}

// vectorOf returns a vector of length 1 that depends on the text alone.
func vectorOf(text string) []float32 {
	sum := sha256.Sum256([]byte(text))
	v := make([]float32, Model().Dimension)
	for i := range v {
		v[i] = float32(sum[i]) - 127.5
	}
	return unit(v)
}

func unit(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out
}

func create(t *testing.T, s ports.MemoryStore, memories ...domain.Memory) {
	t.Helper()
	for _, m := range memories {
		require.NoError(t, s.Create(t.Context(), m, vectorOf(m.Content)))
	}
}

func replace(t *testing.T, s ports.DocumentStore, project, path string, texts ...string) []domain.Chunk {
	t.Helper()
	d, chunks := document(project, path, texts...)
	require.NoError(t, s.Replace(t.Context(), d.With(chunks)))
	return chunks
}

func ids(found []domain.Candidate) []string {
	out := []string{}
	for _, c := range found {
		out = append(out, c.ID)
	}
	return out
}

func kind(t *testing.T, want domain.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, domain.KindOf(err), err)
}
