// Package bench_test measures backup, validation and restore of the real binary
// beside the tools that an operator would use instead. It runs when ATOCORE_BENCH
// is set. ATOCORE_BENCH_DIR names a folder that keeps the data between runs.
package bench_test

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
)

const (
	benchMB        = 200 // about; ATOCORE_BENCH_MB is another
	benchDocuments = 4   // a MB
	benchChunks    = 120 // a document
	benchMemories  = 2000
)

// dataDir returns a data directory of about 200 MB, made when it is not there yet.
func dataDir(t *testing.T) string {
	t.Helper()
	home := os.Getenv("ATOCORE_BENCH_DIR")
	if home == "" {
		home = t.TempDir()
	}
	dir := filepath.Join(home, fmt.Sprintf("data-%d", megabytes(t)))
	if _, err := os.Stat(filepath.Join(dir, "made")); err == nil {
		return dir
	}
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	fill(t, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "made"), nil, 0o600))
	return dir
}

func megabytes(t *testing.T) int {
	t.Helper()
	asked := os.Getenv("ATOCORE_BENCH_MB")
	if asked == "" {
		return benchMB
	}
	mb, err := strconv.Atoi(asked)
	require.NoError(t, err)
	return mb
}

func fill(t *testing.T, dir string) {
	t.Helper()
	model := embed.NewLocal().Model()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, sqlite.FileName), Create: true, Model: model})
	require.NoError(t, err)
	dice := rand.New(rand.NewSource(1))
	words := make([]string, 4000)
	for i := range words {
		words[i] = fmt.Sprintf("%c%c%s%d", 'a'+dice.Intn(26), 'a'+dice.Intn(26), strings.Repeat("e", dice.Intn(5)), i%97)
	}
	text := func(n int) string {
		var b strings.Builder
		for b.Len() < n {
			b.WriteString(words[int(float64(len(words))*dice.Float64()*dice.Float64())])
			b.WriteByte(' ')
		}
		return b.String()
	}
	vector := func() []float32 {
		v := make([]float32, model.Dimension)
		for i := range v {
			v[i] = dice.Float32() - 0.5
		}
		return v
	}
	at := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	for d := range megabytes(t) * benchDocuments {
		key := domain.DocumentKey{Project: "alpha", Root: "docs", Path: fmt.Sprintf("folder-%d/document-%d.md", d%20, d)}
		var chunks []domain.Chunk
		for c := range benchChunks {
			content := text(1200)
			chunks = append(chunks, domain.Chunk{
				ID: domain.ChunkID(key, content, 0), Seq: c, Heading: "Heading " + text(20),
				StartLine: c*10 + 1, EndLine: c*10 + 10, Content: content, Vector: vector(),
			})
		}
		require.NoError(t, s.Documents().Replace(t.Context(), domain.Document{
			DocumentKey: key, FileState: domain.FileState{Size: 1, ModTime: at, Hash: "00"}, Title: "Document", IngestedAt: at,
		}.With(

			chunks)))
	}
	for i := range benchMemories {
		require.NoError(t, s.Memories().Create(t.Context(), domain.Memory{
			ID: fmt.Sprintf("memory-%06d", i), Type: domain.MemoryKnowledge, Content: text(200), Confidence: 0.5,
			Status: domain.MemoryActive, CreatedAt: at, UpdatedAt: at, Revision: 1,
		}, vector()))
	}
	require.NoError(t, s.Close())
	registry := registryjson.New(registryjson.Config{Path: filepath.Join(dir, registryjson.FileName)})
	require.NoError(t, registry.Update(t.Context(), func([]domain.Project) ([]domain.Project, error) {
		return []domain.Project{{Name: "alpha", IngestRoots: []domain.IngestRoot{{Path: "/srv/alpha", Label: "docs"}}}}, nil
	}))
}
