package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWriteSpeed measures the writing side of the binary: the first refresh of a
// folder, the size of the database, and the latency of POST /memory beside as many
// chunks. ATOCORE_BENCH_BINARY names another binary to measure, such as an earlier
// one; ATOCORE_BENCH_CHUNKS the sizes, 1000,10000,50000 unless set;
// ATOCORE_BENCH_MEMORIES how many memories are there before the posts are timed.
func TestWriteSpeed(t *testing.T) {
	if os.Getenv("ATOCORE_BENCH") == "" {
		t.Skip("set ATOCORE_BENCH=1 to measure; it takes some minutes")
	}
	binary := os.Getenv("ATOCORE_BENCH_BINARY")
	if binary == "" {
		binary = filepath.Join(t.TempDir(), "atocore")
		out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/atocore").CombinedOutput()
		require.NoError(t, err, string(out))
	}
	sizes := "1000,10000,50000"
	if s := os.Getenv("ATOCORE_BENCH_CHUNKS"); s != "" {
		sizes = s
	}
	memories, _ := strconv.Atoi(os.Getenv("ATOCORE_BENCH_MEMORIES"))
	lines := []string{"| chunks | chunks/s in | CPU µs a chunk | unchanged ms | bytes a chunk | POST /memory p50 ms | p95 ms |", "|---|---|---|---|---|---|---|"}
	for s := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(s)
		require.NoError(t, err)
		lines = append(lines, measureWrites(t, binary, n, memories))
	}
	t.Logf("%d memories before\n%s", memories, strings.Join(lines, "\n"))
}

func measureWrites(t *testing.T, binary string, chunks, memories int) string {
	dir := t.TempDir()
	folder, data := filepath.Join(dir, "notes"), filepath.Join(dir, "data")
	writeNotes(t, folder, chunks)
	atocore := func(args ...string) (string, time.Duration, time.Duration) {
		cmd := exec.CommandContext(t.Context(), binary, append(args, "--json", "--data-dir", data)...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		began := time.Now()
		require.NoError(t, cmd.Run(), "%s", &errs)
		return out.String(), time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	atocore("project", "add", "notes", folder)
	out, took, cpu := atocore("project", "refresh", "notes")
	var result struct {
		Chunks int `json:"chunks"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &result))
	require.Positive(t, result.Chunks)
	_, unchanged, _ := atocore("project", "refresh", "notes")
	info, err := os.Stat(filepath.Join(data, "atocore.db"))
	require.NoError(t, err)

	url, end := serve(t, binary, data)
	dice := rand.New(rand.NewSource(9))
	for range memories {
		post(t, url, dice)
	}
	var latencies []time.Duration
	for range 400 {
		latencies = append(latencies, post(t, url, dice))
	}
	latencies = latencies[100:] // the first find everything cold
	end()
	slices.Sort(latencies)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("| %d | %.0f | %.0f | %.0f | %d | %.2f | %.2f |", result.Chunks, float64(result.Chunks)/took.Seconds(),
		float64(cpu.Microseconds())/float64(result.Chunks), ms(unchanged), info.Size()/int64(result.Chunks),
		ms(latencies[len(latencies)/2]), ms(latencies[len(latencies)*95/100]))
}

// writeNotes makes Markdown files that are cut into about so many chunks of about
// 1,100 characters, ten a file.
func writeNotes(t *testing.T, folder string, chunks int) {
	t.Helper()
	dice := rand.New(rand.NewSource(5))
	for f := range chunks / 10 {
		var b strings.Builder
		fmt.Fprintf(&b, "# Note %d\n\n", f)
		for s := range 10 {
			fmt.Fprintf(&b, "## Part %d: %s\n\n", s, sentence(dice, 4))
			for range 3 {
				fmt.Fprintf(&b, "%s.\n\n", sentence(dice, 58))
			}
		}
		path := filepath.Join(folder, fmt.Sprintf("area-%d", f%50), fmt.Sprintf("note-%d.md", f))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	}
}

// sentence is n words of some 8,000, the first ones far more often.
func sentence(dice *rand.Rand, n int) string {
	const syllables = "balomirusetanikodapefuzigo"
	words := make([]string, n)
	for i := range words {
		var b strings.Builder
		for k := int(8000*dice.Float64()*dice.Float64()*dice.Float64()) + 30; k > 0; k /= 13 {
			at := k % 13 * 2
			b.WriteString(syllables[at : at+2])
		}
		words[i] = b.String()
	}
	return strings.Join(words, " ")
}

// post stores a new memory and returns how long that took.
func post(t *testing.T, url string, dice *rand.Rand) time.Duration {
	t.Helper()
	body, err := json.Marshal(map[string]string{"memory_type": "knowledge", "content": sentence(dice, 15)})
	require.NoError(t, err)
	began := time.Now()
	answer, err := http.Post(url+"/memory", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	took := time.Since(began)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusCreated, answer.StatusCode)
	return took
}

// serve starts the service on a free port.
func serve(t *testing.T, binary, data string) (url string, end func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--log-level", "error")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	_, url, _ = strings.Cut(strings.TrimSpace(line), " on ")
	return url, func() {
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		assert.NoError(t, cmd.Wait())
	}
}
