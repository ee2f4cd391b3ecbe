package chroma

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/backupdir"
	adapter "github.com/atocore/atocore/adapters/chroma"
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
	"github.com/atocore/atocore/domain/index"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/domain/restore"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/test/chromaserver"
)

// stack is the program's use cases over a choice of adapters.
type stack struct {
	dir      string
	server   *chromaserver.Server // nil for vectors in the database
	registry ports.ProjectRegistry
	files    bool // the registry is a file
	gate     *lockfile.Gate
	embedder ports.Embedder
	ids      numbers
}

// opened are the use cases while the stores are open.
type opened struct {
	memory *memory.Service
	ingest *ingest.Service
	query  *query.Service
	index  *index.Service
	close  func() error
}

func newStack(t *testing.T, withChroma, withFile bool) *stack {
	s := &stack{dir: filepath.Join(t.TempDir(), "data"), files: withFile, embedder: embed.NewLocal()}
	require.NoError(t, os.Mkdir(s.dir, 0o700))
	s.gate = lockfile.New(lockfile.Config{Dir: s.dir})
	s.registry = portfake.NewProjectRegistry()
	if withFile {
		s.registry = registryjson.New(registryjson.Config{Path: filepath.Join(s.dir, registryjson.FileName)})
	}
	if withChroma {
		s.server = chromaserver.Start(t)
	}
	return s
}

func (s *stack) open(t *testing.T) opened {
	t.Helper()
	release, err := s.gate.Share(t.Context())
	require.NoError(t, err)
	_, err = os.Stat(filepath.Join(s.dir, sqlite.FileName))
	config := sqlite.Config{Path: filepath.Join(s.dir, sqlite.FileName), Create: errors.Is(err, os.ErrNotExist)}
	keeper := index.Config{Embedder: s.embedder, Gate: s.gate, Indexing: s.gate}
	done := func() error { return nil }
	if s.server == nil {
		config.Model = s.embedder.Model()
	} else {
		config.Queued = s.embedder.Model()
		server, err := adapter.Open(adapter.Config{URL: s.server.URL})
		require.NoError(t, err)
		keeper.Storage, done = server, server.Close
	}
	store, err := sqlite.Open(t.Context(), config)
	require.NoError(t, err)
	search := engine.New(engine.Config{Feed: store.Feed(), Model: config.Model})
	var vectors ports.VectorSearcher = search.Vectors()
	if s.server == nil {
		keeper.Inline = store
	} else {
		remote := store.Remote("swap")
		keeper.Ledger, keeper.Queue, keeper.Text = remote, remote, remote
		vectors = index.New(keeper).Live()
	}
	o := opened{
		memory: memory.New(memory.Config{
			Memories: store.Memories(), Registry: s.registry, Embedder: s.embedder,
			Clock: system.Clock{}, IDs: &s.ids,
		}),
		ingest: ingest.New(ingest.Config{
			Registry: s.registry, Source: filetree.Tree{}, Parser: parse.New(), Embedder: s.embedder,
			Documents: store.Documents(), Gate: s.gate, Clock: system.Clock{},
		}),
		query: query.New(query.Config{
			Text: search.Text(), Vectors: vectors, Passages: search, Registry: s.registry,
			Embedder: s.embedder, Weights: domain.DefaultRankingWeights(),
		}),
		index: index.New(keeper),
		close: func() error { return errors.Join(done(), store.Close(), release()) },
	}
	require.NoError(t, o.index.Prepare(t.Context()))
	return o
}

// numbers makes the same ids in every run.
type numbers struct{ n int }

func (i *numbers) NewID() string { i.n++; return "memory-" + string(rune('a'+i.n)) }

func (s *stack) components(dir string) []ports.Component {
	all := []ports.Component{sqlite.NewComponent(sqlite.ComponentConfig{Path: filepath.Join(dir, sqlite.FileName)})}
	if s.files {
		all = append(all, registryjson.NewComponent(registryjson.Config{Path: filepath.Join(dir, registryjson.FileName)}))
	}
	if s.server != nil {
		all = append(all, adapter.NewComponent(adapter.ComponentConfig{PersistDir: s.server.Dir}))
	}
	return all
}

func (s *stack) backups() (*backup.Service, *backupdir.Store) {
	store := backupdir.New(backupdir.Config{
		Disk: osdisk.Disk{}, Dir: filepath.Join(s.dir, "backups"), DataDir: s.dir, Lock: backupdir.FileLock,
	})
	return backup.New(backup.Config{Store: store, Components: s.components(s.dir), Disk: osdisk.Disk{}, Clock: system.Clock{}}), store
}

