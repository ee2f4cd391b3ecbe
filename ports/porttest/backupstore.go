package porttest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// BackupStoreFixture is a backup store under test and the disk that it is on.
type BackupStoreFixture struct {
	Store ports.BackupStore
	Disk  ports.Disk
}

// TestBackupStore checks the contract of ports.BackupStore. open is called once a
// case and returns an empty store.
func TestBackupStore(t *testing.T, open func(t *testing.T) BackupStoreFixture) {
	cases := []struct {
		name string
		run  func(t *testing.T, f BackupStoreFixture)
	}{
		{"empty", storeEmpty},
		{"commit", storeCommit},
		{"same second", storeSameSecond},
		{"at the same time", storeConcurrent},
		{"newest first", storeOrder},
		{"discard", storeDiscard},
		{"only what was begun", storeForeign},
		{"bad stamp", storeBadStamp},
		{"not found", storeNotFound},
		{"record", storeRecord},
		{"gives up", storeGivesUp},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

var storeMoment = time.Date(2026, 4, 9, 6, 0, 0, 123_456_000, time.UTC)

// manifest describes one component of one file.
func storeManifest(at time.Time) domain.Manifest {
	content := []byte("content")
	digest := sumOf([]byte("rows"))
	return domain.Manifest{
		Format: domain.BackupFormat, Kind: domain.BackupManual, CreatedAt: at,
		AppVersion: "1.2.3", SchemaVersion: 3, Embedding: domain.EmbeddingModel{Name: "test", Dimension: 3},
		Components: []domain.ComponentEntry{
			{
				Name: "sqlite", Dir: "db", Included: true,
				Files: []domain.FileEntry{{Path: "db/atocore.db", Mode: 0o600, Size: int64(len(content)), SHA256: sumOf(content)}},
				Facts: domain.ComponentFacts{
					Schema: 3, Embedding: &domain.EmbeddingModel{Name: "test", Dimension: 3},
					Tables:  []domain.TableDigest{{Name: "memory", Rows: 7, Digest: digest}},
					Vectors: &domain.SetDigest{Count: 7, Digest: digest},
				},
			},
			{Name: "chroma", Dir: "chroma", Derived: true, Reason: "not asked for"},
		},
	}
}

// build begins a backup and fills it as storeManifest says.
func (f BackupStoreFixture) build(t *testing.T) string {
	t.Helper()
	dir, err := f.Store.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.Disk.Mkdir(filepath.Join(dir, "db")))
	require.NoError(t, f.Disk.WriteFile(filepath.Join(dir, "db", "atocore.db"), []byte("content"), 0o600))
	return dir
}

func (f BackupStoreFixture) commit(t *testing.T, at time.Time) domain.Stamp {
	t.Helper()
	m, err := f.Store.Commit(t.Context(), f.build(t), storeManifest(at))
	require.NoError(t, err)
	return m.Stamp
}

func (f BackupStoreFixture) stamps(t *testing.T) []domain.Stamp {
	t.Helper()
	list, err := f.Store.List(t.Context())
	require.NoError(t, err)
	var out []domain.Stamp
	for _, b := range list {
		out = append(out, b.Stamp)
	}
	return out
}

func storeEmpty(t *testing.T, f BackupStoreFixture) {
	assert.Empty(t, f.stamps(t))
}

func storeCommit(t *testing.T, f BackupStoreFixture) {
	dir := f.build(t)
	assert.True(t, filepath.IsAbs(dir))
	assert.Empty(t, f.stamps(t), "what is being built is not listed")
	m, err := f.Store.Commit(t.Context(), dir, storeManifest(storeMoment))
	require.NoError(t, err)
	assert.Equal(t, domain.Stamp("20260409T060000Z"), m.Stamp)
	want := storeManifest(storeMoment)
	want.Stamp = m.Stamp
	assert.Equal(t, want, m)

	got, folder, err := f.Store.Open(t.Context(), m.Stamp)
	require.NoError(t, err)
	assert.Equal(t, m, got)
	content, err := f.Disk.ReadFile(filepath.Join(folder, "db", "atocore.db"))
	require.NoError(t, err)
	assert.Equal(t, "content", string(content))

	list, err := f.Store.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []domain.BackupSummary{{
		Stamp: m.Stamp, Kind: domain.BackupManual, CreatedAt: storeMoment, Bytes: 7,
		Included: []string{"sqlite"}, Standing: domain.StandingWritten, Since: storeMoment,
	}}, list)
	_, err = f.Store.Commit(t.Context(), dir, storeManifest(storeMoment))
	require.Error(t, err, "a backup is committed once")
}

func storeSameSecond(t *testing.T, f BackupStoreFixture) {
	for _, want := range []domain.Stamp{"20260409T060000Z", "20260409T060000Z-2", "20260409T060000Z-3"} {
		assert.Equal(t, want, f.commit(t, storeMoment))
	}
}

