// Package quality measures how well the product finds things, end to end: the real
// store, parser, chunker and embedding under the real use cases. What needs data
// that is not part of the repository takes its folder from ATOCORE_QUALITY_DATA
// and is skipped without it:
//
//	ATOCORE_QUALITY_DATA=/path/to/data go test -v -count=1 ./test/quality
//
// The folder holds docsqa (corpora/*.md and questions.jsonl, as published in
// brandonstarxel/chunking_evaluation) and cisi (corpus.jsonl, queries.jsonl and
// qrels.tsv, in the layout of the BEIR benchmark). Every measure stands beside the
// same measure for a plain FTS5 query over the same passages, and fails below the
// floor that is written beside it.
package quality

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// dataVariable names the folder with the evaluation data.
const dataVariable = "ATOCORE_QUALITY_DATA"

// data returns a path in the folder with the data, or skips the test.
func data(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv(dataVariable)
	if root == "" {
		t.Skipf("set %s to the folder with docsqa and cisi to measure", dataVariable)
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// readLines decodes a file of one JSON value a line.
func readLines[T any](t *testing.T, path string) []T {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var out []T
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var v T
		require.NoError(t, json.Unmarshal(lines.Bytes(), &v))
		out = append(out, v)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, out)
	return out
}

// openStore opens a new store for the local embedding.
func openStore(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{
		Path: filepath.Join(t.TempDir(), sqlite.FileName), Create: true, Model: embed.NewLocal().Model(),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// asking returns the query use case over the store. Without vectors it answers
// from full text alone.
func asking(s *sqlite.Store, projects ports.ProjectRegistry, vectors bool) *query.Service {
	var e ports.Embedder = embed.NewLocal()
	if !vectors {
		e = &portfake.Embedder{
			Space: e.Model(), Fail: func(string) error { return domain.Unavailable("switched off") },
		}
	}
	index := engine.New(engine.Config{Feed: s.Feed(), Model: embed.NewLocal().Model()})
	return query.New(query.Config{
		Text: index.Text(), Vectors: index.Vectors(), Passages: index, Registry: projects,
		Embedder: e, Weights: domain.DefaultRankingWeights(),
	})
}

// ask returns the best k results.
func ask(t *testing.T, s *query.Service, project, prompt string, k int) []domain.Result {
	t.Helper()
	a, err := s.Query(t.Context(), domain.Query{Prompt: prompt, Project: project, TopK: k})
	require.NoError(t, err)
	return a.Results
}

// addDocument stores a document of one chunk, as an importer would.
func addDocument(t *testing.T, s *sqlite.Store, project, path, title, text string) (id string) {
	t.Helper()
	vectors, err := embed.NewLocal().Embed(t.Context(), []string{title + "\n" + text})
	require.NoError(t, err)
	key := domain.DocumentKey{Project: project, Root: "import", Path: path}
	id = domain.ChunkID(key, text, 0)
	require.NoError(t, s.Documents().Replace(t.Context(), domain.Document{DocumentKey: key, Title: title}.With([]domain.Chunk{{
		ID: id, StartLine: 1, EndLine: 1 + strings.Count(text, "\n"), Content: text, Vector: vectors[0],
	}})))
	return id
}
