package unattended

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/prove"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/domain/restore"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// proofs restores backups into scratch and asks them, by the real use cases. What a
// state holds is what stands in its files on the disk: the lines of the database
// are memories, those of the registry are projects.
func proofs(disk *portfake.Disk, clock ports.Clock, store *backupdir.Store, record func(context.Context, domain.LedgerEntry) error) *prove.Service {
	embedder := &portfake.Embedder{}
	components := func(dir string) []ports.Component {
		return []ports.Component{portfake.NewDatabase(disk, dir), portfake.NewRegistry(disk, dir)}
	}
	open := func(ctx context.Context, database, registry string) (ports.State, error) {
		return stateOf(ctx, disk, embedder, database, registry)
	}
	return prove.New(prove.Config{
		Backups: store, Proofs: store, Scratch: portfake.NewScratch(disk, "/scratch"), Disk: disk, Clock: clock,
		Embedding: embedder.Model(), AppVersion: "1", Record: record,
		OpenCaptured: func(ctx context.Context, dir string) (ports.State, error) {
			return open(ctx, path.Join(dir, "db/atocore.db"), path.Join(dir, "registry/projects.json"))
		},
		OpenRestored: func(ctx context.Context, dir string) (ports.State, error) {
			return open(ctx, path.Join(dir, "atocore.db"), path.Join(dir, "projects.json"))
		},
		Ask: func(ctx context.Context, s ports.State, on ports.Searched, _ time.Time, q domain.Query) (domain.Answer, error) {
			return query.New(query.Config{
				Text: on.Text, Vectors: on.Vectors, Passages: on.Passages, Registry: s.Registry, Memories: s.Memories,
				Embedder: embedder, Weights: domain.DefaultRankingWeights(),
			}).Query(ctx, q)
		},
		Restore: func(ctx context.Context, stamp domain.Stamp, target string, report func(domain.CopyProgress)) (domain.RestoreResult, []domain.Fault, error) {
			backups := backup.New(backup.Config{Store: store, Disk: disk, Clock: clock, AppVersion: "1", Workers: 1, Components: components("/data")})
			var faults []domain.Fault
			res, err := restore.New(restore.Config{
				DataDir: "/data", Components: components, Disk: disk, Store: store, Gate: &portfake.Gate{}, Clock: clock,
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

// stateOf opens what stands in two files.
func stateOf(ctx context.Context, disk *portfake.Disk, embedder ports.Embedder, database, registry string) (ports.State, error) {
	memories, err := linesOf(disk, database)
	if err != nil {
		return ports.State{}, err
	}
	projects, err := linesOf(disk, registry)
	if err != nil {
		return ports.State{}, err
	}
	s, known := portfake.NewStore(), []domain.Project{}
	for _, line := range memories {
		text := strings.ReplaceAll(line, "-", " ")
		vectors, err := embedder.Embed(ctx, []string{text})
		if err != nil {
			return ports.State{}, err
		}
		err = s.Memories().Create(ctx, domain.Memory{
			ID: line, Type: domain.MemoryKnowledge, Content: text, Confidence: 0.7, Status: domain.MemoryActive, Revision: 1,
		}, vectors[0])
		if err != nil {
			return ports.State{}, err
		}
	}
	for _, line := range projects {
		known = append(known, domain.Project{Name: line, IngestRoots: []domain.IngestRoot{{Path: "/srv/" + line, Label: "docs"}}})
	}
	return ports.State{
		Registry: portfake.NewProjectRegistry(known...), Memories: s.Memories(), Documents: s.Documents(), Listed: s.Listed(),
		Passages: s.Passages(), Search: s.Searched, Close: func() error { return nil },
	}, nil
}

func linesOf(disk *portfake.Disk, name string) ([]string, error) {
	data, err := disk.ReadFile(name)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(data), "\n")
	lines := strings.Fields(rest)
	if portfake.ComponentFile(lines...) != string(data) {
		return nil, domain.Corrupt("%s is damaged", name)
	}
	return lines, nil
}

// remember is what happens on a day: the state that is backed up grows and changes.
func (m *month) remember() {
	m.days++
	m.lines = append(m.lines, fmt.Sprintf("on-day-%d-the-canary-moved-to-cellar-%d", m.days, m.dice.Intn(100)))
	if len(m.lines) > 12 {
		m.lines = m.lines[1:]
	}
	m.disk.Put("/data/atocore.db", portfake.ComponentFile(m.lines...))
}
