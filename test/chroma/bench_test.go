package chroma

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapter "github.com/atocore/atocore/adapters/chroma"
	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/test/chromaserver"
)

// benchVariable, when it is 1, runs the comparison of docs/vector-drivers.md:
// task bench:vectors.
const benchVariable = "ATOCORE_BENCH_VECTORS"

const (
	benchQueries = 200
	benchTop     = 10
)

type measured struct {
	Driver   string
	Chunks   int
	Ingest   float64 // a second
	P50, P95 time.Duration
	Recall   float64
	Lost     float64 // how much less near the ten found are than the ten nearest, as a cosine
	Memory   int64   // bytes
	Disk     int64   // bytes
}

func TestCompareDrivers(t *testing.T) {
	if os.Getenv(benchVariable) != "1" {
		t.Skip("a measurement, not a test: set " + benchVariable + "=1")
	}
	texts := corpus(50_000 + benchQueries)
	local := embed.NewLocal()
	vectors, err := local.Embed(t.Context(), texts)
	require.NoError(t, err)
	questions := vectors[50_000:]
	var table []measured
	for _, n := range []int{1_000, 10_000, 50_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			exact := nearest(vectors[:n], questions)
			table = append(table, benchSQLite(t, vectors[:n], questions, exact), benchChroma(t, vectors[:n], questions, exact))
		})
	}
	var b strings.Builder
	fmt.Fprintln(&b, "| chunks | driver | indexed a second | query p50 | query p95 | recall@10 | cosine lost | memory | disk |")
	fmt.Fprintln(&b, "|---|---|---|---|---|---|---|---|---|")
	for _, m := range table {
		fmt.Fprintf(&b, "| %d | %s | %.0f | %.1f ms | %.1f ms | %.3f | %.5f | %d MB | %d MB |\n", m.Chunks, m.Driver, m.Ingest,
			float64(m.P50.Microseconds())/1000, float64(m.P95.Microseconds())/1000, m.Recall, m.Lost, m.Memory>>20, m.Disk>>20)
	}
	t.Log("\n" + b.String())
}

// corpus makes chunks of about 120 words: some of a topic's own, most of a common
// vocabulary in which few words are frequent.
func corpus(n int) []string {
	rng := rand.New(rand.NewPCG(4, 50))
	zipf := rand.NewZipf(rng, 1.2, 8, 20_000)
	out := make([]string, n)
	for i := range out {
		topic := rng.IntN(500)
		var b strings.Builder
		for range 120 {
			if rng.IntN(4) == 0 {
				fmt.Fprintf(&b, "topic%dword%d ", topic, rng.IntN(40))
			} else {
				fmt.Fprintf(&b, "word%d ", zipf.Uint64())
			}
		}
		out[i] = b.String()
	}
	return out
}

func nearest(vectors, questions [][]float32) [][]int {
	out := make([][]int, len(questions))
	for q, question := range questions {
		type scored struct {
			at    int
			score float32
		}
		all := make([]scored, len(vectors))
		for i, v := range vectors {
			all[i] = scored{i, dot(v, question)}
		}
		slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
		for _, s := range all[:benchTop] {
			out[q] = append(out[q], s.at)
		}
	}
	return out
}

func dot(a, b []float32) (sum float32) {
	for k := range a {
		sum += a[k] * b[k]
	}
	return sum
}

func records(vectors [][]float32) []domain.VectorRecord {
	out := make([]domain.VectorRecord, len(vectors))
	for i, v := range vectors {
		out[i] = domain.VectorRecord{ID: benchID(i), Project: fmt.Sprint("p", i%5), Kind: domain.PassageChunk, Vector: v}
	}
	return out
}

func benchID(i int) string { return fmt.Sprintf("%032x", i) }

// upserter is what is compared: it stores vectors and finds them.
type upserter interface {
	ports.VectorSearcher
	Upsert(ctx context.Context, records []domain.VectorRecord) error
}

// inline stores vectors with the text that they belong to, one document a call.
type inline struct {
	documents ports.DocumentStore
	ports.VectorSearcher
}

func (i inline) Upsert(ctx context.Context, records []domain.VectorRecord) error {
	chunks := make([]domain.Chunk, len(records))
	for n, r := range records {
		chunks[n] = domain.Chunk{ID: r.ID, Seq: n, Content: r.ID, Vector: r.Vector}
	}
	return i.documents.Replace(ctx, domain.Document{DocumentKey: domain.DocumentKey{Project: "p", Path: records[0].ID}}.With(chunks))
}

