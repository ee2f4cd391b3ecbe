package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/adapters/chroma"
	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/httpapi"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain/index"
	"github.com/atocore/atocore/ports"
)

// driverChroma is the value of vector.driver under which vectors are kept apart
// from the text.
const driverChroma = "chroma"

// driverSQLite is the value under which they are kept with it.
const driverSQLite = "sqlite"

// embedder returns what the configuration says makes vectors.
func embedder(s *configs.Settings) (ports.Embedder, error) {
	c := embed.RemoteConfig{
		URL: s.Embedding.URL, Model: s.Embedding.Model, Dimension: s.Embedding.Dimension,
		Key: s.Embedding.APIKey, Timeout: s.Embedding.Timeout,
	}
	var e ports.Embedder
	var err error
	switch s.Embedding.Provider {
	case "openai":
		e, err = embed.NewOpenAI(c)
	case "ollama":
		e, err = embed.NewOllama(c)
	case "chroma-go":
		e, err = embed.NewChromaGo()
	default:
		e = embed.NewLocal()
	}
	if err != nil {
		return nil, located(err, s)
	}
	return e, nil
}

// chromaServer returns the Chroma database of the configuration. It is not called.
func chromaServer(s *configs.Settings) (*chroma.Server, error) {
	server, err := chroma.Open(chroma.Config{
		Mode: chroma.Mode(s.Chroma.Mode), URL: s.Chroma.URL, Tenant: s.Chroma.Tenant, Database: s.Chroma.Database,
		Token: s.Chroma.Token, CAFile: s.Chroma.CAFile, PersistDir: persistDir(s), Library: s.Chroma.Library,
		Timeout: s.Chroma.Timeout,
	})
	if err != nil {
		return nil, located(err, s)
	}
	return server, nil
}

// vectors returns the index of vectors where it is kept apart from the text, nil
// where it is not, and the use case that keeps it. done ends what they hold.
func (i installation) vectors(store *sqlite.Store) (ports.VectorSearcher, *index.Service, func() error, error) {
	c := index.Config{Driver: i.settings.Vector.Driver, Embedder: i.embedder, Gate: i.gate, Indexing: i.gate}
	if i.settings.Vector.Driver != driverChroma {
		c.Inline = store
		return nil, index.New(c), func() error { return nil }, nil
	}
	server, err := chromaServer(i.settings)
	if err != nil {
		return nil, nil, nil, err
	}
	remote := store.Remote(i.settings.Chroma.Collection)
	c.Ledger, c.Queue, c.Text, c.Storage = remote, remote, remote, server
	service := index.New(c)
	return service.Live(), service, server.Close, nil
}

// storeConfig says what the database does about vectors.
func (i installation) storeConfig(create bool) sqlite.Config {
	c := sqlite.Config{Path: i.databasePath(), Create: create}
	if i.settings.Vector.Driver == driverChroma {
		c.Queued = i.embedder.Model()
	} else {
		c.Model = i.embedder.Model()
	}
	return c
}

// patience is how long a command that wrote something waits for the index, which
// catches up later all the same.
const patience = 20 * time.Second

// catchUp carries over what the command queued, and says what is left.
func (i installation) catchUp(ctx context.Context, s *index.Service) {
	n, err := s.Behind(ctx)
	if err != nil || n == 0 {
		return // an error of the store is reported by whatever needs it
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err = s.Storage.Alive(ctx); err == nil {
		_, err = s.Drain(ctx, nil)
	}
	left, countErr := s.Behind(context.WithoutCancel(ctx))
	if countErr != nil || left == 0 {
		return
	}
	reason := "it goes on with the next command, or by itself under serve"
	if err != nil && ctx.Err() == nil {
		reason = err.Error()
	}
	i.say("note: indexing is behind, %d passages are found by their words alone: %s", left, reason)
}

const (
	indexPoll     = 300 * time.Millisecond // how often the queue is looked at
	shortestPause = time.Second
	longestPause  = 30 * time.Second
	// compareEvery is how often the index is compared with the text: a server that
	// was killed may have lost what it acknowledged.
	compareEvery = 15 * time.Minute
)

// keepIndex carries over what is queued, as long as the service runs. First it
// compares the index with the text: a restore, or a crash of the machine, may have
// set back one and not the other.
func keepIndex(ctx context.Context, s *index.Service, log *slog.Logger) {
	pause, troubled := shortestPause, false
	var compared time.Time
	for {
		err := carry(ctx, s, &compared, log)
		wait := indexPoll
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !troubled {
				log.WarnContext(ctx, "indexing is behind", slog.Any("error", err))
			}
			troubled, wait = true, pause
			pause = min(2*pause, longestPause)
		case troubled:
			log.InfoContext(ctx, "indexing goes on")
			troubled, pause, compared = false, shortestPause, time.Time{}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

func carry(ctx context.Context, s *index.Service, compared *time.Time, log *slog.Logger) error {
	if n, err := s.Behind(ctx); err != nil || n > 0 {
		if err == nil {
			_, err = s.Drain(ctx, nil)
		}
		if err != nil {
			return err
		}
	}
	if time.Since(*compared) < compareEvery {
		return nil
	}
	check, err := s.Verify(ctx)
	if err != nil {
		return err
	}
	if !check.Sound() {
		log.WarnContext(ctx, "the vector index differed from the text and is put right",
			slog.Int("missing", len(check.Missing)), slog.Int("orphaned", len(check.Orphaned)), slog.Int("stale", len(check.Stale)))
		if _, err := s.Repair(ctx, check, nil); err != nil {
			return err
		}
	}
	*compared = time.Now()
	return nil
}

// indexComponent is what readiness says of the index: it never keeps the service
// from serving, because full text answers without it.
func indexComponent(ctx context.Context, s *index.Service) httpapi.Component {
	c := httpapi.Component{Name: "vectors"}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	status, err := s.Status(ctx)
	if err != nil {
		c.Err = err
		return c
	}
	c.Detail, c.Degraded = s.Driver+", "+status.Model.Name, status.Problem != ""
	if c.Degraded {
		c.Detail = status.Problem
	}
	for _, g := range status.Generations {
		if g.InUse && g.Waiting > 0 {
			if !c.Degraded {
				c.Degraded, c.Detail = true, fmt.Sprintf("indexing is behind by %d passages", g.Waiting)
			}
		}
	}
	return c
}

// persistDir is where the Chroma database keeps its files, as far as they are on
// this machine; "" when that is not known.
func persistDir(s *configs.Settings) string {
	if s.Chroma.PersistDir == "" && s.Chroma.Mode == string(chroma.ModeLocal) {
		return filepath.Join(s.DataDir, "chroma")
	}
	return s.Chroma.PersistDir
}

// chromaAnswers returns the address of the Chroma server while it answers, or "".
func (i installation) chromaAnswers(ctx context.Context) (string, error) {
	if i.settings.Chroma.Mode == string(chroma.ModeLocal) {
		return "", nil // it runs in the processes that hold the stores' lock
	}
	server, err := chromaServer(i.settings)
	if err != nil {
		return "", err
	}
	err = server.Alive(ctx)
	if cerr := server.Close(); cerr != nil {
		return "", cerr
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", nil
	}
	return server.Place(), nil
}
