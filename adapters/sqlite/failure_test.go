package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/atocore/atocore/domain"
)

func someMemory(id, content string) domain.Memory {
	at := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	return domain.Memory{
		ID: id, Type: domain.MemoryKnowledge, Content: content, Status: domain.MemoryActive, CreatedAt: at, UpdatedAt: at,
		Revision: 1,
	}
}

func requireKind(t *testing.T, kind domain.Kind, says string, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, kind, domain.KindOf(err), err)
	require.ErrorContains(t, err, says)
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.Hint)
}

func TestAFullDiskStoresNothingAndSaysSo(t *testing.T) {
	s := newStore(t, domain.EmbeddingModel{})
	require.NoError(t, s.Memories().Create(t.Context(), someMemory("m1", "walnut"), nil))
	// As if the disk had no room for another page.
	_, err := s.write.db.Exec(`PRAGMA max_page_count = 1`)
	require.NoError(t, err)
	err = s.Memories().Create(t.Context(), someMemory("m2", strings.Repeat("chestnut ", 7000)), nil)
	requireKind(t, domain.KindUnavailable, "the disk is full", err)
	_, err = s.write.db.Exec(`PRAGMA max_page_count = 1000000`)
	require.NoError(t, err)

	_, err = s.Memories().History(t.Context(), "m2")
	requireKind(t, domain.KindNotFound, "m2", err)
	var passages int
	require.NoError(t, s.read.db.Get(&passages, `SELECT count(*) FROM passage`))
	assert.Equal(t, 1, passages)
	require.NoError(t, s.Memories().Create(t.Context(), someMemory("m2", "chestnut"), nil), "goes on when there is room")
}

func TestALockThatStaysIsUnavailable(t *testing.T) {
	s := newStore(t, domain.EmbeddingModel{})
	other, err := connect(t.Context(), dsn(s.path, writer), 1)
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	lock, err := other.Beginx()
	require.NoError(t, err)

	t.Run("until the caller gives up", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := s.Memories().Create(ctx, someMemory("m1", "x"), nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Less(t, time.Since(start), busyTimeout/2, "does not wait for the lock")
	})
	t.Run("until the timeout", func(t *testing.T) {
		_, err := s.write.db.Exec(`PRAGMA busy_timeout = 10`)
		require.NoError(t, err)
		err = s.Memories().Create(t.Context(), someMemory("m1", "x"), nil)
		requireKind(t, domain.KindUnavailable, "locked", err)
	})
	t.Run("readers do not mind", func(t *testing.T) {
		_, err := s.Memories().List(t.Context(), domain.MemoryFilter{})
		require.NoError(t, err)
	})
	require.NoError(t, lock.Rollback())
	require.NoError(t, s.Memories().Create(t.Context(), someMemory("m1", "x"), nil))
}

func TestNothingIsWrittenThroughReaders(t *testing.T) {
	s := newStore(t, domain.EmbeddingModel{})
	_, err := s.read.db.Exec(`DELETE FROM memory`)
	requireKind(t, domain.KindUnavailable, "cannot be written", s.explain(t.Context(), "test", err))
}

func TestExplainPassesOnWhatIsNotSQLites(t *testing.T) {
	ctx := t.Context()
	require.NoError(t, explain(ctx, "x", "op", nil))
	plain := errors.New("boom")
	require.ErrorIs(t, explain(ctx, "x", "op", plain), plain)
	require.ErrorContains(t, explain(ctx, "x", "op", plain), "op: boom")
	known := domain.Conflict("known")
	require.Same(t, known, explain(ctx, "x", "op", known))
	var driver *sqlite.Error
	_, err := newStore(t, domain.EmbeddingModel{}).read.db.Exec(`SELECT nonsense`)
	require.ErrorAs(t, explain(ctx, "x", "op", err), &driver)
}

// A WAL that grew is cut down again by the next checkpoint after a restart of it.
func TestTheWALStaysBounded(t *testing.T) {
	s := newStore(t, domain.EmbeddingModel{})
	text := strings.Repeat("a long text that no one will ever read again. ", 1300)
	for i := range 200 {
		m := someMemory(strings.Repeat("x", i+1), text)
		require.NoError(t, s.Memories().Create(t.Context(), m, nil))
	}
	info, err := os.Stat(s.path + "-wal")
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(walSizeLimit))
}

func TestLeftoversOfAKilledStartAreSwept(t *testing.T) {
	dir := t.TempDir()
	left, young := filepath.Join(dir, "."+FileName+".new-1"), filepath.Join(dir, "."+FileName+".new-2")
	for _, d := range []string{left, young} {
		require.NoError(t, os.Mkdir(d, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(d, FileName), []byte("half"), 0o600))
	}
	require.NoError(t, os.Chtimes(left, time.Now(), time.Now().Add(-2*leftoverAge)))
	s, err := Open(t.Context(), Config{Path: filepath.Join(dir, FileName), Create: true})
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	assert.NoDirExists(t, left)
	assert.DirExists(t, young, "another process may be at it")
}

// TestAuditOfAFullDisk: an entry that finds no room is an error, and what was begun
// stays begun.
func TestAuditOfAFullDisk(t *testing.T) {
	s := newStore(t, domain.EmbeddingModel{})
	trail := s.Audit()
	long := strings.Repeat("x", 64<<10)
	first, err := trail.Begin(t.Context(), domain.AuditEntry{Action: "create-key"})
	require.NoError(t, err)
	_, err = s.write.db.Exec(`PRAGMA max_page_count = 1`)
	require.NoError(t, err)
	_, err = trail.Begin(t.Context(), domain.AuditEntry{Action: "create-key", Target: long})
	requireKind(t, domain.KindUnavailable, "the disk is full", err)
	requireKind(t, domain.KindUnavailable, "the disk is full", trail.End(t.Context(), first, domain.AuditDone, long))
	list, err := trail.List(t.Context(), domain.AuditFilter{})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, domain.AuditBegun, list[0].Outcome)
}

func TestWhoEndsATransactionIsToldThatItEnded(t *testing.T) {
	s := newStore(t, domain.EmbeddingModel{})
	ctx, cancel := context.WithCancel(t.Context())
	err := s.update(ctx, "try", func(tx *tx) error {
		for { // until the transaction is rolled back behind our back
			if _, err := tx.exec(`DELETE FROM memory`); err != nil {
				return err
			}
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
}
