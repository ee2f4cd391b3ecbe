package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ledger"
	"github.com/atocore/atocore/ports/portfake"
)

type world struct {
	disk    *portfake.Disk
	backups *portfake.BackupStore
	entries *portfake.Ledger
	clock   *portfake.Clock
	s       *ledger.Service
}

func newWorld() *world {
	disk := portfake.NewDisk()
	disk.PutFolder("/backups")
	w := &world{disk: disk, backups: portfake.NewBackupStore(disk, "/backups"), entries: &portfake.Ledger{}, clock: &portfake.Clock{}}
	w.s = ledger.New(ledger.Config{Ledger: w.entries, Backups: w.backups, Clock: w.clock, AppVersion: "1.2.3"})
	return w
}

// backUp makes a backup without an entry.
func (w *world) backUp(t *testing.T) domain.Stamp {
	t.Helper()
	dir, err := w.backups.Begin(t.Context())
	require.NoError(t, err)
	m, err := w.backups.Commit(t.Context(), dir, domain.Manifest{Format: domain.BackupFormat, CreatedAt: w.clock.Now()})
	require.NoError(t, err)
	return m.Stamp
}

func (w *world) record(t *testing.T, kind domain.LedgerKind, stamp domain.Stamp) {
	t.Helper()
	require.NoError(t, w.s.Record(t.Context(), domain.LedgerEntry{Kind: kind, Outcome: domain.LedgerPassed, Stamp: stamp}))
}

func (w *world) faults(t *testing.T) []string {
	t.Helper()
	r, err := w.s.Verify(t.Context())
	require.NoError(t, err)
	var out []string
	for _, f := range r.Faults {
		out = append(out, f.String())
	}
	if len(out) == 0 {
		require.NoError(t, ledger.Faulty(r))
	} else {
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(ledger.Faulty(r)))
	}
	return out
}

func TestAccounts(t *testing.T) {
	cases := map[string]struct {
		run  func(t *testing.T, w *world)
		want []string
	}{
		"nothing yet":   {func(*testing.T, *world) {}, nil},
		"no ledger yet": {func(t *testing.T, w *world) { w.backUp(t) }, nil},
		"those from before": {func(t *testing.T, w *world) {
			w.backUp(t)
			w.record(t, domain.LedgerBackup, w.backUp(t))
		}, nil},
		"a proof of one from before": {func(t *testing.T, w *world) { w.record(t, domain.LedgerProof, w.backUp(t)) }, nil},
		"no entry": {func(t *testing.T, w *world) {
			w.record(t, domain.LedgerBackup, w.backUp(t))
			w.backUp(t)
		}, []string{"backup 20260101T000000Z-2: it is there, and no entry says who made it"}},
		"gone": {func(t *testing.T, w *world) {
			stamp := w.backUp(t)
			w.record(t, domain.LedgerBackup, stamp)
			require.NoError(t, w.disk.RemoveAll("/backups/"+string(stamp)))
		}, []string{"line 2: backup 20260101T000000Z: it is gone, and no deletion was recorded"}},
		"deleted": {func(t *testing.T, w *world) {
			stamp := w.backUp(t)
			w.record(t, domain.LedgerBackup, stamp)
			require.NoError(t, w.disk.RemoveAll("/backups/"+string(stamp)))
			w.record(t, domain.LedgerDeletion, stamp)
		}, nil},
		"deleted, and there": {func(t *testing.T, w *world) {
			stamp := w.backUp(t)
			w.record(t, domain.LedgerBackup, stamp)
			w.record(t, domain.LedgerDeletion, stamp)
		}, []string{"line 3: backup 20260101T000000Z: it is there, though its deletion was recorded"}},
		"deleted, and pulled again": {func(t *testing.T, w *world) {
			stamp := w.backUp(t)
			w.record(t, domain.LedgerBackup, stamp)
			w.record(t, domain.LedgerDeletion, stamp)
			w.record(t, domain.LedgerPulled, stamp)
		}, nil},
		"a proof": {func(t *testing.T, w *world) {
			stamp := w.backUp(t)
			w.record(t, domain.LedgerBackup, stamp)
			w.clock.Advance(time.Hour)
			require.NoError(t, w.backups.PutProof(t.Context(), stamp, domain.Proof{At: w.clock.Now(), Passed: true}))
			w.record(t, domain.LedgerProof, stamp)
		}, nil},
		"a proof without entry": {func(t *testing.T, w *world) {
			stamp := w.backUp(t)
			w.record(t, domain.LedgerBackup, stamp)
			w.clock.Advance(time.Hour)
			require.NoError(t, w.backups.PutProof(t.Context(), stamp, domain.Proof{At: w.clock.Now(), Passed: true}))
		}, []string{"backup 20260101T000000Z: its proof of 2026-01-01T01:00:00Z has no entry"}},
		"an edit": {func(t *testing.T, w *world) {
			w.record(t, domain.LedgerBackup, w.backUp(t))
			w.entries.Tamper(func(e []domain.LedgerEntry) []domain.LedgerEntry {
				e[1].Took = time.Hour
				return e
			})
		}, []string{"line 2: it does not follow the line before"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			c.run(t, w)
			assert.Equal(t, c.want, w.faults(t))
		})
	}
}

func TestRecord(t *testing.T) {
	w := newWorld()
	_, ok, err := w.s.Last(t.Context(), domain.LedgerDrill, "")
	require.NoError(t, err)
	assert.False(t, ok)
	w.record(t, domain.LedgerDrill, "")
	require.NoError(t, w.s.Record(t.Context(), domain.LedgerEntry{Kind: domain.LedgerDrill, Outcome: domain.LedgerFailed}))
	passed, ok, err := w.s.Last(t.Context(), domain.LedgerDrill, domain.LedgerPassed)
	require.NoError(t, err)
	require.True(t, ok)
	assert.EqualValues(t, 2, passed.Seq)
	assert.Equal(t, "1.2.3", passed.AppVersion)
	assert.Equal(t, w.clock.Now(), passed.At)
	last, _, err := w.s.Last(t.Context(), domain.LedgerDrill, "")
	require.NoError(t, err)
	assert.EqualValues(t, 3, last.Seq)
	r, err := w.s.Entries(t.Context())
	require.NoError(t, err)
	assert.Len(t, r.Entries, 3)
}

func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	fail := func(string) error { return broken }
	w := newWorld()
	w.backups.Fail = fail
	require.ErrorIs(t, w.s.Record(t.Context(), domain.LedgerEntry{Kind: domain.LedgerDrill}), broken)
	_, err := w.s.Verify(t.Context())
	require.ErrorIs(t, err, broken)
	w = newWorld()
	w.entries.Fail = fail
	require.ErrorIs(t, w.s.Record(t.Context(), domain.LedgerEntry{Kind: domain.LedgerDrill}), broken)
	_, err = w.s.Verify(t.Context())
	require.ErrorIs(t, err, broken)
	_, _, err = w.s.Last(t.Context(), domain.LedgerDrill, "")
	require.ErrorIs(t, err, broken)
}
