package restore

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
)

// crashes are the ways in which a machine may be found again.
var crashes = []struct {
	name string
	find func(*portfake.Disk) *portfake.Disk
}{
	{"killed", (*portfake.Disk).Killed},
	{"power lost, nothing unsynced survives", func(d *portfake.Disk) *portfake.Disk { return d.Crash(0) }},
	{"power lost, some survives (1)", func(d *portfake.Disk) *portfake.Disk { return d.Crash(1) }},
	{"power lost, some survives (2)", func(d *portfake.Disk) *portfake.Disk { return d.Crash(2) }},
	{"power lost, some survives (3)", func(d *portfake.Disk) *portfake.Disk { return d.Crash(3) }},
}

// everything asks for the whole sweep, which takes minutes: ATOCORE_SWEEP=full.
func everything() bool { return os.Getenv("ATOCORE_SWEEP") == "full" }

// verdict returns what is wrong with the state that an interruption left, "" for
// nothing. It completes what is under way first, as every command does.
func verdict(s scene, disk *portfake.Disk, before, after string) string {
	if seen := state(disk); openable(disk) && seen != before && seen != after {
		return "somebody who opens the database before recovery sees " + seen
	}
	w := boot(disk, s.index)
	release, rec, err := w.service.Enter(context.Background())
	if err != nil {
		return "recovery: " + err.Error()
	}
	if err := release(); err != nil {
		return err.Error()
	}
	seen := state(w.disk)
	if seen != before && seen != after {
		return fmt.Sprintf("after recovery (%s, %s): %s", rec.Outcome, rec.Reason, seen)
	}
	if msg := faultyBackups(w); msg != "" {
		return msg
	}
	if s.undo && seen == after {
		return ""
	}
	w.clock.Advance(2 * 3600e9)
	if err := s.act(w); err != nil {
		return "again: " + err.Error()
	}
	if seen := state(w.disk); seen != after {
		return "again: " + seen
	}
	for p := range w.disk.Tree(dataDir) {
		if strings.HasPrefix(p, stagedPrefix) || strings.HasPrefix(p, "restore.json") {
			return "left over: " + p
		}
	}
	return ""
}

// faultyBackups names a listed backup that does not validate.
func faultyBackups(w *world) string {
	list, err := w.store.List(context.Background())
	if err != nil {
		return err.Error()
	}
	for _, b := range list {
		faults, err := w.validate(context.Background(), b.Stamp, nil)
		if err != nil || len(faults) > 0 {
			return fmt.Sprintf("listed, but not valid: %s: %v %v", b.Stamp, faults, err)
		}
	}
	return ""
}

func TestStopsDeadAtEveryCall(t *testing.T) {
	t.Parallel()
	points, cases, mixed := 0, 0, 0
	for _, s := range scenes() {
		before, after, trace := s.ends(t)
		points += len(trace)
		for n := 1; n <= len(trace); n += stride {
			for _, during := range []bool{false, true} {
				for c, crash := range crashes {
					if c > 1 && (n+c)%3 != 0 && !everything() {
						continue // one of the random ones at each point will do
					}
					w := s.setUp(t)
					if during {
						w.faults.StopDuring(n)
					} else {
						w.faults.StopBefore(n)
					}
					// The result does not matter: whoever got it is dead. A call whose
					// failure is passed over may have come to its end all the same.
					_ = s.act(w)
					cases++
					if msg := verdict(s, crash.find(w.disk), before, after); msg != "" {
						mixed++
						t.Errorf("%s, call %d (%s, during=%v), %s: %s", s.name, n, trace[n-1], during, crash.name, msg)
						if mixed > 5 {
							t.FailNow()
						}
					}
				}
			}
		}
	}
	t.Logf("%d injection points, %d cases, %d mixed", points, cases, mixed)
}

