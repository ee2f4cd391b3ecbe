package ingest_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// TestRefreshOfAThousandFiles holds the promise of the README: under 5 s for the
// first refresh of 1,000 Markdown files, under 0.5 s when nothing changed.
func TestRefreshOfAThousandFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t)
	const files = 1000
	bytes := generate(t, w.root, files)

	timed := func() (domain.RootResult, time.Duration) {
		began := time.Now()
		result, err := w.service.Refresh(t.Context(), projectName, nil)
		took := time.Since(began)
		require.NoError(t, err)
		require.Equal(t, domain.RefreshIngested, result.Status)
		return result.Roots[0], took
	}
	first, took := timed()
	assert.Equal(t, files, first.Added)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	t.Logf("first: %v for %d files, %d bytes, %d chunks; %d MB from the system", took.Round(time.Millisecond), files, bytes, first.Chunks, memory.Sys>>20)
	assertUnder(t, took, 5*time.Second)

	second, took := timed()
	t.Logf("unchanged: %v", took.Round(time.Millisecond))
	assert.Equal(t, files, second.Unchanged)
	assert.Zero(t, second.Chunks)
	assertUnder(t, took, 500*time.Millisecond)

	require.NoError(t, os.WriteFile(filepath.Join(w.root, "area-00", "note-0000.md"), []byte("# Changed\n"), 0o600))
	require.NoError(t, os.Remove(filepath.Join(w.root, "area-01", "note-0001.md")))
	third, took := timed()
	t.Logf("one changed, one removed: %v", took.Round(time.Millisecond))
	assert.Equal(t, []int{1, 1, files - 2}, []int{third.Updated, third.Removed, third.Unchanged})
	assertUnder(t, took, 500*time.Millisecond)
}

// assertUnder holds the limit where the machine does nothing else
// (ATOCORE_TEST_SPEED), and otherwise five times as much: the figure is in the log.
func assertUnder(t *testing.T, took, limit time.Duration) {
	t.Helper()
	if os.Getenv("ATOCORE_TEST_SPEED") == "" {
		limit *= 5
	}
	assert.Less(t, took, limit)
}
