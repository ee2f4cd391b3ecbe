package prove_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/prove"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// world is a small installation in memory. What a copy answers is what its store
// holds: the captured copy's and the restored one's are apart, so that a test can
// make them differ.
type world struct {
	disk       *portfake.Disk
	backups    *portfake.BackupStore
	scratch    *portfake.Scratch
	clock      *portfake.Clock
	captured   *portfake.Store
	restored   *portfake.Store
	registries map[string]*portfake.ProjectRegistry
	ledger     []domain.LedgerEntry
	cfg        prove.Config

	restoreErr    error
	restoreFaults []domain.Fault
	openErr       map[string]error // captured, restored
	opened        int              // states that are open
	targets       []string
	parts         []ports.Part // that were searched
}

func newWorld(t *testing.T) *world {
	t.Helper()
	disk := portfake.NewDisk()
	disk.PutFolder("/backups")
	disk.PutFolder("/scratch")
	w := &world{
		disk: disk, backups: portfake.NewBackupStore(disk, "/backups"), scratch: portfake.NewScratch(disk, "/scratch"),
		clock: &portfake.Clock{}, captured: fill(t), restored: fill(t), openErr: map[string]error{},
		registries: map[string]*portfake.ProjectRegistry{},
	}
	for _, name := range []string{"captured", "restored"} {
		w.registries[name] = portfake.NewProjectRegistry(domain.Project{
			Name: "atlas", IngestRoots: []domain.IngestRoot{{Path: "/srv/atlas", Label: "docs"}},
		})
	}
	w.cfg = prove.Config{
		Backups: w.backups, Proofs: w.backups, Scratch: w.scratch, Disk: disk, Clock: w.clock, AppVersion: "1.2.3",
		Embedding: domain.EmbeddingModel{Name: "test", Dimension: 2}, Prompts: []string{"what the operator asks about sqlite"},
		OpenCaptured: func(_ context.Context, _ string) (ports.State, error) { return w.open("captured", w.captured) },
		OpenRestored: func(_ context.Context, _ string) (ports.State, error) { return w.open("restored", w.restored) },
		Restore: func(_ context.Context, _ domain.Stamp, target string, _ func(domain.CopyProgress)) (domain.RestoreResult, []domain.Fault, error) {
			w.targets = append(w.targets, target)
			if w.restoreErr != nil {
				return domain.RestoreResult{}, w.restoreFaults, w.restoreErr
			}
			w.clock.Advance(2 * time.Second)
			return domain.RestoreResult{Took: 2 * time.Second}, nil, disk.Mkdir(target)
		},
		Ask: func(ctx context.Context, _ ports.State, on ports.Searched, _ time.Time, q domain.Query) (domain.Answer, error) {
			found, err := on.Text.Search(ctx, q.Prompt, domain.Scope{}, q.TopK)
			var a domain.Answer
			for _, c := range found {
				a.Results = append(a.Results, domain.Result{Passage: domain.Passage{ID: c.ID}})
			}
			return a, err
		},
		Record: func(_ context.Context, e domain.LedgerEntry) error {
			w.ledger = append(w.ledger, e)
			return nil
		},
	}
	return w
}

func (w *world) service() *prove.Service { return prove.New(w.cfg) }

func (w *world) open(name string, s *portfake.Store) (ports.State, error) {
	if err := w.openErr[name]; err != nil {
		return ports.State{}, err
	}
	w.opened++
	return ports.State{
		Registry: w.registries[name], Memories: s.Memories(), Documents: s.Documents(), Listed: s.Listed(),
		Passages: s.Passages(),
		Search: func(ctx context.Context, of ports.Part) (ports.Searched, error) {
			w.parts = append(w.parts, of)
			return s.Searched(ctx, of)
		},
		Close: func() error { w.opened--; return nil },
	}, nil
}

// fill returns a store with memories and a document.
func fill(t *testing.T) *portfake.Store {
	t.Helper()
	s := portfake.NewStore()
	for id, text := range map[string]string{
		"m1": "the database is sqlite", "m2": "backups are kept for a year", "m3": "answers are short",
	} {
		add(t, s, id, text, []float32{1, 0})
	}
	key := domain.DocumentKey{Project: "atlas", Root: "docs", Path: "a.md"}
	var chunks []domain.Chunk
	for i, text := range []string{"why sqlite was chosen", "how backups are restored"} {
		chunks = append(chunks, domain.Chunk{ID: domain.ChunkID(key, text, 0), Seq: i, StartLine: i + 1, EndLine: i + 1, Content: text, Vector: []float32{0, 1}})
	}
	require.NoError(t, s.Documents().Replace(t.Context(), domain.Document{DocumentKey: key, Title: "A"}.With(chunks)))
	return s
}

func add(t *testing.T, s *portfake.Store, id, text string, vector []float32) {
	t.Helper()
	require.NoError(t, s.Memories().Create(t.Context(), domain.Memory{
		ID: id, Type: domain.MemoryKnowledge, Content: text, Confidence: 0.7, Status: domain.MemoryActive, Revision: 1,
	}, vector))
}

// backUp makes a backup with probes, as the use case of backups does.
func (w *world) backUp(t *testing.T) domain.Stamp {
	t.Helper()
	dir, err := w.backups.Begin(t.Context())
	require.NoError(t, err)
	set, err := w.service().Capture(t.Context(), dir)
	require.NoError(t, err)
	file, err := w.backups.PutProbes(t.Context(), dir, set)
	require.NoError(t, err)
	return w.commit(t, dir, &file)
}

func (w *world) commit(t *testing.T, dir string, probes *domain.FileEntry) domain.Stamp {
	t.Helper()
	m, err := w.backups.Commit(t.Context(), dir, domain.Manifest{
		Format: domain.BackupFormat, CreatedAt: w.clock.Now(), Probes: probes,
		Components: []domain.ComponentEntry{{
			Name: "sqlite", Dir: "db", Included: true, Files: []domain.FileEntry{{Path: "db/atocore.db", Size: 100}},
			Facts: domain.ComponentFacts{Tables: []domain.TableDigest{{Name: "memory", Rows: 3}}},
		}},
	})
	require.NoError(t, err)
	return m.Stamp
}
