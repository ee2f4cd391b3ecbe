package app

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/scratchdir"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/prove"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/domain/restore"
	"github.com/atocore/atocore/domain/schedule"
	"github.com/atocore/atocore/ports"
)

// room is where copies are made that nobody needs afterwards.
func (i installation) room() *scratchdir.Scratch {
	return scratchdir.New(scratchdir.Config{Dir: i.settings.Backup.ScratchDir})
}

// proofs restores backups into scratch, and asks them.
func (i installation) proofs() *prove.Service {
	store := i.backupStore()
	return prove.New(prove.Config{
		Backups: store, Proofs: store, Scratch: i.room(), Disk: osdisk.Disk{}, Clock: system.Clock{},
		Restore: i.restoreInto, OpenCaptured: i.openCaptured, OpenRestored: i.openRestored, Ask: i.askPlainly,
		Embedding: i.embedder.Model(), AppVersion: i.version, Prompts: i.settings.Backup.Probes, Record: i.record, Tell: i.tell,
	})
}

// restoreInto restores a backup into another folder, and keeps what validation
// found wrong with it.
func (i installation) restoreInto(ctx context.Context, stamp domain.Stamp, target string, report func(domain.CopyProgress)) (domain.RestoreResult, []domain.Fault, error) {
	store := i.backupStore()
	backups := backup.New(backup.Config{
		Store: store, Components: i.components(i.settings.DataDir), Disk: osdisk.Disk{}, Clock: system.Clock{}, AppVersion: i.version,
	})
	var faults []domain.Fault
	res, err := restore.New(restore.Config{
		DataDir: i.settings.DataDir, Components: i.components, Disk: osdisk.Disk{}, Store: store, Gate: i.gate, Clock: system.Clock{},
		Look: backups.Look,
		Validate: func(ctx context.Context, stamp domain.Stamp, report func(domain.CopyProgress)) ([]domain.Fault, error) {
			v, err := backups.Validate(ctx, string(stamp), report)
			faults = v.Faults
			return v.Faults, err
		},
	}).Restore(ctx, restore.Request{Name: string(stamp), Target: target}, report)
	return res, faults, err
}

// openCaptured opens the captured copy in a backup's folder.
func (i installation) openCaptured(ctx context.Context, backupDir string) (ports.State, error) {
	store, err := sqlite.OpenCopy(ctx, sqlite.Config{
		Path: filepath.Join(backupDir, "db", databaseFile), Model: i.embedder.Model(),
	})
	if err != nil {
		return ports.State{}, err
	}
	return i.state(store, filepath.Join(backupDir, "registry", registryFile)), nil
}

// openRestored opens a data directory in scratch as a service would: its schema is
// brought up to date.
func (i installation) openRestored(ctx context.Context, dataDir string) (ports.State, error) {
	store, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(dataDir, databaseFile), Model: i.embedder.Model()})
	if err != nil {
		return ports.State{}, err
	}
	return i.state(store, filepath.Join(dataDir, registryFile)), nil
}

func (i installation) state(store *sqlite.Store, registry string) ports.State {
	return ports.State{
		Registry: registryjson.New(registryjson.Config{Path: registry}), Memories: store.Memories(),
		Documents: store.Documents(), Listed: store.Listed(), Passages: store.Passages(),
		Search: func(ctx context.Context, of ports.Part) (ports.Searched, error) { return i.searchPart(ctx, store, of) },
		Close:  store.Close,
	}
}

// nearPrompt is how many passages of the whole state a prompt brings into the part
// that is searched.
const nearPrompt = 100

// searchPart makes an index over a part of a store, in memory and from nothing but
// the store.
func (i installation) searchPart(ctx context.Context, store *sqlite.Store, of ports.Part) (ports.Searched, error) {
	model := i.embedder.Model()
	ids := of.IDs
	if len(of.Prompts) > 0 {
		prompts, err := i.embedder.Embed(ctx, of.Prompts)
		if err != nil {
			return ports.Searched{}, err
		}
		all := engine.New(engine.Config{Feed: store.FeedOfVectors(), Model: model})
		if err := all.Sync(ctx); err != nil {
			return ports.Searched{}, err
		}
		for _, v := range prompts {
			found, err := all.Vectors().Search(ctx, v, domain.Scope{}, nearPrompt)
			if err != nil && domain.KindOf(err) != domain.KindUnavailable { // without vectors nothing is near
				return ports.Searched{}, err
			}
			for _, c := range found {
				ids = append(ids, c.ID)
			}
		}
	}
	e := engine.New(engine.Config{Feed: store.FeedOf(ids), Model: model})
	return ports.Searched{Text: e.Text(), Vectors: e.Vectors(), Passages: e}, e.Sync(ctx)
}

// askPlainly asks a state with the weights that the program comes with, so that
// other settings give no other answers.
func (i installation) askPlainly(
	ctx context.Context, s ports.State, on ports.Searched, _ time.Time, q domain.Query,
) (domain.Answer, error) {
	return query.New(query.Config{
		Text: on.Text, Vectors: on.Vectors, Passages: on.Passages, Registry: s.Registry, Memories: s.Memories,
		Embedder: i.embedder, Weights: domain.DefaultRankingWeights(),
	}).Query(ctx, q)
}

// proven returns the error of a backup that failed its proof; nil for one that
// passed.
func proven(p domain.Proof) error {
	if p.Passed {
		return nil
	}
	var all []error
	for _, d := range p.Differences {
		all = append(all, errors.New(d.String()))
	}
	return domain.Corrupt("backup %s failed its proof in %d points", p.Stamp, len(p.Differences)).Because(errors.Join(all...)).
		WithHint("do not rely on it: make a new one with atocore backup create, and prove that")
}

// proveNewest proves the newest backup, for the schedule.
func (i installation) proveNewest(ctx context.Context) (schedule.Result, error) {
	p, err := i.proofs().Prove(ctx, prove.Latest, nil)
	if err != nil {
		return schedule.Result{}, err
	}
	r := schedule.Result{Stamp: p.Stamp, Detail: "restores in " + p.RestoreTook.Round(time.Millisecond).String()}
	if p.Passed && p.Unkept != "" {
		return r, domain.Unavailable("backup %s is proven, but that could not be kept with it: %s", p.Stamp, p.Unkept).
			WithHint("make room, and let this user write to the folder of the backups")
	}
	return r, proven(p)
}
