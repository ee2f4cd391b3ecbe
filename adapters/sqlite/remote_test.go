package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

func keep(t *testing.T, s *sqlite.Store, id, text string, vector []float32) {
	t.Helper()
	now := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	m := domain.Memory{
		ID: id, Type: domain.MemoryKnowledge, Content: text, Status: domain.MemoryActive,
		CreatedAt: now, UpdatedAt: now, Revision: 1,
	}
	_, err := s.Memories().Update(t.Context(), id, func(old *domain.Memory) ([]float32, error) {
		old.Content = text
		return vector, nil
	})
	if domain.KindOf(err) == domain.KindNotFound {
		err = s.Memories().Create(t.Context(), m, vector)
	}
	require.NoError(t, err)
}

func TestVectorLedger(t *testing.T) {
	porttest.TestVectorLedger(t, func(t *testing.T) porttest.VectorLedgerFixture {
		s := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), sqlite.FileName), Create: true})
		r := s.Remote("test")
		return porttest.VectorLedgerFixture{
			Ledger: r, Queue: r, Text: r,
			Put:    func(id, text string) { keep(t, s, id, text, nil) },
			Remove: func(id string) { require.NoError(t, s.Memories().Delete(t.Context(), id, time.Now().UTC())) },
		}
	})
}

// The vector that a writer had at hand goes along, for indexes of its model alone;
// a memory that is not active is to be removed from the index.
func TestQueueCarriesVectors(t *testing.T) {
	model := porttest.Model()
	s := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), sqlite.FileName), Create: true, Queued: model})
	r := s.Remote("test")
	mine, err := r.Begin(t.Context(), model)
	require.NoError(t, err)
	other, err := r.Begin(t.Context(), domain.EmbeddingModel{Name: "other", Dimension: model.Dimension})
	require.NoError(t, err)
	vector := []float32{1, 2, 3, 4, 5, 6, 7, 8}
	keep(t, s, "a", "alpha", vector)

	tasks, err := r.Pending(t.Context(), mine.Name, 9)
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	assert.Equal(t, vector, tasks[0].Vector)
	tasks, err = r.Pending(t.Context(), other.Name, 9)
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	assert.Nil(t, tasks[0].Vector)

	_, err = s.Memories().Update(t.Context(), "a", func(m *domain.Memory) ([]float32, error) {
		m.Status = domain.MemoryExpired
		return nil, nil
	})
	require.NoError(t, err)
	tasks, err = r.Pending(t.Context(), mine.Name, 9)
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	assert.True(t, tasks[0].Gone)
}
