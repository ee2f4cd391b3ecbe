package sqlite

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestShrinkGivesBackWhatIsEmpty(t *testing.T) {
	s := newStore(t, oldModel)
	size := func() int64 {
		info, err := os.Stat(s.path)
		require.NoError(t, err)
		return info.Size()
	}
	text := strings.Repeat("a long text ", 5000)
	for i := range 150 {
		require.NoError(t, s.Memories().Create(t.Context(), someMemory(fmt.Sprint("m", i), text), nil))
	}
	require.NoError(t, s.Memories().Create(t.Context(), someMemory("kept", "walnut"), make([]float32, oldModel.Dimension)))
	require.NoError(t, s.Shrink(t.Context()))
	full := size()
	require.Greater(t, full, int64(2*worthShrinking), "what is in use stays")
	_, err := s.write.db.Exec(`DELETE FROM memory WHERE id <> 'kept'; DELETE FROM memory_history WHERE memory <> 'kept'`)
	require.NoError(t, err)

	other, err := Open(t.Context(), Config{Path: s.path, Model: oldModel})
	require.NoError(t, err)
	defer func() { assert.NoError(t, other.Close()) }()
	require.NoError(t, s.Shrink(t.Context()))
	assert.Less(t, size(), full/10)
	for _, store := range []*Store{s, other} {
		m, err := store.Memories().Get(t.Context(), "kept")
		require.NoError(t, err)
		assert.Equal(t, "walnut", m.Content)
		found := 0
		_, err = store.Feed().Follow(t.Context(), domain.FeedMark{}, func(c domain.PassageChange) error {
			found++
			assert.Len(t, c.Vector.Components, oldModel.Dimension)
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, 1, found)
	}
	faults, err := s.Inspect(t.Context())
	require.NoError(t, err)
	assert.Empty(t, faults)
}

// While somebody writes, nothing is done, and nothing is lost.
func TestShrinkGivesWay(t *testing.T) {
	s := newStore(t, domain.EmbeddingModel{})
	text := strings.Repeat("a long text ", 5000)
	for i := range 150 {
		require.NoError(t, s.Memories().Create(t.Context(), someMemory(fmt.Sprint("m", i), text), nil))
	}
	_, err := s.write.db.Exec(`DELETE FROM memory WHERE id <> 'm1'; DELETE FROM memory_history`)
	require.NoError(t, err)
	tx, err := s.write.db.Beginx()
	require.NoError(t, err)
	_, err = tx.Exec(`DELETE FROM memory`)
	require.NoError(t, err)
	require.Error(t, s.Shrink(t.Context()))
	require.NoError(t, tx.Rollback())
	_, err = s.Memories().Get(t.Context(), "m1")
	require.NoError(t, err)
}
