package sqlite

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// old makes a database of an earlier version, with a memory in it if it has any.
func old(t *testing.T, version int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	db, err := connect(t.Context(), dsn(path, writer), 1)
	require.NoError(t, err)
	require.NoError(t, migrate(t.Context(), db, version))
	_, err = db.Exec(`INSERT INTO memory (id, type, content, project, confidence, source, status, created_at, updated_at,
    revision) VALUES ('m1', 'knowledge', 'walnut', '', 0.5, '', 'active', 1, 1, 1)`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return path
}

// schema returns the whole schema of a database as text.
func schema(t *testing.T, s *Store) (text []string) {
	t.Helper()
	require.NoError(t, s.read.db.Select(&text, `SELECT coalesce(sql, name) FROM sqlite_master ORDER BY type, name`))
	return text
}

func TestEveryEarlierVersionBecomesTheNewest(t *testing.T) {
	want := schema(t, newStore(t, domain.EmbeddingModel{}))
	for version := int64(1); version <= NewestSchema; version++ {
		path := old(t, version)
		s, err := Open(t.Context(), Config{Path: path})
		require.NoError(t, err, "from version %d", version)
		assert.Equal(t, want, schema(t, s), "from version %d", version)
		var found []string
		require.NoError(t, s.read.db.Select(&found, `SELECT content FROM passage`))
		assert.Equal(t, []string{"walnut"}, found, "what was stored by version %d is found", version)
		require.NoError(t, s.Close())
	}
}

func TestTheNewestVersionIsTheLastMigration(t *testing.T) {
	all := migrations(t)
	assert.Contains(t, all[len(all)-1], fmt.Sprintf("%04d_", NewestSchema))
}

// migrations lists the migrations in order; their numbers may have gaps.
func migrations(t *testing.T) []string {
	t.Helper()
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	require.NoError(t, err)
	for i, f := range files {
		files[i] = filepath.Base(f)
	}
	files = append(files, fmt.Sprintf("%04d_vector_rows", vectorRows)) // written in Go
	slices.Sort(files)
	return files
}

func TestManyMigrateAtOnce(t *testing.T) {
	path := old(t, 1)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Open(t.Context(), Config{Path: path})
			if assert.NoError(t, err) {
				assert.NoError(t, s.Close())
			}
		})
	}
	wg.Wait()
	s, err := Open(t.Context(), Config{Path: path})
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	var n int64
	require.NoError(t, s.read.db.Get(&n, `SELECT count(*) FROM schema_version WHERE version_id > 0`))
	assert.EqualValues(t, len(migrations(t)), n, "each migration was applied once")
}
