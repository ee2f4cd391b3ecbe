package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

var (
	modelA = domain.EmbeddingModel{Name: "a", Dimension: 8}
	modelB = domain.EmbeddingModel{Name: "b", Dimension: 4}
)

func state(t *testing.T, s *sqlite.Store) sqlite.VectorState {
	t.Helper()
	st, err := s.VectorState(t.Context())
	require.NoError(t, err)
	return st
}

// reopen opens the database with a model and closes it at the end of fn.
func reopen(t *testing.T, path string, m domain.EmbeddingModel, fn func(s *sqlite.Store)) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Create: true, Model: m})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	fn(s)
}

func TestTheModelMayChangeWhileNothingIsStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	for _, m := range []domain.EmbeddingModel{modelA, modelB, {}, modelA} {
		reopen(t, path, m, func(s *sqlite.Store) {
			want := sqlite.VectorsReady
			if m.Dimension == 0 {
				want = sqlite.VectorsOff
			}
			assert.Equal(t, want, state(t, s).Status, m)
		})
	}
}

func TestVectorsOfAnotherModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	reopen(t, path, modelA, func(s *sqlite.Store) {
		for i := range 3 {
			require.NoError(t, s.Memories().Create(t.Context(), aMemory(fmt.Sprint("m", i)), vector(i)))
		}
		asleep := aMemory("asleep")
		asleep.Status = domain.MemoryCandidate
		require.NoError(t, s.Memories().Create(t.Context(), asleep, vector(5)))
	})
	reopen(t, path, modelB, func(s *sqlite.Store) {
		assert.Equal(t, sqlite.VectorState{
			Status: sqlite.VectorsMismatched, Stored: modelA, Configured: modelB, Missing: 4,
		}, state(t, s))
		requireNoIndex(t, s)

		require.NoError(t, s.Memories().Create(t.Context(), aMemory("m3"), []float32{1, 0, 0, 0}), "the text is stored")
		_, err := s.Memories().Update(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
			m.Content = "something else"
			return []float32{0, 1, 0, 0}, nil
		})
		require.NoError(t, err)
		require.NoError(t, s.Memories().Delete(t.Context(), "m2", aMemory("").CreatedAt))
		assert.Equal(t, []string{"m3"}, found(t, s, "m3"))
	})
	reopen(t, path, modelA, func(s *sqlite.Store) {
		assert.Equal(t, sqlite.VectorState{
			Status: sqlite.VectorsIncomplete, Stored: modelA, Configured: modelA, Missing: 2,
		}, state(t, s))
		assert.Equal(t, []string{"m0"}, porttest.VectorIDs(t, s.Listed()), "no vector outlives its text")
	})
	reopen(t, path, modelB, func(s *sqlite.Store) {
		boom := errors.New("no network")
		err := s.RebuildVectors(t.Context(), func(context.Context, []string) ([][]float32, error) { return nil, boom }, nil)
		require.ErrorIs(t, err, boom)
		assert.Equal(t, sqlite.VectorsMismatched, state(t, s).Status, "a rebuild that failed changes nothing in use")

		var told []int
		require.NoError(t, s.RebuildVectors(t.Context(), func(_ context.Context, texts []string) ([][]float32, error) {
			assert.ElementsMatch(t, []string{"about m0", "something else", "about m3", "about asleep"}, texts)
			return [][]float32{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}, nil
		}, func(done, total int) { told = append(told, done, total) }))
		assert.Equal(t, []int{4, 4}, told)
		assert.Equal(t, sqlite.VectorState{Status: sqlite.VectorsReady, Stored: modelB, Configured: modelB}, state(t, s))
		assert.Equal(t, []string{"m0", "m1", "m3"}, porttest.VectorIDs(t, s.Listed()))
	})
	reopen(t, path, modelA, func(s *sqlite.Store) {
		assert.Equal(t, sqlite.VectorsMismatched, state(t, s).Status)
	})
}

