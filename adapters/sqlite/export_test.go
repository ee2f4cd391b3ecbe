package sqlite

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// StoredVectors counts the vectors in a store, of all indexes, whosever they are.
func StoredVectors(t *testing.T, s *Store) (n int) {
	t.Helper()
	require.NoError(t, s.read.db.Get(&n, `SELECT (SELECT count(*) FROM vector_passage) + (SELECT count(*) FROM vector_parked)`))
	return n
}
