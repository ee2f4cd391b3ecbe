package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/adapters/scratchdir"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/eval"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/query"
)

// measuring is where the scratch stores of measurements are: among the temporary
// files, a folder a user. What a killed measurement left there, the next removes.
func measuring() *scratchdir.Scratch {
	return scratchdir.New(scratchdir.Config{Dir: filepath.Join(os.TempDir(), fmt.Sprintf("atocore-eval-%d", os.Getuid()))})
}

// evaluation makes the use case of measuring; live may be nil.
func (i installation) evaluation(live *query.Service) *eval.Service {
	return eval.New(eval.Config{Live: live, Scratch: i.scratch, Clock: system.Clock{}, Weights: i.weights})
}

// scratch opens an empty store that no live data is near.
func (i installation) scratch(ctx context.Context) (*eval.Scratch, error) {
	folder, remove, err := measuring().Take(ctx)
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(folder, databaseFile), Create: true, Model: i.embedder.Model()})
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	parser, chunking := parse.New(), ingest.Chunking{Max: i.settings.Ingest.ChunkSize}
	search := engine.New(engine.Config{Feed: store.Feed(), Model: i.embedder.Model()})
	return &eval.Scratch{
		Documents: store.Documents(), Text: search.Text(), Vectors: search.Vectors(), Passages: search, Embedder: i.embedder,
		Cut: func(key domain.DocumentKey, text string) []domain.Chunk {
			_, blocks := parser.Parse(key.Path, []byte(text))
			return ingest.Chunks(key, []byte(text), blocks, chunking)
		},
		Close: func() error { return errors.Join(store.Close(), remove()) },
	}, nil
}
