// Package unattended runs a month of unattended work on a clock that a test moves,
// with the real use cases and the real folders of backups and runs on a disk in
// memory, while everything that can go wrong does.
package unattended

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/runlog"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/offsite"
	"github.com/atocore/atocore/domain/prove"
	"github.com/atocore/atocore/domain/retention"
	"github.com/atocore/atocore/domain/schedule"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

const (
	step  = 10 * time.Minute // between two looks at the schedule
	grace = time.Hour
	days  = 30
)

var policy = domain.RetentionPolicy{KeepLast: 3, KeepDaily: 5, KeepWeekly: 2, KeepMonthly: 1, KeepWithin: 24 * time.Hour, MinKeep: 2}

// nightly is every day at three.
func nightly(after time.Time) time.Time {
	t := time.Date(after.Year(), after.Month(), after.Day(), 3, 0, 0, 0, time.UTC)
	if !t.After(after) {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// month is a machine, what outlives it, and what an observer saw.
type month struct {
	t      *testing.T
	dice   *rand.Rand
	disk   *portfake.Disk
	clock  *portfake.Clock
	remote *portfake.Remote
	ids    *portfake.IDs
	ledger []domain.LedgerEntry
	alerts []domain.JobReport
	deaf   bool // neither ledger nor alerts can be reached

	service *schedule.Service
	backups *backup.Service
	proofs  *prove.Service
	store   *backupdir.Store
	struck  *portfake.Faults

	enabled time.Time
	done    []time.Time // when backups that ended well began
	owed    []time.Time // slots that were missed and must be in the ledger
	proven  bool        // a backup was proven once
	pinned  domain.Stamp
	days    int      // of which something was remembered
	lines   []string // that stand in the database
	count   map[string]int
	failing map[domain.Job]bool // whose newest attempt failed
}

// boot starts the program on what is on the disk.
func (m *month) boot() {
	m.struck = &portfake.Faults{}
	m.store = backupdir.New(backupdir.Config{Disk: m.disk, Dir: "/backups"})
	m.proofs = proofs(m.disk, m.clock, m.store, m.record)
	m.backups = backup.New(backup.Config{
		Probe: m.proofs.Capture, Proofs: m.store,
		Store: m.store, Disk: m.disk, Clock: m.clock, AppVersion: "1", Workers: 1,
		Components: []ports.Component{portfake.NewDatabase(m.disk, "/data"), portfake.NewRegistry(m.disk, "/data")},
	})
	log := runlog.New(runlog.Config{Disk: m.disk, Dir: "/data"})
	keep := retention.New(retention.Config{
		Store: m.store, Keeper: watched{m.store, m}, Clock: m.clock, Policy: policy, Record: m.record,
		Failure: func(ctx context.Context) (string, error) {
			runs, err := log.Runs(ctx)
			return domain.BackupFailure(runs, m.clock.Now()), err
		},
	})
	away := offsite.New(offsite.Config{
		Remote: m.remote, Archiver: portfake.NewArchiver(m.disk, "key"), Store: m.store, Disk: m.disk, Clock: m.clock, Record: m.record,
		Validate: func(context.Context, string, domain.Stamp, func(domain.CopyProgress)) ([]domain.Fault, error) {
			return nil, nil
		},
		Wait: func(context.Context, int) error { return nil },
	})
	task := func(job domain.Job, next func(time.Time) time.Time, after domain.Job, run func(context.Context) (schedule.Result, error)) schedule.Task {
		return schedule.Task{JobSchedule: domain.JobSchedule{Job: job, Next: next, After: after}, Run: run}
	}
	m.service = schedule.New(schedule.Config{
		Log: log, Gate: &portfake.Gate{}, Clock: m.clock, IDs: m.ids, Missed: m.record, Grace: grace,
		Tell: func(_ context.Context, r domain.JobReport) error {
			if m.deaf {
				return errors.New("nobody hears")
			}
			m.alerts = append(m.alerts, r)
			return nil
		},
		Tasks: []schedule.Task{
			task(domain.JobBackup, nightly, "", m.backUp),
			task(domain.JobProve, nil, domain.JobBackup, m.prove),
			task(domain.JobPush, nil, domain.JobBackup, func(ctx context.Context) (schedule.Result, error) {
				x, err := away.Push(ctx, offsite.Latest, nil)
				return schedule.Result{Stamp: x.Stamp}, err
			}),
			task(domain.JobPrune, nil, domain.JobBackup, func(ctx context.Context) (schedule.Result, error) {
				r, err := keep.Prune(ctx, false)
				m.count["removed"] += len(r.Removed)
				return schedule.Result{}, err
			}),
		},
	})
}

func (m *month) backUp(ctx context.Context) (schedule.Result, error) {
	began := m.clock.Now()
	made, err := m.backups.Create(ctx, backup.Options{Kind: domain.BackupScheduled})
	if err == nil {
		var v backup.Validation
		if v, err = m.backups.Validate(ctx, string(made.Stamp), nil); err == nil && !v.Sound() {
			err = domain.Corrupt("%v", v.Faults[0])
		}
	}
	m.failing[domain.JobBackup] = err != nil
	if err == nil {
		m.done = append(m.done, began)
		m.count["backups"]++
	}
	return schedule.Result{Stamp: made.Stamp}, err
}

// prove restores the newest backup into scratch and asks it.
func (m *month) prove(ctx context.Context) (schedule.Result, error) {
	p, err := m.proofs.Prove(ctx, prove.Latest, nil)
	if err == nil && !p.Passed {
		err = domain.Corrupt("%v", p.Differences[0])
	}
	if err == nil && p.Unkept != "" {
		err = domain.Unavailable("%s", p.Unkept)
	}
	m.failing[domain.JobProve] = err != nil
	if err == nil {
		m.proven = true
		m.count["proofs"]++
		m.count["questions"] += answers(p)
	}
	return schedule.Result{Stamp: p.Stamp}, err
}

// answers is how many probe queries a proof compared.
func answers(p domain.Proof) int {
	for _, c := range p.Compared {
		if strings.HasPrefix(c.What, "answers to probes") {
			return int(c.Count)
		}
	}
	return 0
}

func (m *month) record(_ context.Context, e domain.LedgerEntry) error {
	if m.deaf {
		return errors.New("the ledger cannot be written")
	}
	m.ledger = append(m.ledger, e)
	return nil
}

// watched holds every removal against the rules at the moment at which it is done.
type watched struct {
	*backupdir.Store
	m *month
}

func (w watched) Remove(ctx context.Context, stamp domain.Stamp) error {
	list, err := w.List(ctx)
	if err != nil {
		return err
	}
	if w.m.struck.Struck() {
		return portfake.ErrStopped // the process has ended: what it reads says nothing
	}
	newerSound, newerProven := 0, 0
	for _, b := range list {
		if b.Stamp == stamp {
			require.False(w.m.t, b.Pinned, "%s is pinned", stamp)
			require.False(w.m.t, b.CreatedAt.After(w.m.clock.Now()), "%s is from the future", stamp)
			require.NotEqual(w.m.t, domain.StandingBroken, b.Standing)
			break
		}
		if b.Standing != domain.StandingBroken {
			newerSound++
		}
		if b.Standing == domain.StandingProven {
			newerProven++
		}
	}
	require.GreaterOrEqual(w.m.t, newerSound, max(policy.MinKeep, policy.KeepLast), "%s is one of the newest", stamp)
	if w.m.proven {
		require.Positive(w.m.t, newerProven, "%s may be the last proven one", stamp)
	}
	require.False(w.m.t, w.m.failing[domain.JobBackup] || w.m.failing[domain.JobProve], "%s goes after a failure", stamp)
	return w.Store.Remove(ctx, stamp)
}

// look is one look at the schedule, and what an observer makes of it.
func (m *month) look() (alive bool) {
	now := m.clock.Now()
	// What was due and not done, by the observer's own reckoning.
	last := m.enabled
	for _, d := range m.done {
		if !d.After(now) && d.After(last) {
			last = d
		}
	}
	if !last.IsZero() && !last.After(now) {
		for slot := nightly(last); slot.Add(grace).Before(now); slot = nightly(slot) {
			m.owe(slot)
		}
	}
	_, err := m.service.Tick(m.t.Context())
	if m.struck.Struck() {
		return false
	}
	require.NoError(m.t, err)
	if m.enabled.IsZero() {
		m.enabled = now
	}
	return true
}

func (m *month) owe(slot time.Time) {
	for _, o := range m.owed {
		if o.Equal(slot) {
			return
		}
	}
	m.owed = append(m.owed, slot)
}

// safe checks that what is on the disk now, and what a power loss would leave,
// holds a proven backup that is sound.
func (m *month) safe(why string) {
	if !m.proven {
		return
	}
	for name, disk := range map[string]*portfake.Disk{"now": m.disk.Killed(), "after a power loss": m.disk.Crash(m.dice.Int63())} {
		disk.SetCapacity(0)
		store := backupdir.New(backupdir.Config{Disk: disk, Dir: "/backups"})
		list, err := store.List(m.t.Context())
		require.NoError(m.t, err)
		var proven domain.Stamp
		pinned := false
		for _, b := range list {
			if b.Standing == domain.StandingProven && proven == "" {
				proven = b.Stamp
			}
			pinned = pinned || b.Stamp == m.pinned && b.Pinned
		}
		require.NotEmpty(m.t, proven, "%s, %s: no proven backup among %d", why, name, len(list))
		require.True(m.t, m.pinned == "" || pinned, "%s, %s: the pinned backup is gone", why, name)
		service := backup.New(backup.Config{
			Store: store, Disk: disk, Clock: m.clock, Workers: 1,
			Components: []ports.Component{portfake.NewDatabase(disk, "/data"), portfake.NewRegistry(disk, "/data")},
		})
		v, err := service.Validate(m.t.Context(), string(proven), nil)
		require.NoError(m.t, err)
		require.Empty(m.t, v.Faults, "%s, %s: %s", why, name, proven)
		p, err := proofs(disk, m.clock, store, nil).Prove(m.t.Context(), string(proven), nil)
		require.NoError(m.t, err)
		require.True(m.t, p.Passed, "%s, %s: %s: %v", why, name, proven, p.Differences)
	}
}

// covered tells whether the ledger, and an alert, know of a missed slot.
func (m *month) covered(slot time.Time) bool {
	entry := false
	for _, e := range m.ledger {
		if e.Kind != domain.LedgerMissed || e.Details["job"] != string(domain.JobBackup) {
			continue
		}
		due, _ := time.Parse(time.RFC3339, e.Details["due"])
		until, _ := time.Parse(time.RFC3339, e.Details["until"])
		entry = entry || !slot.Before(due) && !slot.After(until)
	}
	alert := false
	for _, r := range m.alerts {
		alert = alert || r.Job == domain.JobBackup && !r.OK() && !r.Started.Before(slot)
	}
	return entry && alert
}

func simulate(t *testing.T, seed int64) map[string]int {
	m := &month{
		t: t, dice: rand.New(rand.NewSource(seed)), disk: portfake.NewDisk(), clock: &portfake.Clock{}, ids: &portfake.IDs{}, count: map[string]int{}, failing: map[domain.Job]bool{},
	}
	m.clock.Set(time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC))
	m.remote = &portfake.Remote{Clock: m.clock}
	m.disk.PutFolder("/backups")
	m.disk.PutFolder("/scratch")
	m.remember()
	m.disk.Put("/data/projects.json", portfake.ComponentFile("alpha"))
	m.boot()
	one := func(n int) bool { return m.dice.Intn(n) == 0 } // once in n looks
	var full, down, silent, adrift time.Duration           // how long it still lasts
	var drift time.Duration
	for passed := time.Duration(0); passed < days*24*time.Hour; passed += step {
		m.clock.Advance(step)
		if one(100) {
			m.remember()
		}
		night := m.clock.Now().Hour() == 2 || m.clock.Now().Hour() == 3 // when it matters
		full, down, silent, adrift = full-step, down-step, silent-step, adrift-step
		switch {
		case full <= 0 && one(500):
			full = time.Duration(1+m.dice.Intn(30)) * time.Hour
			m.count["disk full"]++
		case down <= 0 && one(400):
			down = time.Duration(1+m.dice.Intn(40)) * time.Hour
			m.count["remote down"]++
		case silent <= 0 && one(700):
			silent = time.Duration(1+m.dice.Intn(8)) * time.Hour
			m.count["ledger and alerts unreachable"]++
		case one(600):
			list, err := m.remote.List(t.Context())
			if err == nil && len(list) > 0 {
				m.remote.Change(list[m.dice.Intn(len(list))].Name, func(b []byte) []byte {
					if len(b) > 0 {
						b[m.dice.Intn(len(b))] ^= 1
					}
					return b
				})
				m.count["remote object corrupted"]++
			}
		case drift == 0 && one(450):
			drift = []time.Duration{-time.Hour, 24 * time.Hour}[m.dice.Intn(2)]
			adrift = time.Duration(m.dice.Intn(30)) * time.Hour
			m.clock.Advance(drift)
			m.count["clock "+drift.String()]++
		case one(400):
			m.clock.Advance(time.Duration(1+m.dice.Intn(60)) * time.Hour)
			m.count["machine off"]++
			m.boot()
		}
		if drift != 0 && adrift <= 0 {
			if one(2) { // it is put right again, or stays so
				m.clock.Advance(-drift)
			}
			drift = 0
		}
		m.disk.SetCapacity(0)
		if full > 0 {
			m.disk.SetCapacity(1)
		}
		m.remote.Fail = nil
		if down > 0 {
			m.remote.Fail = func(string) error { return domain.Unavailable("the remote is down") }
		}
		m.deaf = silent > 0
		if night && one(8) || one(300) {
			m.disk.Fail = m.struck.Hit
			if one(2) {
				m.struck.StopDuring(1 + m.dice.Intn(400))
			} else {
				m.struck.StopBefore(1 + m.dice.Intn(400))
			}
		}
		before := len(m.done) + m.count["proofs"] + m.count["removed"]
		alive := m.look()
		m.disk.Fail = nil
		if !alive {
			if one(2) {
				m.disk, m.count["power lost"] = m.disk.Crash(m.dice.Int63()), m.count["power lost"]+1
			} else {
				m.disk, m.count["killed"] = m.disk.Killed(), m.count["killed"]+1
			}
			m.safe("after a kill")
			m.boot()
			continue
		}
		m.struck = &portfake.Faults{}
		if before != len(m.done)+m.count["proofs"]+m.count["removed"] || one(100) {
			m.safe("at " + m.clock.Now().Format(time.RFC3339))
		}
		if m.pinned == "" && m.count["proofs"] == 2 && full <= 0 {
			list, err := m.store.List(t.Context())
			require.NoError(t, err)
			m.pinned = list[len(list)-1].Stamp
			require.NoError(t, m.store.Pin(t.Context(), m.pinned, true))
		}
	}
	// All is well again: within two days everything is told and there is a fresh,
	// proven backup.
	m.remote.Fail, m.deaf = nil, false
	m.disk.SetCapacity(0)
	for range int(48 * time.Hour / step) {
		m.clock.Advance(step)
		require.True(t, m.look())
	}
	m.safe("at the end")
	for _, slot := range m.owed {
		require.True(t, m.covered(slot), "the gap of %s is not in the ledger, or raised no alert", slot)
	}
	m.count["gaps"] = len(m.owed)
	list, err := m.store.List(t.Context())
	require.NoError(t, err)
	st, err := m.service.Status(t.Context(), 1)
	require.NoError(t, err)
	for _, j := range st.Jobs {
		require.Zero(t, j.Failures, "%s", j.Job)
		require.False(t, j.Missed, "%s", j.Job)
		require.WithinDuration(t, m.clock.Now(), j.LastDone, 25*time.Hour, "%s", j.Job)
	}
	fresh := 0
	for _, b := range list {
		if b.Standing == domain.StandingProven && !b.CreatedAt.After(m.clock.Now()) && m.clock.Now().Sub(b.CreatedAt) < 25*time.Hour {
			fresh++
		}
	}
	require.Positive(t, fresh)
	m.count["kept"] = len(list)
	return m.count
}

// A month in which the disk fills up, the process is killed, the power goes, the
// remote is down or rots, the clock jumps, and nobody can be told.
func TestMonthUnattended(t *testing.T) {
	months := 3
	if text := os.Getenv("ATOCORE_TEST_MONTHS"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		months = n
	}
	total := map[string]int{}
	for seed := range months {
		t.Run(fmt.Sprint("month ", seed), func(t *testing.T) {
			for what, n := range simulate(t, int64(seed)) {
				total[what] += n
			}
		})
	}
	if t.Failed() {
		return
	}
	for _, what := range []string{
		"backups", "proofs", "questions", "removed", "disk full", "remote down", "remote object corrupted", "clock -1h0m0s", "clock 24h0m0s",
		"machine off", "killed", "power lost", "gaps", "ledger and alerts unreachable",
	} {
		require.Positive(t, total[what], "%s never happened: the test tests nothing", what)
	}
	t.Logf("%d months of %d days: %v", months, days, total)
}
