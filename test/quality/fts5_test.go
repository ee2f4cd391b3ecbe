package quality

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/atocore/atocore/domain"
)

// fts5 is what the product is measured against: a plain FTS5 table with Porter's
// stems, asked for any word of the question that is not a stop word, ordered by
// its own bm25.
type fts5 struct {
	db  *sql.DB
	ids []string
}

func newFTS5(t *testing.T) *fts5 {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "plain.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), `PRAGMA synchronous = OFF`)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `CREATE VIRTUAL TABLE plain USING fts5 (title, text, tokenize = 'porter unicode61')`)
	require.NoError(t, err)
	return &fts5{db: db}
}

func (f *fts5) add(t *testing.T, id, title, text string) {
	t.Helper()
	_, err := f.db.ExecContext(t.Context(), `INSERT INTO plain (rowid, title, text) VALUES (?, ?, ?)`, len(f.ids), title, text)
	require.NoError(t, err)
	f.ids = append(f.ids, id)
}

func (f *fts5) search(t *testing.T, question string, k int) []string {
	t.Helper()
	var words []string
	for _, w := range domain.Tokens(question) {
		words = append(words, `"`+w+`"`)
	}
	rows, err := f.db.QueryContext(t.Context(), `SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY rank LIMIT ?`,
		strings.Join(words, " OR "), k)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var out []string
	for rows.Next() {
		var i int
		require.NoError(t, rows.Scan(&i))
		out = append(out, f.ids[i])
	}
	require.NoError(t, rows.Err())
	return out
}
