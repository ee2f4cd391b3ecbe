// Package retrieval compares the search of the product with others, in one run on
// generated corpora: task bench:retrieval.
package retrieval

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// benchVariable, when it is 1, runs the comparison. sizesVariable narrows it to
	// some numbers of chunks; outVariable is a file of results that is added to.
	benchVariable = "ATOCORE_BENCH_RETRIEVAL"
	sizesVariable = "ATOCORE_BENCH_SIZES"
	// plotsVariable is a folder for pictures of them all.
	outVariable   = "ATOCORE_BENCH_OUT"
	plotsVariable = "ATOCORE_BENCH_PLOTS"
	// oneVariable makes the test the process in which one thing is measured.
	oneVariable = "ATOCORE_BENCH_ONE"
)

// measured is what was measured of one thing at one size. Times are in ms, memory
// is that of its own process in bytes.
type measured struct {
	Name       string  `json:"name"`
	Chunks     int     `json:"chunks"`
	Ingest     float64 `json:"ingest_per_s"`
	P50        float64 `json:"p50_ms"`
	P95        float64 `json:"p95_ms"`
	Throughput float64 `json:"four_clients_per_s,omitempty"`
	Memory     int64   `json:"memory_bytes,omitempty"`
	Recall     float64 `json:"recall_at_10,omitempty"`
	// Of the product alone.
	TextP50    float64 `json:"text_alone_p50_ms,omitempty"`
	TextP95    float64 `json:"text_alone_p95_ms,omitempty"`
	UnknownP50 float64 `json:"unknown_word_p50_ms,omitempty"`
	UnknownP95 float64 `json:"unknown_word_p95_ms,omitempty"`
	FromImage  float64 `json:"start_from_image_ms,omitempty"`
	FromStore  float64 `json:"start_from_store_ms,omitempty"`
	Empty      int64   `json:"empty_bytes,omitempty"`
	Text       int64   `json:"text_bytes,omitempty"`
}

func (m *measured) ingested(n int, took time.Duration) { m.Ingest = float64(n) / took.Seconds() }

// rounds returns how often to ask what may be slow.
func (m *measured) rounds(n int) int {
	if m.Chunks <= 10_000 {
		return 4 * n
	}
	return n
}

func (m *measured) asked(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	l, err := timed(n, n/10, f)
	require.NoError(t, err)
	m.P50, m.P95 = ms(l.P50), ms(l.P95)
}

// subjects are what is compared, in the order of the table.
var subjects = []struct {
	name    string
	measure func(*testing.T, corpus, *measured)
	library bool // it lives in the process of the test
}{
	{"atocore (HTTP)", measureProduct, false},
	{"Chroma server (HTTP, bare vectors)", measureChroma, false},
	{"SQLite FTS5 (library)", measureFTS5, true},
	{"bleve (library)", measureBleve, true},
	{"chromem-go (library)", measureChromem, true},
}

func TestCompare(t *testing.T) {
	if os.Getenv(benchVariable) != "1" {
		t.Skip("a measurement, not a test: set " + benchVariable + "=1")
	}
	_, err := buildBinary()
	require.NoError(t, err)
	sizes := "1000,10000,50000"
	if s := os.Getenv(sizesVariable); s != "" {
		sizes = s
	}
	out := os.Getenv(outVariable)
	if out == "" {
		out = filepath.Join(t.TempDir(), "results.jsonl")
	}
	for _, size := range strings.FieldsFunc(sizes, func(r rune) bool { return r == ',' }) {
		for i := range subjects {
			one := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestOne$", "-test.timeout", "20m")
			binary, _ := buildBinary()
			one.Env = append(os.Environ(), oneVariable+"="+strconv.Itoa(i), sizesVariable+"="+size, outVariable+"="+out, binaryVariable+"="+binary)
			text, err := one.CombinedOutput()
			if err != nil {
				t.Errorf("%s, %s chunks: %v\n%s", subjects[i].name, size, err, text)
			}
		}
	}
	all := read(t, out)
	if folder := os.Getenv(plotsVariable); folder != "" {
		require.NoError(t, draw(folder, all))
	}
	t.Logf("%s/%s, %s\n%s", runtime.GOOS, runtime.GOARCH, runtime.Version(), table(all))
}

// TestOne measures one thing in a process of its own, so that its memory is its own.
func TestOne(t *testing.T) {
	which := os.Getenv(oneVariable)
	if which == "" {
		t.Skip("TestCompare starts it")
	}
	i, err := strconv.Atoi(which)
	require.NoError(t, err)
	n, err := strconv.Atoi(os.Getenv(sizesVariable))
	require.NoError(t, err)
	m := measured{Name: subjects[i].name, Chunks: n}
	c := generate(n)
	for _, text := range c.chunks {
		m.Text += int64(len(text))
	}
	before := residentOf(os.Getpid())
	subjects[i].measure(t, c, &m)
	if subjects[i].library {
		m.Memory = residentOf(os.Getpid()) - before
	}
	f, err := os.OpenFile(os.Getenv(outVariable), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // written in one piece
	line, err := json.Marshal(m)
	require.NoError(t, err)
	_, err = f.Write(append(line, '\n'))
	require.NoError(t, err)
}

func read(t *testing.T, path string) (all []measured) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var m measured
		require.NoError(t, json.Unmarshal(lines.Bytes(), &m))
		all = append(all, m)
	}
	return all
}

// table renders what was measured as Markdown.
func table(all []measured) string {
	var b strings.Builder
	fmt.Fprintln(&b, "| chunks | | p50 ms | p95 ms | four clients, a second | chunks in, a second | memory MB | recall@10 |")
	fmt.Fprintln(&b, "|---|---|---|---|---|---|---|---|")
	shown := func(format string, v float64) string {
		if v == 0 {
			return ""
		}
		return fmt.Sprintf(format, v)
	}
	for _, m := range all {
		fmt.Fprintf(&b, "| %d | %s | %.2f | %.2f | %s | %.0f | %s | %s |\n", m.Chunks, m.Name, m.P50, m.P95,
			shown("%.0f", m.Throughput), m.Ingest, shown("%.0f", float64(m.Memory)/1e6), shown("%.2f", m.Recall))
	}
	for _, m := range all {
		if m.FromImage == 0 {
			continue
		}
		fmt.Fprintf(&b, "\natocore, %d chunks: full text alone (mode text) p50 %.2f ms, p95 %.2f ms; with an unknown word p50 %.2f ms, p95 %.2f ms; first answer %.0f ms after start from the image, %.0f ms without it; "+
			"%.0f bytes of memory a chunk beyond the empty service's %.0f MB and the text\n", m.Chunks, m.TextP50, m.TextP95, m.UnknownP50, m.UnknownP95, m.FromImage, m.FromStore,
			float64(m.Memory-m.Empty-m.Text)/float64(m.Chunks), float64(m.Empty)/1e6)
	}
	return b.String()
}
