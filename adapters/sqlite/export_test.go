package sqlite

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Slots counts the vector slots of a store, used and free.
func Slots(t *testing.T, s *Store) (n int) {
	t.Helper()
	require.NoError(t, s.read.db.Get(&n, `SELECT count(*) FROM vector_1`))
	return n
}
