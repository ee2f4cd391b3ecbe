// Package restore puts restore to the test with the real adapters and the real
// program: what holds over the fakes (domain/restore) must hold here too.
package restore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/filetree"
	"github.com/atocore/atocore/adapters/lockfile"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/project"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/domain/restore"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

// clock tells moments that all differ, so that no two backups share a second.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.IsZero() {
		c.now = time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	}
	c.now = c.now.Add(time.Second)
	return c.now
}

// installation is the program put together from its real parts in one process.
type installation struct {
	t     require.TestingT
	dir   string // holds data and backups
	clock *clock

	backups  *backup.Service
	restores *restore.Service
	store    *backupdir.Store

	open     *sqlite.Store // nil while stopped
	release  func() error
	memories *memory.Service
	projects *project.Service
	ingests  *ingest.Service
	queries  *query.Service
	registry *registryjson.Registry
}

func newInstallation(t require.TestingT, dir string) *installation {
	i := &installation{t: t, dir: dir, clock: &clock{}}
	require.NoError(t, os.MkdirAll(i.data(), 0o700))
	i.store = backupdir.New(backupdir.Config{
		Disk: osdisk.Disk{}, Dir: filepath.Join(dir, "backups"), DataDir: i.data(), Lock: backupdir.FileLock,
	})
	i.backups = backup.New(backup.Config{
		Store: i.store, Components: i.components(i.data()), Disk: osdisk.Disk{}, Clock: i.clock, AppVersion: "test",
	})
	i.restores = restore.New(restore.Config{
		DataDir: i.data(), Components: i.components, Disk: osdisk.Disk{}, Store: i.store, Clock: i.clock,
		Gate: lockfile.New(lockfile.Config{Dir: i.data()}),
		Look: i.backups.Look,
		Validate: func(ctx context.Context, stamp domain.Stamp, report func(domain.CopyProgress)) ([]domain.Fault, error) {
			v, err := i.backups.Validate(ctx, string(stamp), report)
			return v.Faults, err
		},
		BackUp: func(ctx context.Context, report func(domain.CopyProgress)) (domain.Manifest, error) {
			return i.backups.Create(ctx, backup.Options{Kind: domain.BackupPreRestore, Report: report})
		},
	})
	return i
}

func (i *installation) data() string { return filepath.Join(i.dir, "data") }

func (i *installation) components(dataDir string) []ports.Component {
	return []ports.Component{
		sqlite.NewComponent(sqlite.ComponentConfig{Path: filepath.Join(dataDir, sqlite.FileName)}),
		registryjson.NewComponent(registryjson.Config{Path: filepath.Join(dataDir, registryjson.FileName)}),
	}
}

// start opens the stores.
func (i *installation) start(ctx context.Context) {
	var err error
	i.release, _, err = i.restores.Enter(ctx)
	require.NoError(i.t, err)
	path := filepath.Join(i.data(), sqlite.FileName)
	_, err = os.Stat(path)
	model := embed.NewLocal()
	i.open, err = sqlite.Open(ctx, sqlite.Config{Path: path, Create: os.IsNotExist(err), Model: model.Model()})
	require.NoError(i.t, err)
	i.registry = registryjson.New(registryjson.Config{Path: filepath.Join(i.data(), registryjson.FileName)})
	gate := lockfile.New(lockfile.Config{Dir: i.data()})
	i.memories = memory.New(memory.Config{
		Memories: i.open.Memories(), Archive: i.open.Memories(), Registry: i.registry, Embedder: model, Clock: i.clock, IDs: system.IDs{},
	})
	i.projects = project.New(project.Config{
		Registry: i.registry, Documents: i.open.Documents(), Memories: i.open.Memories(), Source: filetree.Tree{},
		Gate: gate, Clock: i.clock, DataDir: i.data(),
	})
	i.ingests = ingest.New(ingest.Config{
		Registry: i.registry, Source: filetree.Tree{}, Parser: parse.New(), Embedder: model,
		Documents: i.open.Documents(), Gate: gate, Clock: i.clock, Workers: 1,
	})
	search := engine.New(engine.Config{Feed: i.open.Feed(), Model: model.Model()})
	i.queries = query.New(query.Config{
		Text: search.Text(), Vectors: search.Vectors(), Passages: search,
		Registry: i.registry, Embedder: model, Weights: domain.DefaultRankingWeights(),
	})
}

// stop closes them.
func (i *installation) stop() {
	if i.open == nil {
		return
	}
	require.NoError(i.t, i.open.Close())
	require.NoError(i.t, i.release())
	i.open = nil
}

func (i *installation) backUp(ctx context.Context) domain.Stamp {
	m, err := i.backups.Create(ctx, backup.Options{})
	require.NoError(i.t, err)
	return m.Stamp
}

// probes are asked in every snapshot.
var probes = []string{"deploy of the service", "alpha decision", "who prefers short answers", "beta"}

// snapshot is everything that an installation holds, by meaning.
type snapshot struct {
	Memories  []domain.Memory
	Histories map[string][]domain.MemoryChange
	Projects  []domain.Project
	Files     map[string]map[string]domain.FileState // project/root → path → state
	Passages  map[string]domain.Passage
	Answers   map[string][]domain.Result
}

// snapshot reads it; ids are those whose history is looked at.
func (i *installation) snapshot(ctx context.Context, ids []string) snapshot {
	s := snapshot{
		Histories: map[string][]domain.MemoryChange{}, Files: map[string]map[string]domain.FileState{},
		Answers: map[string][]domain.Result{},
	}
	f := domain.MemoryFilter{Limit: domain.MaxPageSize}
	for {
		page, err := i.memories.List(ctx, f)
		require.NoError(i.t, err)
		s.Memories = append(s.Memories, page.Memories...)
		if f.Cursor = page.NextCursor; f.Cursor == "" {
			break
		}
	}
	for _, id := range ids {
		h, err := i.memories.History(ctx, id)
		if domain.KindOf(err) == domain.KindNotFound {
			continue // not remembered yet
		}
		require.NoError(i.t, err)
		s.Histories[id] = h
	}
	var err error
	s.Projects, err = i.projects.List(ctx)
	require.NoError(i.t, err)
	for _, p := range s.Projects {
		roots, err := i.open.Documents().Roots(ctx, p.Name)
		require.NoError(i.t, err)
		sort.Strings(roots)
		for _, root := range roots {
			files, err := i.open.Documents().Files(ctx, p.Name, root)
			require.NoError(i.t, err)
			s.Files[fmt.Sprintf("%s/%s", p.Name, root)] = files
		}
	}
	all, err := porttest.Vectored(ctx, i.open.Listed())
	require.NoError(i.t, err)
	s.Passages, err = i.open.Passages().Passages(ctx, all)
	require.NoError(i.t, err)
	for _, probe := range probes {
		a, err := i.queries.Query(ctx, domain.Query{Prompt: probe, TopK: 20, Explain: true})
		require.NoError(i.t, err)
		s.Answers[probe] = a.Results
	}
	return s
}
