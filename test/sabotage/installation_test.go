// Package sabotage_test damages real backups in every way there is and demands
// that each damage is found.
package sabotage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/ports"
)

var model = domain.EmbeddingModel{Name: "test/3", Dimension: 3}

// installation is a data directory with real adapters over it.
type installation struct {
	data    string
	backups string
	service *backup.Service
}

// install makes a data directory that holds some of everything.
func install(t *testing.T) installation {
	t.Helper()
	data := t.TempDir()
	path := filepath.Join(data, sqlite.FileName)
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Create: true, Model: model})
	require.NoError(t, err)
	at := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	for i := range 40 {
		require.NoError(t, s.Memories().Create(t.Context(), domain.Memory{
			ID: fmt.Sprintf("memory-%d", i), Type: domain.MemoryKnowledge, Content: fmt.Sprintf("what is known of %d", i),
			Confidence: 0.5, Status: domain.MemoryActive, CreatedAt: at, UpdatedAt: at, Revision: 1,
		}, []float32{1, 0, 0}))
	}
	key := domain.DocumentKey{Project: "alpha", Root: "docs", Path: "readme.md"}
	require.NoError(t, s.Documents().Replace(t.Context(), domain.Document{
		DocumentKey: key, FileState: domain.FileState{Size: 7, ModTime: at, Hash: "00"}, Title: "Read me", IngestedAt: at,
	}.With(

		[]domain.Chunk{{ID: domain.ChunkID(key, "a chunk", 0), StartLine: 1, EndLine: 1, Content: "a chunk", Vector: []float32{0, 1, 0}}})))
	require.NoError(t, s.Close())

	registry := registryjson.Config{Path: filepath.Join(data, registryjson.FileName)}
	require.NoError(t, registryjson.New(registry).Update(t.Context(), func([]domain.Project) ([]domain.Project, error) {
		return []domain.Project{{Name: "alpha", IngestRoots: []domain.IngestRoot{{Path: t.TempDir(), Label: "docs"}}}}, nil
	}))
	backups := filepath.Join(data, "backups")
	return installation{data, backups, serve(data, backups)}
}

// serve wires the backup service over a data directory.
func serve(data, backups string) *backup.Service {
	return backup.New(backup.Config{
		Store: backupdir.New(backupdir.Config{Disk: osdisk.Disk{}, Dir: backups, DataDir: data, Lock: backupdir.FileLock}),
		Components: []ports.Component{
			sqlite.NewComponent(sqlite.ComponentConfig{Path: filepath.Join(data, sqlite.FileName)}),
			registryjson.NewComponent(registryjson.Config{Path: filepath.Join(data, registryjson.FileName)}),
		},
		Disk: osdisk.Disk{}, Clock: system.Clock{}, AppVersion: "test",
	})
}

// validated makes a backup that was found sound, and returns its stamp and folder.
func (i installation) validated(t *testing.T) (domain.Stamp, string) {
	t.Helper()
	m, err := i.service.Create(t.Context(), backup.Options{})
	require.NoError(t, err)
	v, err := i.service.Validate(t.Context(), string(m.Stamp), nil)
	require.NoError(t, err)
	require.Empty(t, v.Faults)
	return m.Stamp, filepath.Join(i.backups, string(m.Stamp))
}

// put replaces a folder by a fresh copy of another.
func put(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, os.RemoveAll(to))
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
}
