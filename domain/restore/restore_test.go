package restore

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

func kind(t *testing.T, want domain.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	assert.Equal(t, want, domain.KindOf(err), "%v", err)
}

func TestRefusesAndSaysEverything(t *testing.T) {
	s := scenes()[0]
	w := s.setUp(t)
	w.holders = []domain.Holder{{PID: 77, Command: "sqlite3 atocore.db", What: "atocore.db"}}
	w.disk.Mount(indexDir+"/chroma", "another disk")
	w.disk.SetCapacity(10)
	release, err := w.gate.Share(t.Context())
	require.NoError(t, err)
	before := w.disk.Tree("/")

	_, err = w.service.Restore(t.Context(), Request{Name: Latest}, nil)
	kind(t, domain.KindRefused, err)
	for _, said := range []string{
		"--confirm-service-stopped", "the stores are open", "process 77 (sqlite3 atocore.db)",
		"/index/chroma is a mount point", "bytes free",
	} {
		assert.ErrorContains(t, err, said)
	}
	assert.Equal(t, before, w.disk.Tree("/"), "nothing was changed")
	require.NoError(t, release())
}

func TestRefusesALinkInPlaceOfTheDatabase(t *testing.T) {
	s := scenes()[1]
	w := s.setUp(t)
	require.NoError(t, w.disk.RemoveAll(dataDir+"/atocore.db"))
	require.NoError(t, w.disk.Link("/elsewhere/atocore.db", dataDir+"/atocore.db"))
	_, err := w.service.Restore(t.Context(), s.req, nil)
	kind(t, domain.KindRefused, err)
	assert.ErrorContains(t, err, "is a link")
}

func TestRefusesAFaultyBackup(t *testing.T) {
	s := scenes()[0]
	w := s.setUp(t)
	list, err := w.store.List(t.Context())
	require.NoError(t, err)
	w.disk.Put(backupsDir+"/"+string(list[0].Stamp)+"/db/atocore.db", portfake.ComponentFile("m1", "mX"))
	before := w.disk.Tree("/")
	_, err = w.service.Restore(t.Context(), s.req, nil)
	kind(t, domain.KindCorrupt, err)
	assert.ErrorContains(t, err, "db/atocore.db")
	assert.Equal(t, before, w.disk.Tree("/"))
}

// badCopy is a component that finds a fault wherever it looks but in the backups.
type badCopy struct{ ports.Component }

func (b badCopy) Verify(ctx context.Context, dir string, want domain.ComponentEntry) ([]domain.Fault, error) {
	if strings.HasPrefix(dir, backupsDir) {
		return b.Component.Verify(ctx, dir, want)
	}
	return []domain.Fault{{Kind: domain.FaultContent, File: "atocore.db", Expected: "2 rows", Found: "1"}}, nil
}

// A copy that is damaged while the backup is not: nothing is changed, no safety backup
// made, and the backup is not blamed.
func TestRefusesADamagedCopy(t *testing.T) {
	s := scenes()[0]
	w := s.setUp(t)
	w.service.cfg.Components = func(home string) []ports.Component {
		all := w.components(home)
		all[0] = badCopy{all[0]}
		return all
	}
	before := w.disk.Tree("/")
	_, err := w.service.Restore(t.Context(), s.req, nil)
	kind(t, domain.KindCorrupt, err)
	require.ErrorContains(t, err, "2 rows")
	require.NotContains(t, err.Error(), "the backup is faulty")
	assert.Equal(t, before, w.disk.Tree("/"))
}

func TestUnknownBackup(t *testing.T) {
	w := scenes()[0].setUp(t)
	_, err := w.service.Restore(t.Context(), Request{Name: "20200101T000000Z", Confirmed: true}, nil)
	kind(t, domain.KindNotFound, err)
	_, err = w.service.Restore(t.Context(), Request{Name: "../../etc", Confirmed: true}, nil)
	kind(t, domain.KindInvalid, err)
}

func TestResultAndSafetyBackup(t *testing.T) {
	s := scenes()[0]
	w := s.setUp(t)
	before := state(w.disk)
	res, err := w.service.Restore(t.Context(), s.req, nil)
	require.NoError(t, err)
	assert.Equal(t, "sqlite: m1 m2; registry: p1; chroma: v1 v2", state(w.disk))
	require.NotEmpty(t, res.SafetyBackup)
	assert.NotEmpty(t, res.Parked)
	assert.Equal(t, w.clock.Now().Add(DefaultKeepParked), res.UndoUntil)
	require.Len(t, res.Components, 3)
	assert.Equal(t, domain.RestoreReplace, res.Components[2].Action)

	m, _, err := w.store.Open(t.Context(), res.SafetyBackup)
	require.NoError(t, err)
	assert.Equal(t, domain.BackupPreRestore, m.Kind)
	// The safety backup holds what the restore took away.
	w.clock.Advance(time.Hour)
	_, err = w.service.Restore(t.Context(), Request{Name: string(res.SafetyBackup), Confirmed: true, SkipSafety: true}, nil)
	require.NoError(t, err)
	assert.Equal(t, before, state(w.disk))

	// And it is never what "latest" means.
	w.clock.Advance(time.Hour)
	res, err = w.service.Restore(t.Context(), s.req, nil)
	require.NoError(t, err)
	assert.NotEqual(t, m.Stamp, res.Stamp)
	assert.Equal(t, "sqlite: m1 m2; registry: p1; chroma: v1 v2", state(w.disk))
}

