package sabotage_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
)

const (
	liveBackups   = 20 / slowness
	commitsWanted = 200 // a second
	longestStall  = 50 * time.Millisecond
	attempts      = 3
)

// writer commits at a steady pace. Each commit raises a counter in one table (the
// memory's revision) and its mirror in another (the memory's history).
type writer struct {
	latencies []time.Duration
	err       error
}

const counter = "memory-0"

func (w *writer) run(ctx context.Context, s *sqlite.Store) {
	tick := time.NewTicker(time.Second / commitsWanted)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		began := time.Now()
		_, err := s.Memories().Update(context.WithoutCancel(ctx), counter, func(m *domain.Memory) ([]float32, error) {
			m.Revision++
			m.Content = fmt.Sprintf("revision %d", m.Revision)
			return []float32{1, 0, 0}, nil
		})
		if err != nil {
			w.err = err
			return
		}
		w.latencies = append(w.latencies, time.Since(began))
	}
}

// While a writer goes on, every backup shows one moment of it, and it hardly
// notices. What a busy machine does to a writer now and then is not the backup's
// doing: a stall that is would show at every attempt.
func TestBackupsBesideAWriter(t *testing.T) {
	for attempt := 1; ; attempt++ {
		quiet, busy := backUpBesideAWriter(t)
		if busy <= longestStall+quiet || slowness > 1 {
			return
		}
		if attempt == attempts {
			require.LessOrEqual(t, busy, longestStall+quiet, "the writer was kept waiting")
		}
	}
}

// backUpBesideAWriter returns the longest commit without backups and beside them.
func backUpBesideAWriter(t *testing.T) (quiet, busy time.Duration) {
	t.Helper()
	at := install(t)
	store, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(at.data, sqlite.FileName), Model: model})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()

	alone := &writer{}
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	alone.run(ctx, store)
	stop()
	require.NoError(t, alone.err)

	w := &writer{}
	ctx, stop = context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.run(ctx, store)
	}()
	began := time.Now()
	var stamps []domain.Stamp
	for range liveBackups {
		m, err := at.service.Create(t.Context(), backup.Options{})
		require.NoError(t, err)
		stamps = append(stamps, m.Stamp)
	}
	took := time.Since(began)
	stop()
	<-done
	require.NoError(t, w.err)

	last := int64(0)
	for _, stamp := range stamps {
		v, err := at.service.Validate(t.Context(), string(stamp), nil)
		require.NoError(t, err)
		require.Empty(t, v.Faults)
		revision, mirror := counters(t, filepath.Join(at.backups, string(stamp)))
		assert.Equal(t, revision, mirror, "%s shows one moment", stamp)
		assert.GreaterOrEqual(t, revision, last, "%s is newer than the one before", stamp)
		last = revision
	}
	quiet, busy = slices.Max(alone.latencies), slices.Max(w.latencies)
	t.Logf("%d backups in %v beside %.0f commits a second; longest commit %v (%v without backups)",
		liveBackups, took.Round(time.Millisecond), float64(len(w.latencies))/took.Seconds(), busy, quiet)
	return quiet, busy
}

// counters reads the counter and its mirror from a copy of a captured database.
func counters(t *testing.T, dir string) (revision, mirror int64) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "db", sqlite.FileName))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Model: model})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	m, err := s.Memories().Get(t.Context(), counter)
	require.NoError(t, err)
	history, err := s.Memories().History(t.Context(), counter)
	require.NoError(t, err)
	require.NotEmpty(t, history)
	return m.Revision, int64(len(history))
}