func (s *stack) restore(t *testing.T, stamp domain.Stamp) {
	t.Helper()
	backups, store := s.backups()
	if s.server != nil {
		s.server.Kill()
	}
	_, err := restore.New(restore.Config{
		DataDir: s.dir, Components: s.components, Disk: osdisk.Disk{}, Store: store, Gate: s.gate, Clock: system.Clock{},
		Look: backups.Look,
		Validate: func(ctx context.Context, stamp domain.Stamp, report func(domain.CopyProgress)) ([]domain.Fault, error) {
			v, err := backups.Validate(ctx, string(stamp), report)
			return v.Faults, err
		},
		BackUp: func(ctx context.Context, report func(domain.CopyProgress)) (domain.Manifest, error) {
			return backups.Create(ctx, backup.Options{Kind: domain.BackupPreRestore, Report: report})
		},
	}).Restore(t.Context(), restore.Request{Name: string(stamp), Confirmed: true}, func(domain.CopyProgress) {})
	require.NoError(t, err)
	if s.server != nil {
		s.server.Up()
	}
}

// script registers, refreshes, remembers, asks, backs up, mutates, restores and
// asks again; it returns the ids found before and after.
func (s *stack) script(t *testing.T, docs string) (before, after [][]string) {
	ctx := t.Context()
	o := s.open(t)
	require.NoError(t, s.registry.Update(ctx, func([]domain.Project) ([]domain.Project, error) {
		return []domain.Project{{Name: "services", IngestRoots: []domain.IngestRoot{{Path: docs, Label: "docs"}}}}, nil
	}))
	refresh := func(o opened) {
		_, err := o.ingest.Refresh(ctx, "services", nil)
		require.NoError(t, err)
		_, err = o.index.Drain(ctx, nil)
		require.NoError(t, err)
	}
	remember := func(o opened, content string) {
		_, err := o.memory.Remember(ctx, memory.Draft{Type: "preference", Content: content})
		require.NoError(t, err)
		_, err = o.index.Drain(ctx, nil)
		require.NoError(t, err)
	}
	ask := func(o opened) (found [][]string) {
		for _, q := range questions {
			a, err := o.query.Query(ctx, domain.Query{Prompt: q, TopK: 10})
			require.NoError(t, err)
			require.Empty(t, a.VectorDegraded)
			ids := []string{}
			for _, r := range a.Results {
				ids = append(ids, r.ID)
			}
			found = append(found, ids)
		}
		return found
	}
	refresh(o)
	remember(o, "Answers are short and come with their sources")
	before = ask(o)
	require.NoError(t, o.close())
	backups, _ := s.backups()
	m, err := backups.Create(ctx, backup.Options{})
	require.NoError(t, err)

	o = s.open(t)
	remember(o, "Service 3 moved to port 9999, and service 17 is gone")
	_, err = o.memory.List(ctx, domain.MemoryFilter{})
	require.NoError(t, err)
	require.NotEqual(t, before, ask(o), "the mutation shows")
	require.NoError(t, o.close())
	s.restore(t, m.Stamp)

	o = s.open(t)
	after = ask(o)
	check, err := o.index.Verify(ctx)
	require.NoError(t, err)
	require.True(t, check.Sound(), "%+v", check)
	require.NoError(t, o.close())
	return before, after
}

// Whatever the vectors and the projects are kept in, the same script gives the
// same ids in the same order. Chroma's graph is approximate: of its ten best at
// least nine in ten must be those of the exact search, and here all of them are.
//
// It is not parallel: a process that another test starts has, for an instant, the
// files of this one open, and a restore would be refused.
func TestAdaptersAreSwapped(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	require.NoError(t, os.Mkdir(w.docs(), 0o700))
	for n := range 40 {
		w.write(n, 1)
	}
	var want [][]string
	for _, c := range []struct {
		name           string
		chroma, onFile bool
	}{
		{"sqlite, file", false, true},
		{"sqlite, fake", false, false},
		{"chroma, file", true, true},
		{"chroma, fake", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := newStack(t, c.chroma, c.onFile).script(t, w.docs())
			assert.Equal(t, before, after, "before the backup and after the restore")
			if want == nil {
				want = before
			}
			same, all := 0, 0
			for q := range want {
				for i, id := range want[q] {
					all++
					if i < len(before[q]) && before[q][i] == id {
						same++
					}
				}
			}
			t.Logf("%d of %d results are at the same place", same, all)
			if !c.chroma {
				assert.Equal(t, want, before)
			}
			assert.GreaterOrEqual(t, float64(same), 0.9*float64(all))
		})
	}
}
