package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/adapters/lockfile"
	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/eval"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
)

// scratchPattern is what the folders of measurements are called.
const scratchPattern = "atocore-eval-*"

// scratchAge is how old a folder without a lock must be to be a leftover: a new
// one gets its lock at once.
const scratchAge = time.Minute

// evaluation makes the use case of measuring; live may be nil.
func (i installation) evaluation(live *query.Service) *eval.Service {
	return eval.New(eval.Config{Live: live, Scratch: i.scratch, Clock: system.Clock{}, Weights: i.weights})
}

// scratch opens an empty store in a folder of its own among the temporary ones.
// The folder is locked for as long as it is in use, so that the next measurement
// can tell what a killed one left behind, and remove it.
func (i installation) scratch(ctx context.Context, projects ports.ProjectRegistry) (*eval.Scratch, error) {
	sweepScratch(os.TempDir())
	folder, release, err := makeScratch(ctx)
	if err != nil {
		return nil, err
	}
	remove := func() error { return errors.Join(release(), os.RemoveAll(folder)) }
	store, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(folder, databaseFile), Create: true, Model: i.embedder.Model()})
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	parser, chunking := parse.New(), ingest.Chunking{Max: i.settings.Ingest.ChunkSize}
	return &eval.Scratch{
		Documents: store.Documents(), Embedder: i.embedder,
		Query: query.New(query.Config{
			Text: store.Text(), Vectors: store.Vectors(), Passages: store.Passages(),
			Registry: projects, Embedder: i.embedder, Weights: i.weights,
			Catalog: store.Catalog(), Memories: store.Memories(),
		}),
		Cut: func(key domain.DocumentKey, text string) []domain.Chunk {
			_, blocks := parser.Parse(key.Path, []byte(text))
			return ingest.Chunks(key, []byte(text), blocks, chunking)
		},
		Close: func() error { return errors.Join(store.Close(), remove()) },
	}, nil
}

func makeScratch(ctx context.Context) (folder string, release func() error, err error) {
	for range 3 { // a sweep may take a folder between its making and its lock
		if folder, err = os.MkdirTemp("", scratchPattern); err != nil {
			return "", nil, fmt.Errorf("make a scratch folder: %w", err)
		}
		if release, err = lockfile.New(lockfile.Config{Dir: folder}).Exclude(ctx); err == nil {
			return folder, release, nil
		}
		err = errors.Join(err, os.RemoveAll(folder))
	}
	return "", nil, err
}

// sweepScratch removes what killed measurements left in dir. What cannot be removed
// is left: it is in nobody's way.
func sweepScratch(dir string) {
	left, err := filepath.Glob(filepath.Join(dir, scratchPattern))
	if err != nil {
		return
	}
	for _, folder := range left {
		info, err := os.Lstat(folder)
		if err != nil || !info.IsDir() {
			continue
		}
		if _, err := os.Lstat(filepath.Join(folder, lockfile.StoresFile)); errors.Is(err, fs.ErrNotExist) && time.Since(info.ModTime()) < scratchAge {
			continue
		}
		release, err := lockfile.New(lockfile.Config{Dir: folder}).Exclude(context.Background())
		if err != nil {
			continue // in use, or another user's
		}
		if release() == nil {
			_ = os.RemoveAll(folder)
		}
	}
}