func TestEveryCallFails(t *testing.T) {
	t.Parallel()
	points, failed, passed, halfWay := 0, 0, 0, 0
	for _, s := range scenes() {
		before, after, trace := s.ends(t)
		for n := 1; n <= len(trace); n += stride {
			for _, cause := range []error{syscall.EIO, domain.Unavailable("disk is full").Because(syscall.ENOSPC)} {
				w := s.setUp(t)
				w.faults.FailAt(n, cause)
				err := s.act(w)
				where := fmt.Sprintf("%s, call %d (%s): %v", s.name, n, trace[n-1], err)
				points++
				switch {
				case err == nil:
					passed++
					require.Equal(t, after, state(w.disk), where)
				case strings.Contains(err.Error(), "half-way"):
					halfWay++
				default:
					failed++
					require.Equal(t, before, state(w.disk), where)
				}
				_, alone, _ := w.gate.Held()
				require.False(t, alone, "the lock is given back: %s", where)
				// What was said is so after a power loss too.
				disk := w.disk.Crash(int64(n % 4))
				if err != nil && !strings.Contains(err.Error(), "half-way") || err == nil {
					again := boot(disk, s.index)
					_, rerr := again.service.Recover(t.Context())
					require.NoError(t, rerr, where)
					want := before
					if err == nil {
						want = after
					}
					require.Equal(t, want, state(again.disk), "after a power loss: %s", where)
				}
				require.Empty(t, verdict(s, disk, before, after), where)
			}
		}
	}
	t.Logf("%d injection points: %d failed with the old state, %d ended with the new one, %d left to recovery, 0 mixed", points, failed, passed, halfWay)
	assert.Positive(t, failed)
}

func TestStopsDeadDuringRecovery(t *testing.T) {
	t.Parallel()
	points, cases := 0, 0
	for _, s := range scenes() {
		before, after, trace := s.ends(t)
		for n := 1; n <= len(trace); n += stride {
			crash := crashes[n%len(crashes)]
			for m := 1; ; m++ {
				if (n+m)%5 != 0 && !everything() {
					continue
				}
				w := s.setUp(t)
				w.faults.StopDuring(n)
				_ = s.act(w)
				disk := crash.find(w.disk)
				if _, committed := disk.Peek(dataDir + "/" + journalName); !committed && n%10 != 0 && !everything() {
					break // there is little to recover: a tenth of these will do
				}
				again := boot(disk, s.index)
				if m%2 == 0 {
					again.faults.StopDuring(m)
				} else {
					again.faults.StopBefore(m)
				}
				_, _, _ = again.service.Enter(context.Background())
				if !again.faults.Struck() {
					break
				}
				cases++
				disk = crashes[(n+m)%len(crashes)].find(disk)
				require.Empty(t, verdict(s, disk, before, after), "%s, call %d (%s), then call %d of recovery", s.name, n, trace[n-1], m)
			}
			points++
		}
	}
	t.Logf("%d injection points, %d crashes within recovery, 0 mixed", points, cases)
}

// Without a rule of the protocol the sweep must find mixed states, or it proves
// nothing.
func TestSweepNoticesABrokenProtocol(t *testing.T) {
	t.Parallel()
	rules := map[string]broken{
		"no folder is synced":              {skipSync: func(string) bool { return true }},
		"the data directory is not synced": {skipSync: func(dir string) bool { return dir == dataDir }},
		"the staging folder is not synced": {skipSync: func(dir string) bool { return strings.Contains(dir, stagedPrefix) }},
		"the parking folder is not synced": {skipSync: func(dir string) bool { return strings.Contains(dir, parkedPrefix) }},
		"the database is installed first":  {lastFirst: true},
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			found := 0
			for _, s := range scenes()[:4] {
				before, after, trace := s.ends(t)
				for n := 1; n <= len(trace); n += stride {
					for _, crash := range crashes {
						w := s.setUp(t)
						w.service.broken = rule
						w.faults.StopDuring(n)
						_ = s.act(w)
						if verdict(s, crash.find(w.disk), before, after) != "" {
							found++
						}
					}
					if found >= 5 && !everything() {
						break
					}
				}
			}
			assert.Positive(t, found)
			t.Logf("found %d times", found)
		})
	}
}
