package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
)

const (
	askedMemories  = 10_000
	askedRetired   = 500 // of them are superseded
	askedWaiting   = 300 // of them are candidates
	askedDocuments = 1000
	askedChunks    = 20 // a document
)

// writer makes texts of a vocabulary in which few words are frequent and many rare.
type writer struct {
	dice  *rand.Rand
	words []string
}

func newWriter(seed int64) *writer {
	w := &writer{dice: rand.New(rand.NewSource(seed)), words: make([]string, 6000)}
	made := rand.New(rand.NewSource(7))
	parts := strings.Fields("ba co di fu ge ha jo ki lu me no pa ro su ta ve wi ston ter lin mar ver den")
	for i := range w.words {
		for range 2 + made.Intn(3) {
			w.words[i] += parts[made.Intn(len(parts))]
		}
	}
	return w
}

func (w *writer) sentence(words int) string {
	var out []string
	for i := range words {
		if i%3 == 1 {
			out = append(out, []string{"the", "of", "is", "with", "for", "and"}[w.dice.Intn(6)])
		}
		f := w.dice.Float64()
		out = append(out, w.words[int(float64(len(w.words))*f*f)])
	}
	return strings.ToUpper(out[0][:1]) + out[0][1:] + " " + strings.Join(out[1:], " ") + "."
}

// askedDir returns a data directory with 10,000 memories and 20,000 chunks.
func askedDir(t *testing.T) string {
	t.Helper()
	home := os.Getenv("ATOCORE_BENCH_DIR")
	if home == "" {
		home = t.TempDir()
	}
	dir := filepath.Join(home, "asked")
	if _, err := os.Stat(filepath.Join(dir, "made")); err == nil {
		return dir
	}
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	local := embed.NewLocal()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, sqlite.FileName), Create: true, Model: local.Model()})
	require.NoError(t, err)
	vector := func(text string) []float32 {
		v, err := local.Embed(t.Context(), []string{text})
		require.NoError(t, err)
		return v[0]
	}
	w := newWriter(1)
	at := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	said := make([]string, askedMemories)
	for i := range askedMemories {
		said[i] = w.sentence(8 + w.dice.Intn(8))
		m := domain.Memory{
			ID: fmt.Sprintf("memory-%06d", i), Type: domain.MemoryKnowledge, Content: said[i], Project: "alpha", Confidence: 0.7,
			Status: domain.MemoryActive, CreatedAt: at.Add(time.Duration(i) * time.Second), Revision: 1,
		}
		m.UpdatedAt = m.CreatedAt
		if i >= askedMemories-askedWaiting {
			m.Status = domain.MemoryCandidate
		}
		require.NoError(t, s.Memories().Create(t.Context(), m, vector(m.Content)))
	}
	for i := range askedRetired {
		_, err := s.Memories().Update(t.Context(), fmt.Sprintf("memory-%06d", i*20), func(m *domain.Memory) ([]float32, error) {
			m.Status, m.SupersededBy = domain.MemorySuperseded, fmt.Sprintf("memory-%06d", i*20+1)
			return nil, nil
		})
		require.NoError(t, err)
	}
	for d := range askedDocuments {
		key := domain.DocumentKey{Project: "alpha", Root: "docs", Path: fmt.Sprintf("folder-%d/document-%d.md", d%20, d)}
		var chunks []domain.Chunk
		for c := range askedChunks {
			lines := []string{"## " + w.sentence(4), ""}
			for range 9 {
				lines = append(lines, w.sentence(12))
			}
			lines[5] = said[w.dice.Intn(len(said))] // some of it was remembered, and some of that holds no more
			content := strings.Join(lines, "\n")
			chunks = append(chunks, domain.Chunk{
				ID: domain.ChunkID(key, content, 0), Seq: c, Heading: w.sentence(4), StartLine: c*11 + 1, EndLine: c*11 + 11,
				Content: content, Vector: vector(content),
			})
		}
		d := domain.Document{DocumentKey: key, FileState: domain.FileState{Size: 1, ModTime: at, Hash: "00"}, Title: "Document", IngestedAt: at}
		require.NoError(t, s.Documents().Replace(t.Context(), d.With(chunks)))
	}
	for i := range 12 {
		f := domain.Fact{Project: "alpha", Key: fmt.Sprint("key-", i), Value: w.sentence(8), By: "Ada", At: at}
		require.NoError(t, s.Facts().Put(t.Context(), f, func(*domain.Fact) error { return nil }))
	}
	require.NoError(t, s.Close())
	registry := registryjson.New(registryjson.Config{Path: filepath.Join(dir, registryjson.FileName)})
	require.NoError(t, registry.Update(t.Context(), func([]domain.Project) ([]domain.Project, error) {
		return []domain.Project{{Name: "alpha", IngestRoots: []domain.IngestRoot{{Path: "/srv/alpha", Label: "docs"}}}}, nil
	}))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "made"), nil, 0o600))
	return dir
}

