package backup_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

func TestCreate(t *testing.T) {
	w := newWorld(t)
	var stages []string
	m, err := w.service().Create(t.Context(), backup.Options{Kind: domain.BackupScheduled, Report: func(p domain.CopyProgress) {
		assert.LessOrEqual(t, p.Done, p.Total)
		if len(stages) == 0 || stages[len(stages)-1] != p.Stage {
			stages = append(stages, p.Stage)
		}
	}})
	require.NoError(t, err)
	assert.Equal(t, domain.NewStamp(w.clock.Now(), 1), m.Stamp)
	assert.Equal(t, domain.BackupScheduled, m.Kind)
	assert.Equal(t, "1.2.3", m.AppVersion)
	assert.Equal(t, domain.BackupFormat, m.Format)
	assert.Equal(t, []string{"capture sqlite", "capture registry", "hash registry"}, stages)
	require.Len(t, m.Components, 2)
	assert.Equal(t, "db/atocore.db", m.Components[0].Files[0].Path)
	assert.EqualValues(t, len(portfake.ComponentFile("one", "two")), m.Components[0].Files[0].Size)

	shown, dir, err := w.service().Show(t.Context(), backup.Latest)
	require.NoError(t, err)
	assert.Equal(t, m, shown)
	content, err := w.disk.ReadFile(dir + "/db/atocore.db")
	require.NoError(t, err)
	assert.Equal(t, portfake.ComponentFile("one", "two"), string(content))
}

// cutShort is a database whose copy loses a byte after it was hashed.
type cutShort struct {
	ports.Component
	disk *portfake.Disk
}

func (c cutShort) Capture(ctx context.Context, dir string, report func(done, total int64)) (domain.Captured, error) {
	got, err := c.Component.Capture(ctx, dir, report)
	whole, _ := c.disk.Peek(dir + "/atocore.db")
	c.disk.Put(dir+"/atocore.db", whole[:len(whole)-1])
	return got, err
}

func TestCreateFindsACopyCutShort(t *testing.T) {
	w := newWorld(t)
	_, err := w.service(cutShort{w.database, w.disk}, w.registry).Create(t.Context(), backup.Options{})
	assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
	list, err := w.service().List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, list)
}

func TestCreateAsksForChroma(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		ask      *bool
		have     bool
		entry    bool // whether the manifest mentions it
		included bool
		reason   string
	}{
		"there and not asked about": {nil, true, true, true, ""},
		"there and wanted":          {&yes, true, true, true, ""},
		"there and not wanted":      {&no, true, true, false, "left out as asked for"},
		"not there":                 {nil, false, false, false, ""},
		"not there and wanted":      {&yes, false, true, false, "no Chroma component is configured"},
		"not there nor wanted":      {&no, false, false, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.service()
			if c.have {
				w.disk.Put("/data/chroma/segments/one", portfake.ComponentFile("v"))
				w.disk.Put("/data/chroma/segments/two", portfake.ComponentFile("v"))
				s = w.service(w.database, w.registry, w.tree)
			}
			m, err := s.Create(t.Context(), backup.Options{IncludeChroma: c.ask})
			require.NoError(t, err)
			e, ok := m.Component("chroma")
			assert.Equal(t, c.entry, ok)
			assert.Equal(t, c.included, e.Included)
			if c.reason != "" {
				assert.Contains(t, e.Reason, c.reason)
			}
			v, err := s.Validate(t.Context(), string(m.Stamp), nil)
			require.NoError(t, err)
			assert.Empty(t, v.Faults)
		})
	}
}

func TestCreateWithoutState(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.disk.RemoveAll("/data/atocore.db"))
	_, err := w.service().Create(t.Context(), backup.Options{})
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "a backup without the database would lie")
	assertNothing(t, w)

	m, err := w.service().Create(t.Context(), backup.Options{Kind: domain.BackupPreRestore})
	require.NoError(t, err)
	e, ok := m.Component("sqlite")
	require.True(t, ok)
	assert.False(t, e.Included)
	assert.NotEmpty(t, e.Reason)
}

