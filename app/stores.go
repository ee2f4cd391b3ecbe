package app

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/adapters/filetree"
	"github.com/atocore/atocore/adapters/lockfile"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/adapters/tiktoken"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/audit"
	"github.com/atocore/atocore/domain/fence"
	"github.com/atocore/atocore/domain/index"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/key"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/pack"
	"github.com/atocore/atocore/domain/project"
	"github.com/atocore/atocore/domain/recall"
	projectstate "github.com/atocore/atocore/domain/state"
	"github.com/atocore/atocore/domain/tune"
	"github.com/atocore/atocore/ports"
)

// installation is one data directory under one configuration: the adapters that
// open nothing by being made.
type installation struct {
	settings *configs.Settings
	weights  domain.RankingWeights
	gate     *lockfile.Gate
	registry *registryjson.Registry
	embedder ports.Embedder
	version  string
	unserved bool      // a rehearsal in scratch: no Chroma server keeps its vectors
	told     io.Writer // what a person should know; nil for nobody
	// tell is told how every job ended that this process did; nil for nobody. What
	// the schedule does is told by the schedule.
	tell func(domain.JobReport)
}

func install(s *configs.Settings, w domain.RankingWeights) (installation, error) {
	e, err := embedder(s)
	if err == nil {
		_, err = chatModel(s)
	}
	return installation{
		settings: s,
		weights:  w,
		gate:     lockfile.New(lockfile.Config{Dir: s.DataDir}),
		registry: registryjson.New(registryjson.Config{Path: filepath.Join(s.DataDir, registryFile)}),
		embedder: e,
	}, err
}

func (i installation) imagePath() string { return filepath.Join(i.settings.DataDir, imageFile) }

func (i installation) databasePath() string { return filepath.Join(i.settings.DataDir, databaseFile) }

// open makes the services that need says.
func (p Program) open(ctx context.Context, f cli.Flags, need cli.Need) (*cli.Services, error) {
	collectLess()
	i, err := p.installation(f)
	if err != nil {
		return nil, err
	}
	tell, end, err := i.commandAlerts()
	if err != nil {
		return nil, err
	}
	i.tell = tell
	on, err := i.services(ctx, need)
	if err != nil {
		return nil, errors.Join(err, end())
	}
	closeAll := on.Close
	on.Close = func() error {
		if closeAll == nil {
			return end()
		}
		return errors.Join(closeAll(), end())
	}
	return on, nil
}

// services makes the services that need says.
func (i installation) services(ctx context.Context, need cli.Need) (*cli.Services, error) {
	if need == cli.NeedStores || need == cli.NeedNewStores {
		on, _, _, err := i.openStores(ctx, need)
		return on, err
	}
	on := &cli.Services{Backup: i.backups(), Restore: i.restores(), Retention: i.retention(), Schedule: i.schedule(unattended{}), Remote: i.remote}
	on.ProveRemote = i.proveRemote
	on.Prove, on.Ledger, on.Drill = i.proofs(), i.ledger(), i.drill()
	on.Eval = i.evaluation(nil)
	on.Tune = tune.New(on.Eval)
	if need == cli.NeedBackups {
		return on, nil
	}
	release, err := i.enter(ctx, need)
	if err != nil {
		return nil, err
	}
	on.Close = release
	dir, err := look(i.settings)
	if err == nil {
		err = dir.check()
	}
	if err != nil {
		return nil, errors.Join(err, on.Close())
	}
	return on, nil
}

func (p Program) installation(f cli.Flags) (installation, error) {
	s, w, err := load(f)
	if err != nil {
		return installation{}, err
	}
	i, err := install(s, w)
	i.version, i.told = version(p.Version).Version, p.Err
	return i, err
}

// openStores opens everything. The services close it.
func (i installation) openStores(ctx context.Context, need cli.Need) (*cli.Services, *sqlite.Store, searching, error) {
	release, err := i.enter(ctx, need)
	if err != nil {
		return nil, nil, searching{}, err
	}
	store, err := i.openStore(ctx, need == cli.NeedNewStores)
	if err != nil {
		return nil, nil, searching{}, errors.Join(err, release())
	}
	vectors, keeper, done, err := i.vectors(store)
	if err != nil {
		return nil, nil, searching{}, errors.Join(err, store.Close(), release())
	}
	if err := keeper.Prepare(ctx); err != nil {
		return nil, nil, searching{}, errors.Join(err, done(), store.Close(), release())
	}
	search := i.search(store, vectors)
	recalls := recall.New(recall.Config{Store: store.Recalls(), Clock: system.Clock{}})
	trail := audit.New(audit.Config{Trail: store.Audit(), Clock: system.Clock{}})
	on := i.join(i.fenced(store, search), i.keys(store), trail, keeper, recalls)
	on.Close = func() error {
		// Counts that cannot be written are lost, which is no failure either.
		_ = recalls.Close()
		if ctx.Err() == nil {
			i.catchUp(ctx, keeper)
		}
		// The image is a cache: what keeps it from being written is no failure.
		_ = search.Close()
		on.Keys.Close()
		return errors.Join(done(), store.Close(), release())
	}
	return on, store, search, nil
}