func TestSkipsTheSafetyBackup(t *testing.T) {
	s := scenes()[1]
	w := s.setUp(t)
	res, err := w.service.Restore(t.Context(), s.req, nil)
	require.NoError(t, err)
	assert.Empty(t, res.SafetyBackup)
	list, err := w.store.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, list, 1)
}

func TestAStateTooBrokenToBackUp(t *testing.T) {
	s := scenes()[4]
	w := s.setUp(t)
	before := w.disk.Tree("/")
	req := s.req
	req.SkipSafety = false
	_, err := w.service.Restore(t.Context(), req, nil)
	kind(t, domain.KindRefused, err)
	assert.ErrorContains(t, err, "--skip-pre-restore-snapshot")
	assert.Equal(t, before, w.disk.Tree("/"))
	_, err = w.service.Restore(t.Context(), s.req, nil)
	require.NoError(t, err)
	assert.Contains(t, state(w.disk), "sqlite: m1 m2")
}

func TestStaleSidecarsAreParked(t *testing.T) {
	s := scenes()[3]
	w := s.setUp(t)
	res, err := w.service.Restore(t.Context(), s.req, nil)
	require.NoError(t, err)
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		_, there := w.disk.Peek(dataDir + "/atocore.db" + suffix)
		assert.False(t, there, suffix)
		_, there = w.disk.Peek(res.Parked + "/atocore.db" + suffix)
		assert.True(t, there, suffix)
	}
}

func TestUndoAndUndoneAgain(t *testing.T) {
	s := scenes()[0]
	w := s.setUp(t)
	before := state(w.disk)
	_, err := w.service.Undo(t.Context(), true, nil)
	kind(t, domain.KindNotFound, err)
	_, err = w.service.Restore(t.Context(), s.req, nil)
	require.NoError(t, err)
	after := state(w.disk)

	_, err = w.service.Undo(t.Context(), false, nil)
	kind(t, domain.KindRefused, err)
	for i, want := range []string{before, after, before} {
		w.clock.Advance(time.Minute)
		_, err = w.service.Undo(t.Context(), true, nil)
		require.NoError(t, err)
		assert.Equal(t, want, state(w.disk), "undo %d", i+1)
	}
	p, err := w.service.Parked(t.Context())
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"sqlite", "registry", "chroma"}, p.Components)
	_, err = w.service.Accept(t.Context())
	require.NoError(t, err)
	assert.Equal(t, before, state(w.disk))
	p, err = w.service.Parked(t.Context())
	require.NoError(t, err)
	assert.Nil(t, p)
	for path := range w.disk.Tree("/") {
		assert.NotContains(t, path, ".restore-")
	}
	_, err = w.service.Accept(t.Context())
	kind(t, domain.KindNotFound, err)
}

func TestOnlyTheNewestIsParkedUntilItExpires(t *testing.T) {
	s := scenes()[0]
	w := s.setUp(t)
	first, err := w.service.Restore(t.Context(), s.req, nil)
	require.NoError(t, err)
	w.clock.Advance(time.Hour)
	second, err := w.service.Restore(t.Context(), s.req, nil)
	require.NoError(t, err)
	assert.Empty(t, w.disk.Tree(first.Parked))
	assert.NotEmpty(t, w.disk.Tree(second.Parked))

	w.clock.Advance(DefaultKeepParked)
	_, err = w.service.Recover(t.Context())
	require.NoError(t, err)
	assert.NotEmpty(t, w.disk.Tree(second.Parked), "it expires after its last moment")
	w.clock.Advance(time.Second)
	_, err = w.service.Recover(t.Context())
	require.NoError(t, err)
	assert.Empty(t, w.disk.Tree(second.Parked))
	assert.Contains(t, state(w.disk), "m1 m2")
}

