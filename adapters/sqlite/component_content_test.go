package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
)

// rawDatabase makes a SQLite file by hand.
func rawDatabase(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: "mode=rwc"}).String())
	require.NoError(t, err)
	for _, s := range statements {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err, s)
	}
	require.NoError(t, db.Close())
}

func captured(t *testing.T, path string) (string, domain.ComponentEntry) {
	t.Helper()
	c := sqlite.NewComponent(sqlite.ComponentConfig{Path: path})
	dir := t.TempDir()
	got, err := c.Capture(t.Context(), dir, nil)
	require.NoError(t, err)
	e := c.Describe()
	e.Included, e.Facts = true, got.Facts
	return dir, e
}

func sumOfRows(t *testing.T, rows ...[]any) domain.RowSum {
	t.Helper()
	var sum domain.RowSum
	for _, row := range rows {
		var b []byte
		for _, v := range row {
			var err error
			b, err = domain.AppendValue(b, v)
			require.NoError(t, err)
		}
		sum.Add(b)
	}
	return sum
}

// Whatever a table is like, its digest is that of the rows that were put in.
func TestDigestOfOddTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd ?#%20 name.db")
	rawDatabase(t, path,
		`PRAGMA journal_mode=WAL`,
		`CREATE TABLE kinds (a, b DATETIME, c BOOLEAN, d TIMESTAMP, e DATE)`,
		`INSERT INTO kinds VALUES (NULL, '2026-04-09 06:00:00', 1, 1775714400, ''), (x'', 1.5, 'yes', '2026-04-09', x'00ff'), (1, -1, 0, NULL, 'é')`,
		`CREATE TABLE keys (k TEXT PRIMARY KEY, v) WITHOUT ROWID`,
		`INSERT INTO keys VALUES ('b', 2), ('a', 1)`,
		`CREATE TABLE names ("rowid" TEXT, "oid" INTEGER, "od""d" TEXT)`,
		`INSERT INTO names VALUES ('x', 7, 'y')`,
		`CREATE TABLE gaps (id INTEGER PRIMARY KEY)`,
		`INSERT INTO gaps VALUES (-9223372036854775808), (0), (9223372036854775807)`,
		`CREATE TABLE made (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED)`,
		`INSERT INTO made VALUES (4)`,
		`CREATE TABLE none (a)`,
		`CREATE TABLE vector_slot_old (a)`,
		`CREATE VIRTUAL TABLE words USING fts5 (text)`,
		`INSERT INTO words VALUES ('derived')`,
		`CREATE VIEW seen AS SELECT a FROM kinds`,
	)
	_, e := captured(t, path)
	want := map[string]domain.RowSum{
		"kinds": sumOfRows(t, []any{nil, "2026-04-09 06:00:00", int64(1), int64(1775714400), ""},
			[]any{[]byte{}, 1.5, "yes", "2026-04-09", []byte{0, 255}}, []any{int64(1), int64(-1), int64(0), nil, "é"}),
		"keys":  sumOfRows(t, []any{"a", int64(1)}, []any{"b", int64(2)}),
		"names": sumOfRows(t, []any{"x", int64(7), "y"}),
		"gaps":  sumOfRows(t, []any{int64(math.MinInt64)}, []any{int64(0)}, []any{int64(math.MaxInt64)}),
		"made":  sumOfRows(t, []any{int64(4)}),
		"none":  {},
	}
	require.Len(t, e.Facts.Tables, len(want), "%v", e.Facts.Tables)
	for _, got := range e.Facts.Tables {
		assert.Equal(t, want[got.Name].Rows(), got.Rows, got.Name)
		assert.Equal(t, want[got.Name].String(), got.Digest, got.Name)
	}
}

// Many rows are summed up in many pieces, and the pieces are the whole.
func TestDigestOfManyRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.db")
	rawDatabase(t, path, `CREATE TABLE many (n INTEGER)`,
		`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 50000) INSERT INTO many SELECT i FROM c`)
	_, e := captured(t, path)
	var want domain.RowSum
	for i := range int64(50000) {
		want.Plus(sumOfRows(t, []any{i + 1}))
	}
	require.Len(t, e.Facts.Tables, 1)
	assert.Equal(t, want.String(), e.Facts.Tables[0].Digest)
	assert.EqualValues(t, 50000, e.Facts.Tables[0].Rows)
}

