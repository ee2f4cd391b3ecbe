package restore

import (
	"context"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

const (
	dataDir    = "/srv/data"
	indexDir   = "/index"
	backupsDir = "/backups"
)

// world is a machine with one installation, made of fakes that share one count of
// calls.
type world struct {
	disk    *portfake.Disk
	faults  *portfake.Faults
	gate    *portfake.Gate
	clock   *portfake.Clock
	store   *portfake.BackupStore
	service *Service
	index   bool // the derived component is in use
	holders []domain.Holder
}

// boot starts the program on a disk: at first, and again after a crash.
func boot(disk *portfake.Disk, index bool) *world {
	w := &world{
		disk: disk, faults: &portfake.Faults{}, gate: &portfake.Gate{}, clock: &portfake.Clock{}, index: index,
	}
	disk.Fail = w.faults.Hit
	w.gate.Fail = w.faults.Hit
	w.store = portfake.NewBackupStore(disk, backupsDir)
	w.store.Fail = w.faults.Hit
	w.service = New(Config{
		DataDir: dataDir, Components: w.components, Disk: disk, Store: w.store, Gate: w.gate, Clock: w.clock,
		Look: w.look, Validate: w.validate, BackUp: w.backUp, Patience: 1,
	})
	return w
}

func (w *world) components(home string) []ports.Component {
	db, registry := portfake.NewDatabase(w.disk, home), portfake.NewRegistry(w.disk, home)
	db.Hold(w.holders...)
	out := []*portfake.Component{db, registry}
	if w.index {
		at := indexDir
		if home != dataDir {
			at = home
		}
		out = append(out, portfake.NewTree(w.disk, at))
	}
	all := make([]ports.Component, len(out))
	for i, c := range out {
		c.Fail = w.faults.Hit
		all[i] = c
	}
	return all
}

// backUp is the least of a backup use case.
func (w *world) backUp(ctx context.Context, _ func(domain.CopyProgress)) (domain.Manifest, error) {
	return w.backUpAs(ctx, domain.BackupPreRestore)
}

func (w *world) backUpAs(ctx context.Context, kind domain.BackupKind) (domain.Manifest, error) {
	m := domain.Manifest{Format: domain.BackupFormat, Kind: kind, CreatedAt: w.clock.Now()}
	dir, err := w.store.Begin(ctx)
	if err != nil {
		return m, err
	}
	for _, c := range w.components(dataDir) {
		e, err := w.captureInto(ctx, c, dir)
		if err != nil {
			_ = w.store.Discard(ctx, dir)
			return m, err
		}
		m.Components = append(m.Components, e)
	}
	m, err = w.store.Commit(ctx, dir, m)
	if err != nil {
		_ = w.store.Discard(ctx, dir)
	}
	return m, err
}

func (w *world) captureInto(ctx context.Context, c ports.Component, dir string) (domain.ComponentEntry, error) {
	e := c.Describe()
	into := filepath.Join(dir, e.Dir)
	if err := w.disk.Mkdir(into); err != nil {
		return e, err
	}
	got, err := c.Capture(ctx, into, nil)
	if domain.KindOf(err) == domain.KindUnavailable {
		e.Reason = err.Error()
		return e, nil
	}
	if err != nil {
		return e, err
	}
	e.Included, e.Facts = true, got.Facts
	e.Files, err = w.files(ctx, dir, e.Dir)
	return e, err
}

func (w *world) files(ctx context.Context, root, below string) ([]domain.FileEntry, error) {
	entries, err := w.disk.ReadDir(filepath.Join(root, below))
	if err != nil {
		return nil, err
	}
	var out []domain.FileEntry
	for _, e := range entries {
		at := below + "/" + e.Name()
		if e.IsDir() {
			more, err := w.files(ctx, root, at)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
			continue
		}
		size, sum, err := w.disk.Hash(ctx, filepath.Join(root, at), nil)
		if err != nil {
			return nil, err
		}
		out = append(out, domain.FileEntry{Path: at, Mode: 0o600, Size: size, SHA256: sum})
	}
	return out, nil
}

// look is the least of a look over a backup: the size of its files.
func (w *world) look(ctx context.Context, stamp domain.Stamp) ([]domain.Fault, error) {
	m, dir, err := w.store.Open(ctx, stamp)
	if err != nil {
		return nil, err
	}
	var out []domain.Fault
	for _, e := range m.Components {
		for _, f := range e.Files {
			info, err := w.disk.Stat(filepath.Join(dir, f.Path))
			if err != nil {
				return nil, err
			}
			if info.Size() != f.Size {
				out = append(out, domain.Fault{Kind: domain.FaultSize, File: f.Path})
			}
		}
	}
	return out, nil
}

// validate is the least of a validation use case.
func (w *world) validate(ctx context.Context, stamp domain.Stamp, _ func(domain.CopyProgress)) ([]domain.Fault, error) {
	m, dir, err := w.store.Open(ctx, stamp)
	if err != nil {
		return nil, err
	}
	var out []domain.Fault
	for _, e := range m.Components {
		for _, f := range e.Files {
			size, sum, err := w.disk.Hash(ctx, filepath.Join(dir, f.Path), nil)
			if err != nil {
				return nil, err
			}
			if size != f.Size || sum != f.SHA256 {
				out = append(out, domain.Fault{Kind: domain.FaultHash, File: f.Path, Expected: f.SHA256, Found: sum})
			}
		}
		for _, c := range w.components(dataDir) {
			if c.Describe().Name != e.Name || !e.Included {
				continue
			}
			faults, err := c.Verify(ctx, filepath.Join(dir, e.Dir), e)
			if err != nil {
				return nil, err
			}
			out = append(out, faults...)
		}
	}
	return out, nil
}

// state is what somebody who opens the installation sees, on one line.
func state(disk *portfake.Disk) string {
	before := disk.Fail
	disk.Fail = nil
	defer func() { disk.Fail = before }()
	var out []string
	for _, c := range []*portfake.Component{
		portfake.NewDatabase(disk, dataDir), portfake.NewRegistry(disk, dataDir), portfake.NewTree(disk, indexDir),
	} {
		lines, ok, err := c.View()
		sort.Strings(lines)
		said := strings.Join(lines, " ")
		switch {
		case err != nil:
			said = "(unreadable)"
		case !ok:
			said = "(none)"
		}
		out = append(out, c.Describe().Name+": "+said)
	}
	return strings.Join(out, "; ")
}

// openable reports whether there is a database to open.
func openable(disk *portfake.Disk) bool {
	_, ok := disk.Peek(filepath.Join(dataDir, "atocore.db"))
	return ok
}

// scene is a situation in which a restore, or an undo, is done.
type scene struct {
	name  string
	index bool
	req   Request
	live  func(d *portfake.Disk) // makes the state that is backed up; nil for the usual one
	after func(d *portfake.Disk) // changes it after the backup
	undo  bool                   // what is done is to undo a restore that went well
}

func usual(d *portfake.Disk) {
	d.Put(dataDir+"/atocore.db", portfake.ComponentFile("m1", "m2"))
	d.Put(dataDir+"/projects.json", portfake.ComponentFile("p1"))
	d.Put(indexDir+"/chroma/segments/one", portfake.ComponentFile("v1"))
	d.Put(indexDir+"/chroma/segments/two", portfake.ComponentFile("v2"))
}

func changed(d *portfake.Disk) {
	d.Put(dataDir+"/atocore.db", portfake.ComponentFile("m1", "m3"))
	d.Put(dataDir+"/atocore.db-wal", "+m4 -m1")
	d.Put(dataDir+"/atocore.db-shm", "shared memory")
	d.Put(dataDir+"/projects.json", portfake.ComponentFile("p1", "p2"))
	d.Put(indexDir+"/chroma/segments/one", portfake.ComponentFile("v3"))
}

func scenes() []scene {
	yes := Request{Name: Latest, Confirmed: true}
	noSafety := Request{Name: Latest, Confirmed: true, SkipSafety: true}
	no := false
	noIndex := Request{Name: Latest, Confirmed: true, SkipSafety: true, IncludeIndex: &no}
	return []scene{
		{name: "everything, with a safety backup", index: true, req: yes, after: changed},
		{name: "without an index", req: noSafety, after: changed},
		{name: "the index left out", index: true, req: noIndex, after: changed},
		{name: "a hot journal", req: noSafety, after: func(d *portfake.Disk) {
			changed(d)
			d.Put(dataDir+"/atocore.db-journal", portfake.ComponentFile("m9"))
		}},
		{name: "the database destroyed", req: noSafety, after: func(d *portfake.Disk) {
			changed(d)
			d.Put(dataDir+"/atocore.db", "garbage")
		}},
		{name: "the machine lost", req: yes, after: func(d *portfake.Disk) {
			for _, p := range []string{"/srv", "/index"} {
				if err := d.RemoveAll(p); err != nil {
					panic(err)
				}
			}
			if err := d.Sync("/"); err != nil {
				panic(err)
			}
		}},
		{name: "no registry in the backup", req: noSafety, live: func(d *portfake.Disk) {
			d.Put(dataDir+"/atocore.db", portfake.ComponentFile("m1"))
		}, after: changed},
		{name: "an undo", index: true, req: yes, after: changed, undo: true},
	}
}

// setUp brings the scene to the moment before the call under test.
func (s scene) setUp(t testing.TB) *world {
	t.Helper()
	disk := portfake.NewDisk()
	disk.PutFolder(backupsDir)
	disk.PutFolder(dataDir)
	disk.PutFolder(indexDir)
	if s.live == nil {
		s.live = usual
	}
	s.live(disk)
	w := boot(disk, s.index)
	_, err := w.backUpAs(context.Background(), domain.BackupManual)
	require.NoError(t, err)
	w.clock.Advance(3600e9)
	s.after(disk)
	if s.undo {
		_, err := w.service.Restore(context.Background(), s.req, nil)
		require.NoError(t, err)
		w.clock.Advance(3600e9)
	}
	return w
}

// act does what the scene is about.
func (s scene) act(w *world) error {
	if s.undo {
		_, err := w.service.Undo(context.Background(), true, nil)
		return err
	}
	_, err := w.service.Restore(context.Background(), s.req, nil)
	return err
}

// ends returns the state before and after an undisturbed run, and its calls.
func (s scene) ends(t testing.TB) (before, after string, trace []string) {
	t.Helper()
	w := s.setUp(t)
	before = state(w.disk)
	w.faults.FailAt(0, nil)
	require.NoError(t, s.act(w), s.name)
	trace = w.faults.Trace()
	after = state(w.disk)
	require.NotEqual(t, before, after, s.name)
	return before, after, trace
}