// serving starts the service and returns its address.
func serving(t *testing.T, dir string) string {
	t.Helper()
	binary := os.Getenv("ATOCORE_BENCH_BINARY") // one that is built already
	if binary == "" {
		binary = filepath.Join(t.TempDir(), "atocore")
		out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/atocore").CombinedOutput()
		require.NoError(t, err, string(out))
	}
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--data-dir", dir, "--listen", "127.0.0.1:0", "--backup-dir", t.TempDir())
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	said, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	address := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if found := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(lines.Text()); found != "" {
				select {
				case address <- "http://" + found:
				default:
				}
			}
		}
	}()
	select {
	case url := <-address:
		return url
	case <-time.After(30 * time.Second):
		require.Fail(t, "the service did not come up")
		return ""
	}
}

// asker is one client.
type asker struct {
	url   string
	write *writer
	took  map[string][]time.Duration
}

func (a *asker) call(t *testing.T, path string, body map[string]any) {
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	began := time.Now()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+path, bytes.NewReader(raw))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Less(t, res.StatusCode, 300, string(answer))
	a.took[path] = append(a.took[path], time.Since(began))
}

// step makes one call, as agents do: questions and packs more often than memories.
func (a *asker) step(t *testing.T, which int) {
	switch which % 4 {
	case 0, 2:
		a.call(t, "/query", map[string]any{"prompt": a.write.sentence(6), "project": "alpha"})
	case 1:
		a.call(t, "/context", map[string]any{"prompt": a.write.sentence(10), "project": "alpha"})
	case 3:
		a.call(t, "/memory", map[string]any{"memory_type": "knowledge", "content": a.write.sentence(12), "project": "alpha"})
	}
}

// Context packs, questions and memories at 10,000 memories and 20,000 chunks: alone,
// beside four clients that pause for as long as an agent takes for the shortest step,
// and beside four that never pause.
func TestContextSpeed(t *testing.T) {
	if os.Getenv("ATOCORE_BENCH") == "" {
		t.Skip("ATOCORE_BENCH is not set")
	}
	url := serving(t, askedDir(t))
	warm := &asker{url: url, write: newWriter(99), took: map[string][]time.Duration{}}
	for i := range 12 {
		warm.step(t, i)
	}
	for _, beside := range []struct {
		name    string
		clients int
		pause   time.Duration
	}{{"alone", 0, 0}, {"4 clients, 100 ms apart", 4, 100 * time.Millisecond}, {"4 clients without a pause", 4, 0}} {
		a := &asker{url: url, write: newWriter(2), took: map[string][]time.Duration{}}
		stop := make(chan struct{})
		var others sync.WaitGroup
		for c := range beside.clients {
			others.Go(func() {
				other := &asker{url: url, write: newWriter(int64(10 + c)), took: map[string][]time.Duration{}}
				for i := c; ; i++ {
					select {
					case <-stop:
						return
					case <-time.After(beside.pause):
						other.step(t, i)
					}
				}
			})
		}
		for i := range 240 {
			a.step(t, i)
		}
		close(stop)
		others.Wait()
		for _, path := range []string{"/context", "/memory", "/query"} {
			all := a.took[path]
			slices.Sort(all)
			t.Logf("%-26s %-9s median %6.1f ms, 95th %6.1f ms", beside.name, path, inMillis(all[len(all)/2]), inMillis(all[len(all)*95/100]))
		}
	}
}

func inMillis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
