package bench_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
)

// commitPace is the time from one commit to the next: 200 a second.
const commitPace = 5 * time.Millisecond

// A steady writer beside captures of a large database: how long does it wait?
func TestWriterBesideBackups(t *testing.T) {
	if os.Getenv("ATOCORE_BENCH") == "" {
		t.Skip("set ATOCORE_BENCH=1 to measure; it takes a minute or two")
	}
	data := dataDir(t)
	scratch, err := os.MkdirTemp(filepath.Dir(data), "scratch-") //nolint:usetesting // on the disk of the data
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(scratch)) })
	path := filepath.Join(scratch, sqlite.FileName)
	_, _, err = osdisk.Disk{}.CopyFile(t.Context(), filepath.Join(data, sqlite.FileName), path, 0o600, nil)
	require.NoError(t, err)
	store, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Model: embed.NewLocal().Model()})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })

	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	quiet, err := commits(ctx, store)
	stop()
	require.NoError(t, err)

	ctx, stop = context.WithCancel(t.Context())
	type outcome struct {
		took []time.Duration
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		took, err := commits(ctx, store)
		done <- outcome{took, err}
	}()
	var captures []time.Duration
	for range rounds {
		dir := filepath.Join(scratch, "capture")
		require.NoError(t, os.Mkdir(dir, 0o700))
		began := time.Now()
		_, err := sqlite.NewComponent(sqlite.ComponentConfig{Path: path}).Capture(t.Context(), dir, nil)
		require.NoError(t, err)
		captures = append(captures, time.Since(began))
		require.NoError(t, os.RemoveAll(dir))
	}
	stop()
	busy := <-done
	require.NoError(t, busy.err)
	for name, took := range map[string][]time.Duration{"alone": quiet, "beside captures": busy.took} {
		slices.Sort(took)
		t.Logf("commits %s: %d, median %v, p99 %v, longest %v", name, len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	}
	slices.Sort(captures)
	t.Logf("captures beside the writer: median %v", captures[len(captures)/2])
}

// commits writes at a steady pace until ctx ends, and returns how long each took.
func commits(ctx context.Context, s *sqlite.Store) ([]time.Duration, error) {
	var took []time.Duration
	tick := time.NewTicker(commitPace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return took, nil
		case <-tick.C:
		}
		began := time.Now()
		_, err := s.Memories().Update(context.WithoutCancel(ctx), "memory-000000", func(m *domain.Memory) ([]float32, error) {
			m.Revision++
			return nil, nil
		})
		if err != nil {
			return took, err
		}
		took = append(took, time.Since(began))
	}
}