func TestKeepsOwners(t *testing.T) {
	s := scenes()[0]
	w := s.setUp(t)
	for _, p := range []string{dataDir, dataDir + "/projects.json", indexDir, indexDir + "/chroma"} {
		require.NoError(t, w.disk.Own(p, "service"))
	}
	require.NoError(t, w.disk.Own(dataDir+"/atocore.db", "somebody"))
	_, err := w.service.Restore(t.Context(), s.req, nil)
	require.NoError(t, err)
	assert.Equal(t, "somebody", w.disk.OwnerOf(dataDir+"/atocore.db"), "of what it replaces")
	assert.Equal(t, "service", w.disk.OwnerOf(dataDir+"/projects.json"))
	assert.Equal(t, "service", w.disk.OwnerOf(indexDir+"/chroma/segments/one"))

	require.NoError(t, w.disk.RemoveAll(dataDir+"/atocore.db"))
	w.clock.Advance(time.Hour)
	_, err = w.service.Restore(t.Context(), Request{Name: Latest, Confirmed: true, SkipSafety: true}, nil)
	require.NoError(t, err)
	assert.Equal(t, "service", w.disk.OwnerOf(dataDir+"/atocore.db"), "of the folder where there was nothing")
}

func TestPlanChangesNothingAndTellsWhatIsLost(t *testing.T) {
	s := scenes()[0]
	w := s.setUp(t)
	before := w.disk.Tree("/")
	plan, err := w.service.Plan(t.Context(), Request{Name: Latest})
	require.NoError(t, err)
	assert.Equal(t, before, w.disk.Tree("/"))
	assert.Contains(t, strings.Join(plan.Losses, "\n"), `"m4" is newer`)
	assert.Len(t, plan.Obstacles, 1)
	assert.True(t, plan.SafetyBackup)
	assert.Positive(t, plan.Needed)
	assert.NotEmpty(t, plan.Steps)
	_, alone, _ := w.gate.Held()
	assert.False(t, alone)
}

func TestIndexFlags(t *testing.T) {
	yes, no := true, false
	w := scenes()[1].setUp(t) // its backup holds no index
	_, err := w.service.Plan(t.Context(), Request{Name: Latest, IncludeIndex: &yes})
	kind(t, domain.KindInvalid, err)

	w = scenes()[0].setUp(t)
	for flag, want := range map[*bool]domain.RestoreAction{
		nil: domain.RestoreReplace, &yes: domain.RestoreReplace, &no: domain.RestoreRebuild,
	} {
		plan, err := w.service.Plan(t.Context(), Request{Name: Latest, IncludeIndex: flag})
		require.NoError(t, err)
		assert.Equal(t, want, plan.Components[2].Action)
	}
}

func TestRestoreElsewhere(t *testing.T) {
	s := scenes()[0]
	w := s.setUp(t)
	release, err := w.gate.Share(t.Context()) // the service runs
	require.NoError(t, err)
	defer func() { _ = release() }()
	before := state(w.disk)
	w.disk.PutFolder("/empty")
	w.disk.Put("/full/file", "x")
	for _, target := range []string{"/new", "/deep/er/new", "/empty"} {
		res, err := w.service.Restore(t.Context(), Request{Name: Latest, Target: target}, nil)
		require.NoError(t, err)
		assert.Equal(t, target, filepath.ToSlash(res.Target))
		assert.Equal(t, []string{target + "/atocore.db"}, res.Components[0].Places, "where it is, not where it was made")
		tree := w.disk.Tree(target)
		assert.Equal(t, portfake.ComponentFile("m1", "m2"), tree["atocore.db"])
		assert.Equal(t, portfake.ComponentFile("p1"), tree["projects.json"])
		assert.Len(t, tree, 4)
		assert.Equal(t, tree, w.disk.Crash(0).Tree(target), "it lasts")
	}
	assert.Equal(t, before, state(w.disk))
	_, err = w.service.Restore(t.Context(), Request{Name: Latest, Target: "/full"}, nil)
	kind(t, domain.KindRefused, err)
	assert.Equal(t, map[string]string{"file": "x"}, w.disk.Tree("/full"))
}

func TestRestoreElsewhereIsWholeOrNotThere(t *testing.T) {
	s := scenes()[0]
	ref := s.setUp(t)
	ref.faults.FailAt(0, nil)
	req := Request{Name: Latest, Target: "/elsewhere/new"}
	_, err := ref.service.Restore(t.Context(), req, nil)
	require.NoError(t, err)
	want, calls := ref.disk.Tree("/elsewhere/new"), ref.faults.Calls()
	for n := 1; n <= calls; n++ {
		for _, crash := range crashes {
			w := s.setUp(t)
			w.faults.StopDuring(n)
			_, _ = w.service.Restore(context.Background(), req, nil)
			disk := crash.find(w.disk)
			if got := disk.Tree("/elsewhere/new"); len(got) > 0 {
				require.Equal(t, want, got, "call %d, %s", n, crash.name)
				continue
			}
			_, err := boot(disk, true).service.Restore(t.Context(), req, nil)
			require.NoError(t, err, "call %d, %s", n, crash.name)
			require.Equal(t, want, disk.Tree("/elsewhere/new"))
			require.Len(t, disk.Tree("/elsewhere"), len(want), "nothing is left over")
		}
	}
	t.Logf("%d injection points, 0 mixed", calls)
}
