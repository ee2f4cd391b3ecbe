package drill_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/drill"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// world is an installation that does everything right, over fakes; a test spoils
// one thing.
type world struct {
	disk     *portfake.Disk
	scratch  *portfake.Scratch
	present  *side // the rehearsed state
	parked   *side
	captured map[domain.Stamp]*side
	clock    *portfake.Clock
	entries  []domain.LedgerEntry

	restore func(w *world, s domain.Stamp) // what a restore does
	blind   string                         // damage to this file is not noticed
}

// side is one state.
type side struct {
	store    *portfake.Store
	registry *portfake.ProjectRegistry
}

func newSide() *side { return &side{portfake.NewStore(), portfake.NewProjectRegistry()} }

func (s *side) copy(t *testing.T) *side {
	out := newSide()
	page, err := s.store.Memories().List(t.Context(), domain.MemoryFilter{})
	require.NoError(t, err)
	for _, m := range page.Memories {
		require.NoError(t, out.store.Memories().Create(t.Context(), m, nil))
	}
	projects, err := s.registry.List(t.Context())
	require.NoError(t, err)
	require.NoError(t, out.registry.Update(t.Context(), func([]domain.Project) ([]domain.Project, error) { return projects, nil }))
	return out
}

func (s *side) state() ports.State {
	return ports.State{
		Registry: s.registry, Memories: s.store.Memories(), Documents: s.store.Documents(), Passages: s.store.Passages(),
		Search: s.store.Searched, Listed: s.store.Listed(), Close: func() error { return nil },
	}
}

func newWorld() *world {
	disk := portfake.NewDisk()
	disk.PutFolder("/scratch")
	return &world{
		disk: disk, scratch: portfake.NewScratch(disk, "/scratch"), present: newSide(), captured: map[domain.Stamp]*side{},
		clock:   &portfake.Clock{},
		restore: func(w *world, s domain.Stamp) { w.parked, w.present = w.present, w.captured[s] },
	}
}

const file = "db/atocore.db"

func (w *world) service(t *testing.T) *drill.Service {
	n := 0
	backUp := func(dir string) (domain.Manifest, string) {
		n++
		stamp := domain.NewStamp(w.clock.Now(), n)
		w.captured[stamp] = w.present.copy(t)
		folder := dir + "/" + string(stamp)
		w.disk.Put(folder+"/"+file, "the database")
		w.disk.Put(folder+"/metadata.json", "the manifest")
		return domain.Manifest{Stamp: stamp, Components: []domain.ComponentEntry{{
			Name: "sqlite", Dir: "db", Included: true, Files: []domain.FileEntry{{Path: file, Size: 12}},
		}}}, folder
	}
	return drill.New(drill.Config{
		Scratch: w.scratch, Saboteur: w.scratch, Disk: w.disk, Clock: w.clock, IDs: &portfake.IDs{}, AppVersion: "1.2.3",
		CaptureLive: func(_ context.Context, dir string, _ func(domain.CopyProgress)) (domain.Manifest, error) {
			m, _ := backUp(dir)
			return m, nil
		},
		Install: func(_, backups string) drill.Installation {
			return drill.Installation{
				BackUp: func(context.Context, func(domain.CopyProgress)) (domain.Manifest, string, error) {
					m, dir := backUp(backups)
					return m, dir, nil
				},
				Restore: func(_ context.Context, s domain.Stamp, _ func(domain.CopyProgress)) (domain.RestoreResult, error) {
					m, _ := backUp(backups)
					w.restore(w, s)
					return domain.RestoreResult{SafetyBackup: m.Stamp, Took: time.Second}, nil
				},
				RestoreInto: func(_ context.Context, s domain.Stamp, target string, _ func(domain.CopyProgress)) (domain.RestoreResult, []domain.Fault, error) {
					sound := map[string]string{file: "the database", "metadata.json": "the manifest"}
					there := w.disk.Tree(backups + "/" + string(s))
					for name, content := range there {
						if sound[name] != content && name != w.blind {
							return domain.RestoreResult{}, nil, domain.Corrupt("%s is another", name)
						}
					}
					for name := range sound {
						if _, ok := there[name]; !ok && name != w.blind {
							return domain.RestoreResult{}, nil, domain.Corrupt("%s is missing", name)
						}
					}
					if c := w.captured[s]; c != nil {
						w.present = c
					}
					return domain.RestoreResult{}, nil, w.disk.Mkdir(target)
				},
				Undo:       func(context.Context) error { w.present, w.parked = w.parked, w.present; return nil },
				Open:       func(context.Context) (ports.State, error) { return w.present.state(), nil },
				OpenBackup: func(_ context.Context, s domain.Stamp) (ports.State, error) { return w.captured[s].state(), nil },
				Sidecars:   []string{"/scratch/scratch-1/data/atocore.db-wal"},
			}
		},
		Observe: func(ctx context.Context, s ports.State, _ *domain.ProbeSet) (domain.ProbeSet, error) {
			on, err := s.Search(ctx, ports.Part{})
			if err != nil {
				return domain.ProbeSet{}, err
			}
			found, err := on.Text.Search(ctx, "drill", domain.Scope{}, 10)
			p := domain.Probe{Prompt: "drill", IDs: []string{}}
			for _, c := range found {
				p.IDs = append(p.IDs, c.ID)
			}
			return domain.ProbeSet{Probes: []domain.Probe{p}}, err
		},
		History: func(context.Context) ([]domain.LedgerEntry, error) { return w.entries, nil },
		Record: func(_ context.Context, e domain.LedgerEntry) error {
			w.entries = append(w.entries, e)
			return nil
		},
	})
}