func storeConcurrent(t *testing.T, f BackupStoreFixture) {
	const n = 8
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[domain.Stamp]bool{}
	for range n {
		dir := f.build(t)
		wg.Go(func() {
			m, err := f.Store.Commit(t.Context(), dir, storeManifest(storeMoment))
			assert.NoError(t, err)
			mu.Lock()
			defer mu.Unlock()
			got[m.Stamp] = true
		})
	}
	wg.Wait()
	assert.Len(t, got, n)
	for _, s := range f.stamps(t) {
		m, _, err := f.Store.Open(t.Context(), s)
		require.NoError(t, err)
		assert.Equal(t, s, m.Stamp)
	}
}

func storeOrder(t *testing.T, f BackupStoreFixture) {
	for range 11 {
		f.commit(t, storeMoment)
	}
	f.commit(t, storeMoment.Add(-time.Hour))
	f.commit(t, storeMoment.Add(time.Hour))
	stamps := f.stamps(t)
	require.Len(t, stamps, 13)
	assert.Equal(t, []domain.Stamp{"20260409T070000Z", "20260409T060000Z-11", "20260409T060000Z-10", "20260409T060000Z-9"}, stamps[:4])
	assert.Equal(t, []domain.Stamp{"20260409T060000Z-2", "20260409T060000Z", "20260409T050000Z"}, stamps[10:])
}

func storeDiscard(t *testing.T, f BackupStoreFixture) {
	dir := f.build(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, f.Store.Discard(ctx, dir), "also when the work was broken off")
	_, err := f.Disk.Stat(dir)
	require.Error(t, err)
	assert.Empty(t, f.stamps(t))
	_, err = f.Store.Commit(t.Context(), dir, storeManifest(storeMoment))
	require.Error(t, err)
}

func storeForeign(t *testing.T, f BackupStoreFixture) {
	stamp := f.commit(t, storeMoment)
	_, dir, err := f.Store.Open(t.Context(), stamp)
	require.NoError(t, err)
	require.Error(t, f.Store.Discard(t.Context(), dir), "a backup is not thrown away as unfinished")
	assert.Equal(t, []domain.Stamp{stamp}, f.stamps(t))
}

func storeBadStamp(t *testing.T, f BackupStoreFixture) {
	f.commit(t, storeMoment)
	for _, s := range []domain.Stamp{"", "latest", "..", "../20260409T060000Z", "20260409T060000Z/..", "20260409T060000Z-1"} {
		_, _, err := f.Store.Open(t.Context(), s)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "%q: %v", s, err)
		err = f.Store.Record(t.Context(), s, domain.StandingValidated, storeMoment)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "%q: %v", s, err)
	}
}

func storeNotFound(t *testing.T, f BackupStoreFixture) {
	_, _, err := f.Store.Open(t.Context(), "20260409T060000Z")
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	f.commit(t, storeMoment)
	_, _, err = f.Store.Open(t.Context(), "20260409T060001Z")
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, domain.KindNotFound, e.Kind)
	assert.Equal(t, []string{"20260409T060000Z"}, e.Nearest)
	err = f.Store.Record(t.Context(), "20260409T060001Z", domain.StandingValidated, storeMoment)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
}

func storeRecord(t *testing.T, f BackupStoreFixture) {
	stamp := f.commit(t, storeMoment)
	other := f.commit(t, storeMoment)
	standing := func(s domain.Stamp) (domain.Standing, time.Time) {
		list, err := f.Store.List(t.Context())
		require.NoError(t, err)
		for _, b := range list {
			if b.Stamp == s {
				return b.Standing, b.Since
			}
		}
		return "", time.Time{}
	}
	for i, s := range []domain.Standing{domain.StandingValidated, domain.StandingProven, domain.StandingWritten, domain.StandingValidated} {
		at := storeMoment.Add(time.Duration(i+1) * time.Minute)
		require.NoError(t, f.Store.Record(t.Context(), stamp, s, at))
		if s == domain.StandingWritten {
			at = storeMoment
		}
		got, since := standing(stamp)
		assert.Equal(t, s, got)
		assert.Equal(t, at, since)
		_, _, err := f.Store.Open(t.Context(), stamp)
		require.NoError(t, err, "a note changes nothing else")
	}
	later := storeMoment.Add(time.Hour)
	require.NoError(t, f.Store.Record(t.Context(), stamp, domain.StandingValidated, later))
	got, since := standing(stamp)
	assert.Equal(t, domain.StandingValidated, got)
	assert.Equal(t, later, since)
	got, _ = standing(other)
	assert.Equal(t, domain.StandingWritten, got, "another backup has its own standing")
}

func storeGivesUp(t *testing.T, f BackupStoreFixture) {
	dir := f.build(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Store.Begin(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = f.Store.Commit(ctx, dir, storeManifest(storeMoment))
	require.ErrorIs(t, err, context.Canceled)
	_, err = f.Store.List(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = f.Store.Open(ctx, "20260409T060000Z")
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, f.Store.Discard(t.Context(), dir))
	assert.Empty(t, f.stamps(t))
}