func TestCreateLooksForRoomFirst(t *testing.T) {
	w := newWorld(t)
	w.disk.SetCapacity(1 << 20)
	_, err := w.service().Create(t.Context(), backup.Options{})
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "not enough room")
	assertNothing(t, w)
}

func TestCreateGivesUp(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.service().Create(ctx, backup.Options{Report: func(domain.CopyProgress) { cancel() }})
	require.ErrorIs(t, err, context.Canceled)
	assertNothing(t, w)
}

// Whatever call fails: there is an error, and neither a backup nor a leftover.
func TestCreateFailsCleanly(t *testing.T) {
	broken := errors.New("broken")
	n := 1
	for ; ; n++ {
		w := newWorld(t)
		w.faults.FailAt(n, broken)
		w.arm()
		_, err := w.service().Create(t.Context(), backup.Options{})
		w.disarm()
		if !w.faults.Struck() {
			require.NoError(t, err)
			break
		}
		if err == nil {
			continue // a call whose failure does no harm, such as the last clean-up
		}
		list, lerr := w.service().List(t.Context())
		require.NoError(t, lerr)
		assert.Empty(t, list, "call %d (%v)", n, w.faults.Trace())
		w = worldOn(w.disk) // the leftovers of a failed clean-up fall to the next process
		m := w.create(t.Context(), t)
		entries, derr := w.disk.ReadDir("/data/backups")
		require.NoError(t, derr)
		assert.Len(t, entries, 1, "call %d: only %s is there", n, m.Stamp)
	}
	assert.Greater(t, n, 15, "the sweep went through the whole use case")
	t.Logf("%d calls failed, one at a time", n-1)
}

// Wherever the process dies with the power: what is listed is whole.
func TestCreateDiesCleanly(t *testing.T) {
	stops := 0
	for _, during := range []bool{false, true} {
		for n := 1; ; n++ {
			w := newWorld(t)
			if during {
				w.faults.StopDuring(n)
			} else {
				w.faults.StopBefore(n)
			}
			w.arm()
			_, err := w.service().Create(t.Context(), backup.Options{})
			struck := w.faults.Struck()
			w.disarm()
			w = worldOn(w.disk.Crash(int64(n)))
			if struck {
				stops++
			} else {
				require.NoError(t, err)
			}
			list, lerr := w.service().List(t.Context())
			require.NoError(t, lerr)
			for _, b := range list {
				v, verr := w.service().Validate(t.Context(), string(b.Stamp), nil)
				require.NoError(t, verr)
				assert.Empty(t, v.Faults, "stopped at call %d", n)
			}
			if !struck {
				assert.Len(t, list, 1, "what was acknowledged is there")
				break
			}
		}
	}
	assert.Greater(t, stops, 30)
	t.Logf("%d stops", stops)
}

func assertNothing(t *testing.T, w *world) {
	t.Helper()
	entries, err := w.disk.ReadDir("/data/backups")
	require.NoError(t, err)
	assert.Empty(t, entries, "nothing is left behind")
}

// Whoever watches hears how every backup ended, and of no safety backup.
func TestCreateTells(t *testing.T) {
	w := newWorld(t)
	var told []domain.JobReport
	s := backup.New(backup.Config{
		Store: w.store, Components: []ports.Component{w.database, w.registry}, Disk: w.disk, Clock: w.clock,
		Tell: func(r domain.JobReport) { told = append(told, r) },
	})
	m, err := s.Create(t.Context(), backup.Options{Kind: domain.BackupScheduled})
	require.NoError(t, err)
	_, err = s.Create(t.Context(), backup.Options{Kind: domain.BackupPreRestore})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Create(ctx, backup.Options{})
	require.Error(t, err)
	require.Len(t, told, 2)
	assert.True(t, told[0].OK())
	assert.True(t, told[0].Schedule)
	assert.Equal(t, m.Stamp, told[0].Stamp)
	assert.Equal(t, m.Bytes(), told[0].Bytes)
	assert.NotEmpty(t, told[0].Summary)
	assert.False(t, told[1].OK())
	assert.Equal(t, domain.JobBackup, told[1].Job)
}
