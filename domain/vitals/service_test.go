package vitals_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/vitals"
	"github.com/atocore/atocore/ports/portfake"
)

const day = 24 * time.Hour

// ward is an installation as the disk shows it.
type ward struct {
	clock   portfake.Clock
	mu      sync.Mutex // of list
	list    []domain.BackupSummary
	err     error
	looked  int
	proof   func(domain.Stamp) (domain.Proof, error)
	ledger  func() (domain.LedgerReading, error)
	remote  string
	keep    time.Duration
	promise domain.Objectives
}

func (w *ward) service() *vitals.Service {
	c := vitals.Config{
		Clock: &w.clock, Objectives: w.promise, Keep: w.keep,
		Backups: func(context.Context) ([]domain.BackupSummary, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.looked++
			return w.list, w.err
		},
	}
	if w.proof != nil {
		c.Proof = func(_ context.Context, s domain.Stamp) (domain.Proof, error) { return w.proof(s) }
	}
	if w.ledger != nil {
		c.Ledger = func(context.Context) (domain.LedgerReading, error) { return w.ledger() }
	}
	c.Remote = w.remote
	return vitals.New(c)
}

func (w *ward) backup(age time.Duration, kind domain.BackupKind, s domain.Standing, since time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.clock.Now().Add(-age)
	w.list = append(w.list, domain.BackupSummary{
		Stamp: domain.NewStamp(at, 1), Kind: kind, CreatedAt: at, Bytes: 10, Standing: s, Since: w.clock.Now().Add(-since),
	})
}

func TestVitals(t *testing.T) {
	var w ward
	w.backup(-2*time.Hour, domain.BackupManual, domain.StandingProven, -time.Hour) // the clock was put back
	w.backup(0, domain.BackupPreRestore, domain.StandingWritten, 0)
	w.backup(time.Minute, domain.BackupManual, domain.StandingBroken, time.Minute)
	w.backup(3*time.Hour, domain.BackupScheduled, domain.StandingValidated, 2*time.Hour)
	w.backup(day, domain.BackupScheduled, domain.StandingProven, 20*time.Hour)
	w.backup(2*day, domain.BackupScheduled, domain.StandingProven, 40*time.Hour)
	w.proof = func(s domain.Stamp) (domain.Proof, error) {
		return domain.Proof{Stamp: s, RestoreTook: 3 * time.Second}, nil
	}
	now := w.clock.Now()
	entry := func(kind domain.LedgerKind, outcome domain.LedgerOutcome, age time.Duration, stamp domain.Stamp) domain.LedgerEntry {
		return domain.LedgerEntry{At: now.Add(-age), Kind: kind, Outcome: outcome, Stamp: stamp, Details: map[string]string{"problem": "5 of 6 detected"}}
	}
	made := func(age time.Duration) domain.Stamp { return domain.NewStamp(now.Add(-age), 1) }
	w.remote = "bucket"
	w.ledger = func() (domain.LedgerReading, error) {
		return domain.LedgerReading{Faults: []domain.LedgerFault{{Line: 3, Problem: "edited"}}, Entries: []domain.LedgerEntry{
			entry(domain.LedgerDrill, domain.LedgerFailed, 9*day, ""),
			entry(domain.LedgerDrill, domain.LedgerPassed, day, ""),
			entry(domain.LedgerDrill, domain.LedgerFailed, time.Hour, ""),
			entry(domain.LedgerDrill, domain.LedgerPassed, -time.Hour, ""), // a time to come is no proof of anything
			entry(domain.LedgerRemoteCopy, domain.LedgerPassed, time.Hour, made(3*day)),
			entry(domain.LedgerRemoteCopy, domain.LedgerPassed, time.Hour, made(2*day)),
			entry(domain.LedgerRemoteGone, domain.LedgerPassed, time.Minute, made(2*day)),
			entry(domain.LedgerRemoteCopy, domain.LedgerFailed, time.Minute, made(day)),
			entry(domain.LedgerRemoteCopy, domain.LedgerPassed, time.Minute, "odd"),
			entry(domain.LedgerRemoteCopy, domain.LedgerPassed, time.Minute, made(-day)),
		}}, nil
	}
	v, err := w.service().Vitals(t.Context())
	require.NoError(t, err)
	assert.Equal(t, now.Add(-3*time.Hour), v.LastBackup.CreatedAt, "neither broken, nor a safety backup, nor from the future")
	assert.Equal(t, []domain.Stamp{w.list[0].Stamp}, v.Ahead)
	assert.Equal(t, now.Add(-20*time.Hour), v.LastProof)
	assert.Equal(t, w.list[4].Stamp, v.ProvenStamp)
	assert.Equal(t, 3*time.Second, v.RestoreTime)
	assert.Equal(t, map[domain.Standing]int{"proven": 3, "written": 1, "broken": 1, "validated": 1}, v.Standings)
	assert.EqualValues(t, 60, v.Bytes)
	assert.Equal(t, now.Add(-day), v.LastDrill)
	assert.Equal(t, "5 of 6 detected", v.DrillFailed)
	assert.Equal(t, now.Add(-3*day), v.LastPush, "what survives the machine, not when it was sent")
	assert.Len(t, v.LedgerFaults, 1)
	assert.Equal(t, "bucket", v.Remote)
	assert.Empty(t, v.Unknown)
}

