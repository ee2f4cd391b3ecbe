package ingest_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/ports/porttest"
)

// TestMain lets the test binary stand in for a process that refreshes, to be
// killed.
func TestMain(m *testing.M) {
	dir := os.Getenv("INGEST_TEST_DIR")
	if dir == "" {
		os.Exit(m.Run())
	}
	w := &world{dir: dir, root: os.Getenv("INGEST_TEST_ROOT")}
	if err := w.start(context.Background(), false); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("begin")
	if _, err := w.service.Refresh(context.Background(), projectName, nil); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// TestKilledRefreshes kills a refresh 50 times, at a random moment each: the store
// opens, is sound, holds whole documents only, and the next refresh completes it.
func TestKilledRefreshes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if runtime.GOOS == "windows" {
		t.Skip("processes are killed otherwise")
	}
	const kills, files = 50, 40
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t)
	require.NoError(t, w.store.Close())
	versions := map[string]string{} // by hash: every content that any file ever had
	span, cut := 100*time.Millisecond, 0
	for range kills {
		mutate(t, random, w.root, files)
		remember(t, w.root, versions)
		if w.killedRefresh(t, time.Duration(random.Int64N(int64(span)))) {
			cut++
			span = span * 5 / 4
		} else {
			span = max(time.Millisecond, span*2/3) // it ended first: kill sooner
		}
		require.NoError(t, w.start(t.Context(), false))
		w.requireWhole(t, versions)
		require.NoError(t, w.store.Close())
	}
	t.Logf("%d of %d refreshes were under way when they were killed", cut, kills)
	assert.Greater(t, cut, kills/5, "the kills came too late to prove anything")

	require.NoError(t, w.start(t.Context(), false))
	_, err := w.service.Refresh(t.Context(), projectName, nil)
	require.NoError(t, err)
	w.requireWhole(t, versions)
	stored, err := w.store.Documents().Files(t.Context(), projectName, "docs")
	require.NoError(t, err)
	present := remember(t, w.root, versions)
	assert.Equal(t, slices.Sorted(maps.Keys(present)), slices.Sorted(maps.Keys(stored)))
	for path, hash := range present {
		assert.Equal(t, hash, stored[path].Hash, path)
	}
}

// killedRefresh runs a refresh in another process and kills it after a while. It
// tells whether the refresh was still under way.
func (w *world) killedRefresh(t *testing.T, after time.Duration) bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "INGEST_TEST_DIR="+w.dir, "INGEST_TEST_ROOT="+w.root)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "begin\n", line)
	time.Sleep(after) // the moment is to be random: there is nothing to wait for
	_ = cmd.Process.Kill()
	err = cmd.Wait()
	if err == nil {
		return false
	}
	require.Equal(t, -1, cmd.ProcessState.ExitCode(), "it failed by itself")
	return true
}

// requireWhole checks that what is stored of each document is what the content with
// its hash is cut into, and nothing else is stored.
func (w *world) requireWhole(t *testing.T, versions map[string]string) {
	t.Helper()
	faults, err := w.store.Inspect(t.Context()) // with integrity_check
	require.NoError(t, err)
	require.Empty(t, faults)
	stored, err := w.store.Documents().Files(t.Context(), projectName, "docs")
	require.NoError(t, err)
	parser, total := parse.New(), 0
	for path, state := range stored {
		content, known := versions[state.Hash]
		require.True(t, known, "%s was never like this", path)
		_, blocks := parser.Parse(path, []byte(content))
		chunks := ingest.Chunks(domain.DocumentKey{Project: projectName, Root: "docs", Path: path}, []byte(content), blocks, ingest.Chunking{})
		ids := make([]string, len(chunks))
		for i, c := range chunks {
			ids[i] = c.ID
		}
		passages, err := w.store.Passages().Passages(t.Context(), ids)
		require.NoError(t, err)
		require.Len(t, passages, len(chunks), "half of %s", path)
		for _, c := range chunks {
			p := passages[c.ID]
			require.Equal(t, []any{c.Content, c.Seq, c.StartLine}, []any{p.Content, p.Seq, p.StartLine}, path)
		}
		total += len(chunks)
	}
	counts, err := w.store.Documents().Counts(t.Context())
	require.NoError(t, err)
	require.Equal(t, domain.StoreCounts{Documents: len(stored), Chunks: total}, counts[projectName])
	require.Len(t, porttest.VectorIDs(t, w.store.Listed()), total, "each chunk has its vector")
}

// mutate writes, rewrites and removes files.
func mutate(t *testing.T, random *rand.Rand, root string, files int) {
	t.Helper()
	for i := range files {
		path := filepath.Join(root, fmt.Sprintf("note-%02d.md", i))
		switch random.IntN(5) {
		case 0:
			require.NoError(t, os.RemoveAll(path))
		case 1: // stays as it is
		default:
			require.NoError(t, os.WriteFile(path, []byte(note(random, i)), 0o600))
		}
	}
}

// remember adds the content of every file by its hash, and returns the hashes.
func remember(t *testing.T, root string, versions map[string]string) map[string]string {
	t.Helper()
	hashes := map[string]string{}
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(root, e.Name()))
		require.NoError(t, err)
		hash := fmt.Sprintf("%x", sha256.Sum256(content))
		versions[hash], hashes[e.Name()] = string(content), hash
	}
	return hashes
}