// What integrity_check calls sound, and what it does not.
func TestVerifyLooksDeeper(t *testing.T) {
	path := createStore(t, 20)
	edit := func(statements ...string) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			rawDatabase(t, file, append([]string{"PRAGMA foreign_keys = 0"}, statements...)...)
		}
	}
	for name, c := range map[string]struct {
		damage func(t *testing.T, file string)
		kind   domain.FaultKind
		found  string
	}{
		"another word in a row": {func(t *testing.T, file string) {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			at := strings.LastIndex(string(raw), "content of seed-7")
			require.Positive(t, at)
			raw[at] ^= 0x20
			require.NoError(t, os.WriteFile(file, raw, 0o600))
		}, domain.FaultContent, ""},
		"a row less":      {edit("DELETE FROM memory WHERE id = 'seed-3'"), domain.FaultContent, "19"},
		"a table less":    {edit("DROP TABLE memory_history"), domain.FaultContent, "no such table"},
		"a table more":    {edit("CREATE TABLE surprise (a)"), domain.FaultContent, "one of 0 rows"},
		"a vector less":   {edit("DELETE FROM vector_passage WHERE slot = (1 << 40) + (SELECT docid FROM passage WHERE id = 'seed-3')"), domain.FaultContent, "19 vectors"},
		"another model":   {edit("UPDATE vector_index SET model = 'other'"), domain.FaultContent, "other"},
		"not atocore's":   {edit("PRAGMA application_id = 1"), domain.FaultContent, "1"},
		"a newer schema":  {edit("INSERT INTO schema_version (version_id, is_applied) VALUES (999, 1)"), domain.FaultFormat, "999"},
		"a lost parent":   {edit("UPDATE passage SET document = 77 WHERE id = 'seed-1'"), domain.FaultIntegrity, "refers to none"},
		"a lost page":     {func(t *testing.T, file string) { zeroPage(t, file, 5) }, domain.FaultIntegrity, ""},
		"write-ahead log": {edit("PRAGMA journal_mode = WAL"), domain.FaultIntegrity, "write-ahead"},
		"cut short": {func(t *testing.T, file string) {
			require.NoError(t, os.Truncate(file, 8192))
		}, domain.FaultIntegrity, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir, e := captured(t, path)
			c.damage(t, filepath.Join(dir, sqlite.FileName))
			faults, err := sqlite.NewComponent(sqlite.ComponentConfig{Path: path}).Verify(t.Context(), dir, e)
			require.NoError(t, err)
			require.NotEmpty(t, faults)
			var found bool
			for _, f := range faults {
				found = found || f.Kind == c.kind && strings.Contains(f.Found, c.found)
			}
			assert.True(t, found, "%v", faults)
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Len(t, entries, 1, "looking leaves nothing behind")
		})
	}
}

func zeroPage(t *testing.T, file string, page int64) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteAt(make([]byte, 4096), (page-1)*4096)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func TestCapturedDatabaseCanBeUsed(t *testing.T) {
	dir, e := captured(t, createStore(t, 5))
	assert.Equal(t, sqlite.NewestSchema, e.Facts.Schema)
	require.NotNil(t, e.Facts.Embedding)
	assert.Equal(t, componentModel, *e.Facts.Embedding)
	require.NotNil(t, e.Facts.Vectors)
	assert.EqualValues(t, 5, e.Facts.Vectors.Count)
	info, err := os.Stat(filepath.Join(dir, sqlite.FileName))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	withStore(t, filepath.Join(dir, sqlite.FileName), false, func(s *sqlite.Store) {
		m, err := s.Memories().Get(t.Context(), "seed-4")
		require.NoError(t, err)
		assert.Equal(t, "content of seed-4", m.Content)
	})
}

func TestCaptureGivesUpInTheMiddle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.db")
	rawDatabase(t, path, `CREATE TABLE large (b BLOB)`,
		`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 24) INSERT INTO large SELECT zeroblob(1 << 20) FROM c`)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := sqlite.NewComponent(sqlite.ComponentConfig{Path: path}).Capture(ctx, t.TempDir(), func(done, total int64) {
		assert.Less(t, done, total, "the whole was copied before it was noticed")
		cancel()
	})
	require.ErrorIs(t, err, context.Canceled)
}

func TestLossesAreCounted(t *testing.T) {
	path := createStore(t, 3)
	dir, _ := captured(t, path)
	withStore(t, path, false, func(s *sqlite.Store) {
		for i := range 4 {
			remember(t.Context(), t, s, fmt.Sprintf("new-%d", i))
		}
		_, err := s.Memories().Update(t.Context(), "seed-0", func(m *domain.Memory) ([]float32, error) {
			m.Revision++
			m.Confidence = 1
			return nil, nil
		})
		require.NoError(t, err)
		require.NoError(t, s.Memories().Delete(t.Context(), "seed-1", m0))
		require.NoError(t, s.Documents().Replace(t.Context(), domain.Document{DocumentKey: domain.DocumentKey{Project: "p", Root: "r", Path: "a.md"}}.With(
			nil)))
	})
	said, err := sqlite.NewComponent(sqlite.ComponentConfig{Path: path}).Losses(t.Context(), dir)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"4 memories newer than this backup would be lost",
		"1 memory changed since this backup would go back to what it was",
		"1 memory deleted since this backup would come back",
		"1 document ingested since this backup would be lost until the next refresh",
	}, said)

	require.NoError(t, os.WriteFile(path, []byte("no database any more, but longer than a header, so that it is not taken for a new one ......."), 0o600))
	said, err = sqlite.NewComponent(sqlite.ComponentConfig{Path: path}).Losses(t.Context(), dir)
	require.NoError(t, err)
	require.Len(t, said, 1)
	assert.Contains(t, said[0], "cannot be read")
}
