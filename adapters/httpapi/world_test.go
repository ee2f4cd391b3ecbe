package httpapi

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/audit"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/interaction"
	"github.com/atocore/atocore/domain/key"
	"github.com/atocore/atocore/domain/ledger"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/pack"
	"github.com/atocore/atocore/domain/project"
	"github.com/atocore/atocore/domain/prove"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/domain/recall"
	"github.com/atocore/atocore/domain/restore"
	"github.com/atocore/atocore/domain/state"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// world is what the server stands on in tests: the real use cases over fakes.
type world struct {
	clock    portfake.Clock
	embedder portfake.Embedder
	ids      ports.IDs
	registry *portfake.ProjectRegistry
	source   portfake.SourceTree
	gate     portfake.Gate
	fail     func(op string) error // of the stores
	disk     *portfake.Disk        // that holds the backups
	kept     *portfake.BackupStore
	entries  *portfake.Ledger

	rehearsal *rehearsal
	unproven  error // what the job prove fails with
}

func newWorld() *world {
	return &world{ids: &portfake.IDs{}, registry: portfake.NewProjectRegistry(
		domain.Project{Name: "Apollo", Aliases: []string{"moon"}, IngestRoots: []domain.IngestRoot{{Path: "/srv/apollo", Label: "docs"}}},
		domain.Project{Name: "Far Away", IngestRoots: []domain.IngestRoot{{Path: "/srv/far", Label: "docs"}}},
	)}
}

// config returns a server's configuration with every use case.
func (w *world) config() Config {
	store := portfake.NewStore()
	store.Model, store.Fail = w.embedder.Model(), w.fail
	facts := &portfake.Facts{}
	recalls := recall.New(recall.Config{Store: &portfake.Recalls{}, Clock: &w.clock})
	queries := query.New(query.Config{
		Text: store.Text(), Vectors: store.Vectors(), Passages: store.Passages(),
		Registry: w.registry, Embedder: &w.embedder, Weights: domain.DefaultRankingWeights(),
		Catalog: store.Catalog(), Memories: store.Memories(),
		Archive: store.Memories(), Index: portfake.Index, Changes: store.Memories(), Recalled: recalls.Note,
	})
	backups := w.backups()
	kept := &portfake.Interactions{}
	memories := memory.New(memory.Config{
		Memories: store.Memories(), Archive: store.Memories(), Near: store.Vectors(), Passages: store.Passages(), Changes: store.Memories(), Registry: w.registry, Embedder: &w.embedder,
		Clock: &w.clock, IDs: w.ids, Recalls: recalls.Counts,
	})
	return Config{
		Interactions: interaction.New(interaction.Config{
			Interactions: kept, Retention: kept, Memories: memories, Passages: store.Passages(), Registry: w.registry,
			Clock: &w.clock, IDs: w.ids, Capture: true, KeepFor: 90 * 24 * time.Hour, Keep: 20000,
		}),
		State:   state.New(state.Config{Facts: facts, Registry: w.registry, Clock: &w.clock}),
		Backups: backups, Proofs: w.proofs(backups, store), Ledger: w.ledger(),
		Drill: w.drill(), Retention: w.retention(), Schedule: w.schedule(),
		Memories: memories,
		Projects: project.New(project.Config{
			Registry: w.registry, Documents: store.Documents(), Memories: store.Memories(),
			Source: &w.source, Gate: &w.gate, Clock: &w.clock,
		}),
		Ingest: ingest.New(ingest.Config{
			Registry: w.registry, Source: &w.source, Parser: portfake.Parser{}, Embedder: &w.embedder,
			Documents: store.Documents(), Gate: &w.gate, Clock: &w.clock,
		}),
		Query: queries,
		Pack: pack.New(pack.Config{
			Query: queries, Facts: facts, Origins: store.Passages(), Archive: store.Memories(),
			Tokenizer: portfake.Tokenizer{}, Clock: &w.clock, Recalled: recalls.Note,
		}),
	}
}

// backups returns the use case over a small data directory in memory.
func (w *world) backups() *backup.Service {
	disk := portfake.NewDisk()
	disk.PutFolder("/data/backups")
	disk.Put("/data/atocore.db", portfake.ComponentFile("one", "two"))
	disk.Put("/data/projects.json", portfake.ComponentFile("apollo"))
	disk.PutFolder("/scratch")
	w.disk, w.entries, w.kept = disk, &portfake.Ledger{}, portfake.NewBackupStore(disk, "/data/backups")
	return backup.New(backup.Config{
		Store: w.kept, Disk: disk, Clock: &w.clock, AppVersion: "1.0.0", Components: w.components("/data"),
		Record: w.ledger().Record,
	})
}