// While a second index is being filled, whoever writes fills it too, and the
// rebuild does not end before all of it is there.
func TestWritesWhileVectorsAreRebuilt(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	reopen(t, path, modelA, func(s *sqlite.Store) {
		require.NoError(t, s.Memories().Create(t.Context(), aMemory("m1"), vector(0)))
		require.NoError(t, s.Memories().Create(t.Context(), aMemory("m2"), vector(0)))
	})
	reopen(t, path, modelB, func(s *sqlite.Store) {
		var calls int
		require.NoError(t, s.RebuildVectors(t.Context(), func(_ context.Context, texts []string) ([][]float32, error) {
			if calls++; calls == 1 {
				// Another process, with the former model; this one; and a text that
				// is not what it was when it was embedded.
				reopen(t, path, modelA, func(other *sqlite.Store) {
					assert.Equal(t, sqlite.VectorsReady, state(t, other).Status, "the former index is in use until the end")
					require.NoError(t, other.Memories().Create(t.Context(), aMemory("others"), vector(1)))
				})
				require.NoError(t, s.Memories().Create(t.Context(), aMemory("own"), []float32{0, 0, 0, 1}))
				_, err := s.Memories().Update(t.Context(), "m2", func(m *domain.Memory) ([]float32, error) {
					m.Content = "changed"
					return nil, nil
				})
				require.NoError(t, err)
			}
			vectors := make([][]float32, len(texts))
			for i, text := range texts {
				vectors[i] = []float32{1, 0, 0, 0}
				if text == "changed" {
					vectors[i] = []float32{0, 1, 0, 0}
				}
			}
			return vectors, nil
		}, nil))
		assert.Equal(t, sqlite.VectorsReady, state(t, s).Status)
		found, err := scanOf(s).Search(t.Context(), []float32{0, 1, 0, 0}, domain.Scope{}, 9)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, "m2", found[0].ID)
		found, err = scanOf(s).Search(t.Context(), []float32{0, 0, 0, 1}, domain.Scope{}, 9)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, "own", found[0].ID)
	})
}

func TestVectorsAreMadeForTextThatHasNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	reopen(t, path, domain.EmbeddingModel{}, func(s *sqlite.Store) {
		assert.Equal(t, sqlite.VectorsOff, state(t, s).Status)
		require.NoError(t, s.Memories().Create(t.Context(), aMemory("m1"), vector(0)))
		requireNoIndex(t, s)
	})
	reopen(t, path, modelA, func(s *sqlite.Store) {
		st := state(t, s)
		assert.Equal(t, sqlite.VectorsIncomplete, st.Status)
		assert.Equal(t, 1, st.Missing)
		require.NoError(t, s.RebuildVectors(t.Context(), func(_ context.Context, _ []string) ([][]float32, error) {
			return [][]float32{vector(3)}, nil
		}, nil))
		assert.Equal(t, sqlite.VectorsReady, state(t, s).Status)
	})
}

// What is gone leaves nothing behind: an index that is written to for years must
// not grow.
func TestVectorsOfReplacedChunksAreGone(t *testing.T) {
	s := fresh(t)
	for round := range 30 {
		d := domain.Document{DocumentKey: domain.DocumentKey{Project: "p", Root: "r", Path: "a.md"}}
		var chunks []domain.Chunk
		for i := range 5 {
			chunks = append(chunks, domain.Chunk{
				ID: fmt.Sprint(round, "-", i), Seq: i, Content: fmt.Sprint("round ", round, " ", i), Vector: vector(i),
			})
		}
		require.NoError(t, s.Documents().Replace(t.Context(), d.With(chunks)))
	}
	assert.Equal(t, 5, sqlite.StoredVectors(t, s))
}

// requireNoIndex makes sure that nothing is said to have a vector.
func requireNoIndex(t *testing.T, s *sqlite.Store) {
	t.Helper()
	in, err := s.Listed().Each(t.Context(), func(p domain.Passage, vectored bool) error {
		assert.False(t, vectored, p.ID)
		return nil
	})
	require.NoError(t, err)
	assert.False(t, in.Known)
}