// measure stores and searches.
func measure(t *testing.T, m *measured, x upserter, vectors, questions [][]float32, exact [][]int) {
	begin := time.Now()
	for part := range slices.Chunk(records(vectors), 1000) {
		require.NoError(t, x.Upsert(t.Context(), part))
	}
	m.Chunks, m.Ingest = len(vectors), float64(len(vectors))/time.Since(begin).Seconds()
	for _, q := range questions[:20] { // warm
		_, err := x.Search(t.Context(), q, domain.Scope{}, benchTop)
		require.NoError(t, err)
	}
	var took []time.Duration
	hits := 0
	for i, q := range questions {
		begin := time.Now()
		found, err := x.Search(t.Context(), q, domain.Scope{}, benchTop)
		took = append(took, time.Since(begin))
		require.NoError(t, err)
		for _, c := range found {
			var at int
			_, err := fmt.Sscanf(c.ID, "%x", &at)
			require.NoError(t, err)
			m.Lost -= float64(dot(vectors[at], q))
		}
		for _, want := range exact[i] {
			m.Lost += float64(dot(vectors[want], q))
			if slices.ContainsFunc(found, func(c domain.Candidate) bool { return c.ID == benchID(want) }) {
				hits++
			}
		}
	}
	slices.Sort(took)
	m.P50, m.P95 = took[len(took)/2], took[len(took)*95/100]
	m.Lost /= float64(len(questions) * benchTop)
	m.Recall = float64(hits) / float64(len(questions)*benchTop)
}

func benchSQLite(t *testing.T, vectors, questions [][]float32, exact [][]int) measured {
	m := measured{Driver: "sqlite"}
	dir := t.TempDir()
	store, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, sqlite.FileName), Create: true, Model: embed.NewLocal().Model()})
	require.NoError(t, err)
	search := engine.New(engine.Config{Feed: store.Feed(), Model: embed.NewLocal().Model()})
	measure(t, &m, inline{store.Documents(), search.Vectors()}, vectors, questions, exact)
	require.NoError(t, store.Close())
	m.Disk = size(t, dir)
	m.Memory = askAlone(t, dir, questions[:20])
	return m
}

// askAlone searches in a process that does nothing else and returns the most
// memory that it had.
func askAlone(t *testing.T, dir string, questions [][]float32) int64 {
	t.Helper()
	list, err := json.Marshal(questions)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), self, "-test.run", "TestSearchAlone")
	c.Env = append(os.Environ(), aloneVariable+"="+dir)
	c.Stdin = strings.NewReader(string(list))
	out, err := c.Output()
	require.NoError(t, err)
	var peak int64
	_, err = fmt.Sscanf(string(out), "peak %d", &peak)
	require.NoError(t, err, "%s", out)
	return peak
}

const aloneVariable = "ATOCORE_BENCH_ALONE"

func TestSearchAlone(t *testing.T) {
	dir := os.Getenv(aloneVariable)
	if dir == "" {
		t.Skip("a part of TestCompareDrivers")
	}
	var questions [][]float32
	require.NoError(t, json.NewDecoder(os.Stdin).Decode(&questions))
	store, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, sqlite.FileName), Model: embed.NewLocal().Model()})
	require.NoError(t, err)
	search := engine.New(engine.Config{Feed: store.Feed(), Model: embed.NewLocal().Model()})
	for _, q := range questions {
		_, err := search.Vectors().Search(t.Context(), q, domain.Scope{}, benchTop)
		require.NoError(t, err)
	}
	fmt.Printf("peak %d\n", memoryOf(t, os.Getpid(), "VmHWM:"))
	require.NoError(t, store.Close())
}

func benchChroma(t *testing.T, vectors, questions [][]float32, exact [][]int) measured {
	m := measured{Driver: "chroma"}
	server := chromaserver.Start(t)
	defer server.Kill()
	s, err := adapter.Open(adapter.Config{URL: server.URL, Timeout: 5 * time.Minute})
	require.NoError(t, err)
	model := embed.NewLocal().Model()
	require.NoError(t, s.Make(t.Context(), "bench", model))
	measure(t, &m, s.Index("bench", model), vectors, questions, exact)
	m.Disk = size(t, server.Dir)
	m.Memory = memoryOf(t, server.PID(), "VmRSS:")
	return m
}

// memoryOf returns what Linux tells of a process.
func memoryOf(t *testing.T, pid int, field string) int64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0 // not on this system
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			var kb int64
			_, err := fmt.Sscanf(rest, "%d kB", &kb)
			require.NoError(t, err)
			return kb << 10
		}
	}
	return 0
}

func size(t *testing.T, dir string) (total int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		total += info.Size()
		return err
	}))
	return total
}
