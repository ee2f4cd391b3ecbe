package retrieval

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en" // the analyzer "en"
	"github.com/philippgille/chromem-go"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/domain"
)

// embedded returns the local embedding of the texts.
func embedded(t *testing.T, texts []string) [][]float32 {
	t.Helper()
	vectors, err := embed.NewLocal().Embed(t.Context(), texts)
	require.NoError(t, err)
	return vectors
}

// measureFTS5 is SQLite's full text on a synced database: any word of the question
// that is not a stop word, ordered by its bm25, with the text of the best.
func measureFTS5(t *testing.T, c corpus, m *measured) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "fts5.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	require.NoError(t, err)
	defer db.Close() //nolint:errcheck // a scratch file
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), `CREATE VIRTUAL TABLE chunk USING fts5 (text, tokenize = 'porter unicode61')`)
	require.NoError(t, err)
	began := time.Now()
	for start := 0; start < len(c.chunks); start += 1000 {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		for _, text := range c.chunks[start:min(start+1000, len(c.chunks))] {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO chunk (text) VALUES (?)`, text)
			require.NoError(t, err)
		}
		require.NoError(t, tx.Commit())
	}
	m.ingested(len(c.chunks), time.Since(began))
	ask := func(i int) error {
		var words []string
		for _, w := range domain.Tokens(c.questions[i%len(c.questions)]) {
			words = append(words, `"`+w+`"`)
		}
		rows, err := db.QueryContext(context.Background(), `SELECT rowid, text FROM chunk WHERE chunk MATCH ? ORDER BY rank LIMIT 10`, strings.Join(words, " OR "))
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // read to its end
		for rows.Next() {
			var id int
			var text string
			if err := rows.Scan(&id, &text); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	m.asked(t, m.rounds(100), ask)
}

// measureBleve is bleve's BM25 over a field of English text, with the text of the
// best.
func measureBleve(t *testing.T, c corpus, m *measured) {
	mapping := bleve.NewIndexMapping()
	mapping.DefaultAnalyzer = "en"
	mapping.ScoringModel = "bm25"
	index, err := bleve.New(filepath.Join(t.TempDir(), "bleve"), mapping)
	require.NoError(t, err)
	defer index.Close() //nolint:errcheck // a scratch folder
	began := time.Now()
	for start := 0; start < len(c.chunks); start += 1000 {
		batch := index.NewBatch()
		for i, text := range c.chunks[start:min(start+1000, len(c.chunks))] {
			require.NoError(t, batch.Index(fmt.Sprint(start+i), map[string]string{"text": text}))
		}
		require.NoError(t, index.Batch(batch))
	}
	m.ingested(len(c.chunks), time.Since(began))
	m.asked(t, m.rounds(400), func(i int) error {
		query := bleve.NewMatchQuery(c.questions[i%len(c.questions)])
		query.SetField("text")
		request := bleve.NewSearchRequestOptions(query, 10, 0, false)
		request.Fields = []string{"text"}
		_, err := index.Search(request)
		return err
	})
}

// measureChromem is chromem-go in memory, given the vectors.
func measureChromem(t *testing.T, c corpus, m *measured) {
	vectors, asked := embedded(t, c.chunks), embedded(t, c.questions)
	collection, err := chromem.NewDB().CreateCollection("bench", nil, func(context.Context, string) ([]float32, error) {
		return nil, fmt.Errorf("every vector is given")
	})
	require.NoError(t, err)
	documents := make([]chromem.Document, len(c.chunks))
	for i, text := range c.chunks {
		documents[i] = chromem.Document{ID: fmt.Sprint(i), Content: text, Embedding: vectors[i]}
	}
	began := time.Now()
	require.NoError(t, collection.AddDocuments(t.Context(), documents, 2))
	m.ingested(len(c.chunks), time.Since(began))
	m.asked(t, m.rounds(100), func(i int) error {
		_, err := collection.QueryEmbedding(context.Background(), asked[i%len(asked)], 10, nil, nil)
		return err
	})
	m.Recall = 1
}