func (w *world) components(dir string) []ports.Component {
	return []ports.Component{portfake.NewDatabase(w.disk, dir), portfake.NewRegistry(w.disk, dir)}
}

func (w *world) ledger() *ledger.Service {
	return ledger.New(ledger.Config{Ledger: w.entries, Backups: w.kept, Clock: &w.clock, AppVersion: "1.0.0"})
}

// proofs returns the use case whose restored copies all hold what store holds.
func (w *world) proofs(backups *backup.Service, store *portfake.Store) *prove.Service {
	open := func(context.Context, string) (ports.State, error) {
		return ports.State{
			Registry: w.registry, Memories: store.Memories(), Documents: store.Documents(), Listed: store.Listed(),
			Passages: store.Passages(), Search: store.Searched, Close: func() error { return nil },
		}, nil
	}
	return prove.New(prove.Config{
		Backups: w.kept, Proofs: w.kept, Scratch: portfake.NewScratch(w.disk, "/scratch"), Disk: w.disk, Clock: &w.clock,
		OpenCaptured: open, OpenRestored: open, AppVersion: "1.0.0", Record: w.ledger().Record,
		Ask: func(ctx context.Context, s ports.State, on ports.Searched, _ time.Time, q domain.Query) (domain.Answer, error) {
			return query.New(query.Config{
				Text: on.Text, Vectors: on.Vectors, Passages: on.Passages, Registry: s.Registry,
				Embedder: &w.embedder, Weights: domain.DefaultRankingWeights(),
			}).Query(ctx, q)
		},
		Restore: func(ctx context.Context, stamp domain.Stamp, target string, report func(domain.CopyProgress)) (domain.RestoreResult, []domain.Fault, error) {
			var faults []domain.Fault
			res, err := restore.New(restore.Config{
				DataDir: "/data", Components: w.components, Disk: w.disk, Store: w.kept, Gate: &w.gate, Clock: &w.clock,
				Look: backups.Look,
				Validate: func(ctx context.Context, stamp domain.Stamp, report func(domain.CopyProgress)) ([]domain.Fault, error) {
					v, err := backups.Validate(ctx, string(stamp), report)
					faults = v.Faults
					return v.Faults, err
				},
			}).Restore(ctx, restore.Request{Name: string(stamp), Target: target}, report)
			return res, faults, err
		},
	})
}

// documentedServer is the server that the examples of the documentation are for.
func documentedServer() Config {
	w := newWorld()
	w.registry = portfake.NewProjectRegistry()
	w.ids = &documentedIDs{}
	w.clock.Set(time.Date(2026, 4, 9, 6, 0, 0, 123456000, time.UTC))
	w.source.Write("/srv/apollo/docs", "lander/engine.md",
		"# Descent engine\n\nThe descent engine is throttled between 10 and 60 percent.\nAbove that it runs at full thrust.\n")
	w.source.Write("/srv/apollo/docs", "crew.md", "# Crew\n\nTwo of the three land.\n")
	w.source.Block("/srv/apollo/docs", "logo.png", domain.SkipBinary)
	c := w.config()
	c.Version = "1.0.0"
	c.Ready = func(context.Context) []Component {
		return []Component{{Name: "sqlite"}, {Name: "registry"}}
	}
	// The page's examples are those of the operator of a service that stays open.
	c.Keys = key.New(key.Config{
		Keys: openKeys{&portfake.Keys{}}, Registry: w.registry, Clock: &w.clock, Random: rand.NewChaCha8([32]byte{}),
	})
	c.Audit = audit.New(audit.Config{Trail: &portfake.Audit{}, Clock: &w.clock})
	return c
}

// openKeys are keys that close no door.
type openKeys struct{ *portfake.Keys }

func (openKeys) Any(context.Context) (bool, error) { return false, nil }

// documentedIDs makes identifiers that look like those of a real server.
type documentedIDs struct{ made int }

func (i *documentedIDs) NewID() string {
	i.made++
	return fmt.Sprintf("0199f3c2-7d4e-7c61-9a57-2f6b8e1d4c%02d", i.made)
}
