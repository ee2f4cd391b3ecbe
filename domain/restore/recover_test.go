package restore

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
)

// cutShort stops a restore dead right after its commit point and returns the
// machine as the next process finds it.
func cutShort(t *testing.T, s scene) *world {
	t.Helper()
	_, _, trace := s.ends(t)
	for n := 1; n <= len(trace); n++ {
		w := s.setUp(t)
		w.faults.StopBefore(n)
		_ = s.act(w)
		if _, committed := w.disk.Peek(dataDir + "/" + journalName); committed {
			return boot(w.disk.Killed(), s.index)
		}
	}
	t.Fatal("there is no commit point")
	return nil
}

func stagedIn(t *testing.T, w *world) string {
	t.Helper()
	for p := range w.disk.Tree(dataDir) {
		if strings.HasPrefix(p, stagedPrefix) {
			return dataDir + "/" + strings.SplitN(p, "/", 2)[0]
		}
	}
	t.Fatal("nothing is staged")
	return ""
}

func TestRecoverFinishes(t *testing.T) {
	w := cutShort(t, scenes()[0])
	rec, err := w.service.Recover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, domain.RecoveryFinished, rec.Outcome)
	assert.NotEmpty(t, rec.Stamp)
	assert.Equal(t, "sqlite: m1 m2; registry: p1; chroma: v1 v2", state(w.disk))
	rec, err = w.service.Recover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, domain.RecoveryNone, rec.Outcome)
}

func TestPlanTellsOfAnInterruptedRestore(t *testing.T) {
	w := cutShort(t, scenes()[0])
	before := w.disk.Tree("/")
	plan, err := w.service.Plan(t.Context(), Request{Name: Latest, Confirmed: true})
	require.NoError(t, err)
	assert.Contains(t, strings.Join(plan.Notes, "\n"), "will be completed first")
	assert.Equal(t, before, w.disk.Tree("/"))
}

func TestRecoverRollsBackWhenTheCopyIsGone(t *testing.T) {
	s := scenes()[0]
	before, _, _ := s.ends(t)
	w := cutShort(t, s)
	require.NoError(t, w.disk.RemoveAll(stagedIn(t, w)+"/db"))
	rec, err := w.service.Recover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, domain.RecoveryRolledBack, rec.Outcome)
	assert.Contains(t, rec.Reason, "is gone")
	assert.Equal(t, before, state(w.disk))
	assert.Empty(t, verdict(s, w.disk, before, "sqlite: m1 m2; registry: p1; chroma: v1 v2"))
}

func TestRecoverRollsBackWhenTheCopyIsDamaged(t *testing.T) {
	s := scenes()[0]
	before, _, _ := s.ends(t)
	w := cutShort(t, s)
	w.disk.Put(stagedIn(t, w)+"/db/atocore.db", portfake.ComponentFile("m1", "mX"))
	rec, err := w.service.Recover(t.Context())
	require.NoError(t, err)
	assert.Equal(t, domain.RecoveryRolledBack, rec.Outcome)
	assert.Contains(t, rec.Reason, "is not what the backup holds")
	assert.Equal(t, before, state(w.disk))
}

// A shell opened the old database between the crash and the recovery and left a
// log: it must not end up beside the restored one.
func TestRecoverParksWhatSomebodyLeftMeanwhile(t *testing.T) {
	w := cutShort(t, scenes()[0])
	w.disk.Put(dataDir+"/atocore.db-journal", portfake.ComponentFile("stale"))
	_, err := w.service.Recover(t.Context())
	require.NoError(t, err)
	assert.Contains(t, state(w.disk), "sqlite: m1 m2;")
}

func TestVerificationFailureRollsBack(t *testing.T) {
	s := scenes()[0]
	before, _, trace := s.ends(t)
	last := 0
	for i, op := range trace {
		if op == "disk.same" {
			last = i + 1
		}
	}
	w := s.setUp(t)
	w.faults.FailAt(last, domain.Corrupt("it reads otherwise"))
	_, err := w.service.Restore(t.Context(), s.req, nil)
	kind(t, domain.KindCorrupt, err)
	assert.ErrorContains(t, err, "the state before it is in place again")
	assert.Equal(t, before, state(w.disk))
}