// What cannot be asked hides nothing else.
func TestUnknown(t *testing.T) {
	w := ward{err: errors.New("unreadable")}
	w.ledger = func() (domain.LedgerReading, error) { return domain.LedgerReading{}, errors.New("no ledger") }
	w.remote = "bucket"
	v, err := w.service().Vitals(t.Context())
	require.NoError(t, err)
	assert.Len(t, v.Unknown, 2)
	assert.Equal(t, "bucket", v.Remote)

	w2 := ward{proof: func(domain.Stamp) (domain.Proof, error) { return domain.Proof{}, domain.NotFound("gone") }}
	w2.backup(day, domain.BackupManual, domain.StandingProven, 0)
	v, err = w2.service().Vitals(t.Context())
	require.NoError(t, err)
	assert.Empty(t, v.Unknown, "the list still says that it was proven")
	assert.Zero(t, v.RestoreTime)
	w2.proof = func(domain.Stamp) (domain.Proof, error) { return domain.Proof{}, errors.New("unreadable") }
	v, err = w2.service().Vitals(t.Context())
	require.NoError(t, err)
	assert.Contains(t, v.Unknown, "proof")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = w2.service().Judge(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestKeeps(t *testing.T) {
	w := ward{keep: 10 * time.Second}
	s := w.service()
	look := func() {
		_, err := s.Vitals(t.Context())
		require.NoError(t, err)
	}
	look()
	look()
	assert.Equal(t, 1, w.looked)
	w.clock.Advance(10 * time.Second)
	look()
	assert.Equal(t, 2, w.looked)
	w.clock.Advance(-time.Hour)
	look()
	assert.Equal(t, 3, w.looked, "a clock that was put back")
	s.Forget()
	look()
	assert.Equal(t, 4, w.looked)
}

func TestChanges(t *testing.T) {
	w := ward{promise: domain.Objectives{RecoveryPoint: day}}
	s := w.service()
	lights := func() (out []domain.Light) {
		changed, err := s.Changes(t.Context())
		require.NoError(t, err)
		for _, d := range changed {
			out = append(out, d.Light)
		}
		return out
	}
	assert.Equal(t, []domain.Light{domain.Red}, lights(), "it starts into a missed one")
	assert.Empty(t, lights(), "and says so once")
	w.backup(0, domain.BackupManual, domain.StandingWritten, 0)
	assert.Equal(t, []domain.Light{domain.Green}, lights())
	w.clock.Advance(day + time.Second)
	assert.Equal(t, []domain.Light{domain.Yellow}, lights())
	w.clock.Advance(day)
	assert.Equal(t, []domain.Light{domain.Red}, lights())
	w.err = errors.New("unreadable")
	assert.Empty(t, lights(), "still red")

	fresh := ward{promise: domain.Objectives{RecoveryPoint: day}}
	fresh.backup(0, domain.BackupManual, domain.StandingWritten, 0)
	s = fresh.service()
	assert.Empty(t, lights(), "nothing to tell when all is well")
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := ward{promise: domain.Objectives{RecoveryPoint: day}}
		ctx, cancel := context.WithCancel(t.Context())
		told := make(chan domain.Verdict, 9)
		ended := make(chan struct{})
		go func() {
			w.service().Watch(ctx, time.Minute, func(v domain.Verdict) { told <- v })
			close(ended)
		}()
		synctest.Wait()
		assert.Equal(t, domain.Red, (<-told).Light)
		w.backup(0, domain.BackupManual, domain.StandingWritten, 0)
		time.Sleep(time.Minute) // the test's own time
		synctest.Wait()
		assert.Equal(t, domain.Green, (<-told).Light)
		cancel()
		<-ended
	})
}