// enter makes the data directory ready to be opened, and shares its lock: first of
// all an interrupted restore is brought to its end.
func (i installation) enter(ctx context.Context, need cli.Need) (release func() error, err error) {
	dir, err := look(i.settings)
	if err != nil {
		return nil, err
	}
	switch {
	case dir.fresh() && need != cli.NeedNewStores:
		return nil, dir.missing()
	case !dir.exists:
		if err := dir.make(); err != nil {
			return nil, err
		}
	}
	return i.share(ctx)
}

// openStore opens the database. Only a data directory without any trace of an
// earlier one gets a new database.
func (i installation) openStore(ctx context.Context, create bool) (*sqlite.Store, error) {
	dir, err := look(i.settings)
	if err != nil {
		return nil, err
	}
	if err := dir.check(); err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, i.storeConfig(create && dir.fresh()))
	if err == nil {
		i.shrink(ctx, store)
	}
	return store, err
}

// shrink gives back what is empty in the database, where there is room to write it
// anew. What keeps it from that is no failure: the next command tries again.
func (i installation) shrink(ctx context.Context, store *sqlite.Store) {
	size, _, err := fileSizes(store.Path())
	if err != nil {
		return
	}
	if free, _, err := (osdisk.Disk{}).Free(i.settings.DataDir); err == nil && free > 2*size {
		_ = store.Shrink(ctx)
	}
}

// keys recognises who calls.
func (i installation) keys(store *sqlite.Store) *key.Service {
	return key.New(key.Config{
		Keys: store.Keys(), Registry: i.registry, Clock: system.Clock{}, Token: i.settings.APIToken, Rate: i.settings.Keys.Rate,
	})
}

// join makes the use cases on the open stores, which it is given within the fence and
// in no other way.
func (i installation) join(stores fence.Stores, keys *key.Service, trail *audit.Service, keeper *index.Service, recalls *recall.Service) *cli.Services {
	// Wherever a project's folder holds them, one's own files are not its documents.
	folders := filetree.Tree{Exclude: []string{i.settings.DataDir, i.settings.Backup.Dir, i.settings.Backup.ScratchDir}}
	queries := i.queries(stores, recalls.Note)
	evaluation := i.evaluation(queries)
	memories := memory.New(memory.Config{
		Memories: stores.Memories, Archive: stores.Memories, Near: stores.Vectors, Passages: stores.Passages, Changes: stores.Changes, Registry: stores.Registry, Embedder: i.embedder,
		Clock: system.Clock{}, IDs: system.IDs{}, Recalls: recalls.Counts,
	})
	return &cli.Services{
		Interaction: i.interactions(stores, memories),
		Transfer:    i.transfers(stores),
		Index:       keeper,
		Backup:      i.backups(),
		Restore:     i.restores(),
		Retention:   i.retention(),
		Schedule:    i.schedule(unattended{}),
		Remote:      i.remote,
		Prove:       i.proofs(),
		Ledger:      i.ledger(),
		Drill:       i.drill(),
		Memory:      memories,
		Project: project.New(project.Config{
			Registry: stores.Registry, Documents: stores.Documents, Memories: stores.Memories, Source: folders,
			Gate: stores.Gate, Clock: system.Clock{}, DataDir: i.settings.DataDir, Resolve: filepath.EvalSymlinks,
		}),
		Ingest: ingest.New(ingest.Config{
			Registry: stores.Registry, Source: folders, Parser: parse.New(), Embedder: i.embedder,
			Documents: stores.Documents, Gate: stores.Gate, Clock: system.Clock{},
			MaxFileSize: i.settings.Ingest.MaxFileSize, Chunking: ingest.Chunking{Max: i.settings.Ingest.ChunkSize},
		}),
		Keys:  keys,
		Audit: trail,
		State: projectstate.New(projectstate.Config{Facts: stores.Facts, Registry: stores.Registry, Clock: system.Clock{}}),
		Query: queries,
		Pack: pack.New(pack.Config{
			Query: queries, Facts: stores.Facts, Origins: stores.Origins, Archive: stores.Memories,
			Tokenizer: &tiktoken.Tokenizer{}, Clock: system.Clock{}, Recalled: recalls.Note,
		}),
		Eval: evaluation,
		Tune: tune.New(evaluation),
	}
}