func TestPasses(t *testing.T) {
	w := newWorld()
	s := w.service(t)
	d, err := s.Run(t.Context(), nil)
	require.NoError(t, err)
	assert.True(t, d.Passed, drill.Problem(d))
	assert.Len(t, d.Steps, 11)
	noticed, all := d.Detected()
	assert.Equal(t, all, noticed)
	assert.Greater(t, all, 10)
	assert.Empty(t, w.disk.Tree("/scratch"))
	require.Len(t, w.entries, 1)
	assert.Equal(t, domain.LedgerPassed, w.entries[0].Outcome)
	w.clock.Advance(time.Hour)
	d, err = s.Run(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, d.History, 2)
	assert.Equal(t, all, d.History[0].Damages)
	assert.True(t, d.History[0].At.Before(d.History[1].At))
}

func TestFails(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(w *world)
		want  string
	}{
		"a restore that does nothing": {func(w *world) { w.restore = func(*world, domain.Stamp) {} }, "the marker is back"},
		"a restore that loses the marker": {func(w *world) {
			w.restore = func(w *world, _ domain.Stamp) { w.parked, w.present = w.present, newSide() }
		}, "the marker is back"},
		"damage that nobody notices": {func(w *world) { w.blind = file }, "damage the backup in every way known"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			c.spoil(w)
			d, err := w.service(t).Run(t.Context(), nil)
			require.NoError(t, err, "a failed drill is no error")
			assert.False(t, d.Passed)
			assert.Contains(t, drill.Problem(d), c.want)
			assert.Equal(t, domain.LedgerFailed, w.entries[0].Outcome)
			assert.Empty(t, w.disk.Tree("/scratch"))
		})
	}
}

func TestIsKeptFrom(t *testing.T) {
	broken := errors.New("broken")
	w := newWorld()
	w.scratch.Fail = func(string) error { return broken }
	_, err := w.service(t).Run(t.Context(), nil)
	require.ErrorIs(t, err, broken)
	w = newWorld()
	w.disk.SetCapacity(1 << 20)
	_, err = w.service(t).Run(t.Context(), nil)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), err)
	assert.Empty(t, w.entries)
	assert.Empty(t, w.disk.Tree("/scratch"))
	ctx, cancel := context.WithCancel(t.Context())
	_, err = w.service(t).Run(ctx, func(domain.CopyProgress) { cancel() })
	require.Error(t, err)
	assert.Empty(t, w.entries)
}