func TestRecoverRefusesWhatItCannotRead(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "garbage": "{", "no id": `{"Version":1,"Parked":["x"]}`,
		"from the future": `{"Version":99,"ID":"x","Parked":["x"]}`, "a path as id": `{"Version":1,"ID":"../x","Parked":["x"]}`,
	} {
		w := scenes()[0].setUp(t)
		w.disk.Put(dataDir+"/"+journalName, content)
		before := w.disk.Tree("/")
		_, err := w.service.Recover(t.Context())
		kind(t, domain.KindCorrupt, err)
		assert.Equal(t, before, w.disk.Tree("/"), name)
		_, alone, _ := w.gate.Held()
		assert.False(t, alone)
	}
}

func TestRecoverWaitsForNobodyForEver(t *testing.T) {
	w := cutShort(t, scenes()[0])
	release, err := w.gate.Exclude(t.Context())
	require.NoError(t, err)
	_, err = w.service.Recover(t.Context())
	kind(t, domain.KindRefused, err)
	_, _, err = w.service.Enter(t.Context())
	kind(t, domain.KindRefused, err)
	require.NoError(t, release())
	release, _, err = w.service.Enter(t.Context())
	require.NoError(t, err)
	require.NoError(t, release())
}

func TestManyEnterAtOnce(t *testing.T) {
	w := cutShort(t, scenes()[0])
	w.service.cfg.Patience = 10e9
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			release, _, err := w.service.Enter(context.Background())
			assert.NoError(t, err)
			if err == nil {
				content, _ := w.disk.Peek(dataDir + "/atocore.db")
				assert.Equal(t, portfake.ComponentFile("m1", "m2"), content)
				assert.NoError(t, release())
			}
		})
	}
	wg.Wait()
}

func TestSweepLeavesWhatItDoesNotKnow(t *testing.T) {
	w := scenes()[0].setUp(t)
	w.disk.Put(dataDir+"/"+parkedPrefix+"old/atocore.db", "somebody's")
	w.disk.PutFolder(dataDir + "/" + parkedPrefix + "empty")
	w.disk.Put(dataDir+"/"+stagedPrefix+"old/db/atocore.db", "a copy")
	rec, err := w.service.Recover(t.Context())
	require.NoError(t, err)
	assert.Len(t, rec.Swept, 2)
	_, there := w.disk.Peek(dataDir + "/" + parkedPrefix + "old/atocore.db")
	assert.True(t, there)
}

// Ctrl-C at any moment: before the commit point everything is as it was, from
// there on the restore goes to its end.
func TestCancelledAtEveryCall(t *testing.T) {
	t.Parallel()
	s := scenes()[0]
	before, after, trace := s.ends(t)
	cancelled := 0
	for n := 1; n <= len(trace); n += stride {
		w := s.setUp(t)
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		hit := func(string) error {
			if calls++; calls == n {
				cancel()
			}
			return nil
		}
		w.disk.Fail, w.gate.Fail, w.store.Fail = hit, hit, hit
		_, err := w.service.Restore(ctx, s.req, nil)
		cancel()
		if err != nil {
			cancelled++
			require.ErrorIs(t, err, context.Canceled, "call %d (%s)", n, trace[n-1])
			require.Equal(t, before, state(w.disk))
			for p := range w.disk.Tree(dataDir) {
				require.NotContains(t, p, ".restore-", "call %d leaves nothing", n)
			}
		} else {
			require.Equal(t, after, state(w.disk), "call %d (%s)", n, trace[n-1])
		}
		_, alone, _ := w.gate.Held()
		require.False(t, alone)
	}
	assert.Positive(t, cancelled)
	t.Logf("%d moments, %d cancelled, 0 mixed", len(trace), cancelled)
}
