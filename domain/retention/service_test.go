package retention_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/retention"
	"github.com/atocore/atocore/ports/portfake"
)

type world struct {
	disk   *portfake.Disk
	store  *portfake.BackupStore
	clock  *portfake.Clock
	parked *domain.Parked
	failed string
	policy domain.RetentionPolicy
}

func newWorld() *world {
	disk := portfake.NewDisk()
	disk.PutFolder("/backups")
	return &world{disk: disk, store: portfake.NewBackupStore(disk, "/backups"), clock: &portfake.Clock{}, policy: domain.RetentionPolicy{KeepLast: 2}}
}

func (w *world) service() *retention.Service {
	return retention.New(retention.Config{
		Store: w.store, Keeper: w.store, Clock: w.clock, Policy: w.policy,
		Parked:  func(context.Context) (*domain.Parked, error) { return w.parked, nil },
		Failure: func(context.Context) (string, error) { return w.failed, nil },
	})
}

// make makes a backup an hour after the last.
func (w *world) make(t *testing.T, kind domain.BackupKind) domain.Stamp {
	t.Helper()
	w.clock.Advance(time.Hour)
	dir, err := w.store.Begin(t.Context())
	require.NoError(t, err)
	m, err := w.store.Commit(t.Context(), dir, domain.Manifest{
		Format: 1, Kind: kind, CreatedAt: w.clock.Now(),
		Components: []domain.ComponentEntry{{Name: "sqlite", Included: true, Files: []domain.FileEntry{{Size: 10}}}},
	})
	require.NoError(t, err)
	return m.Stamp
}

func (w *world) stamps(t *testing.T) (out []domain.Stamp) {
	t.Helper()
	list, err := w.store.List(t.Context())
	require.NoError(t, err)
	for _, b := range list {
		out = append(out, b.Stamp)
	}
	return out
}

func TestPrune(t *testing.T) {
	w := newWorld()
	a, b, c, d := w.make(t, domain.BackupScheduled), w.make(t, domain.BackupScheduled), w.make(t, domain.BackupManual), w.make(t, domain.BackupScheduled)
	r, err := w.service().Prune(t.Context(), true)
	require.NoError(t, err)
	assert.True(t, r.DryRun)
	assert.Equal(t, []domain.Stamp{a, b}, r.Removed, "the oldest first")
	assert.Equal(t, int64(20), r.Freed)
	assert.Len(t, w.stamps(t), 4, "a dry run removes nothing")

	_, err = w.service().Pin(t.Context(), string(b), true)
	require.NoError(t, err)
	r, err = w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Equal(t, []domain.Stamp{a}, r.Removed)
	assert.Equal(t, []domain.Stamp{d, c, b}, w.stamps(t))
	_, err = w.service().Pin(t.Context(), string(b), false)
	require.NoError(t, err)
	r, err = w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Equal(t, []domain.Stamp{b}, r.Removed)
	r, err = w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Empty(t, r.Removed, "nothing is left to remove")
}

func TestPruneKeepsTheWayBack(t *testing.T) {
	w := newWorld()
	safety := w.make(t, domain.BackupPreRestore)
	since := w.clock.Now()
	for range 3 {
		w.make(t, domain.BackupScheduled)
	}
	w.parked = &domain.Parked{Since: since}
	r, err := w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Len(t, r.Removed, 1)
	assert.Contains(t, w.stamps(t), safety)
	w.clock.Advance(100 * 24 * time.Hour)
	_, err = w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Contains(t, w.stamps(t), safety, "as long as it is offered")
	w.parked = nil
	r, err = w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Equal(t, []domain.Stamp{safety}, r.Removed)
}

func TestPruneAfterAFailure(t *testing.T) {
	w := newWorld()
	for range 4 {
		w.make(t, domain.BackupScheduled)
	}
	w.failed = "the last backup failed: disk full"
	r, err := w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Empty(t, r.Removed)
	assert.Equal(t, w.failed, r.Halted)
	assert.Contains(t, r.Decisions[3].Reasons[0], "disk full")
}

func TestPruneWhileInUse(t *testing.T) {
	w := newWorld()
	for range 4 {
		w.make(t, domain.BackupScheduled)
	}
	release, err := w.store.Use(t.Context())
	require.NoError(t, err)
	_, err = w.service().Prune(t.Context(), false)
	require.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
	assert.Len(t, w.stamps(t), 4)
	require.NoError(t, release())
	_, err = w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Len(t, w.stamps(t), 2)
}

// Whatever call fails, nothing is removed that should be kept, and the next run
// ends the work.
func TestPruneFailsAtEveryCall(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld()
		var all []domain.Stamp
		for range 5 {
			all = append(all, w.make(t, domain.BackupScheduled))
		}
		faults := &portfake.Faults{}
		w.disk.Fail, w.store.Fail = faults.Hit, faults.Hit
		faults.FailAt(n, assert.AnError)
		_, _ = w.service().Prune(t.Context(), false)
		struck := faults.Struck()
		w.disk.Fail, w.store.Fail = nil, nil
		assert.Subset(t, w.stamps(t), all[3:])
		_, err := w.service().Prune(t.Context(), false)
		require.NoError(t, err)
		assert.ElementsMatch(t, all[3:], w.stamps(t))
		if !struck {
			assert.Greater(t, n, 5)
			return
		}
	}
}

func TestPinNames(t *testing.T) {
	w := newWorld()
	stamp := w.make(t, domain.BackupScheduled)
	got, err := w.service().Pin(t.Context(), "latest", true)
	require.NoError(t, err)
	assert.Equal(t, stamp, got)
	_, err = w.service().Pin(t.Context(), "yesterday", true)
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
	_, err = w.service().Pin(t.Context(), "20200101T000000Z", true)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
}
