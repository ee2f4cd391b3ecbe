package folderwatch_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/folderwatch"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestFolderWatch(t *testing.T) {
	porttest.TestFolderWatch(t, func(t *testing.T) porttest.FolderWatchFixture {
		return porttest.FolderWatchFixture{Watch: folderwatch.New(folderwatch.Config{}), Root: t.TempDir(), Write: func(path string) {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
			require.NoError(t, os.WriteFile(path, []byte(time.Now().String()), 0o600))
		}, Remove: func(path string) { require.NoError(t, os.RemoveAll(path)) }}
	})
}

func TestTooManyFolders(t *testing.T) {
	root := t.TempDir()
	for _, d := range []string{"a", "b", "c"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, d), 0o700))
	}
	err := folderwatch.New(folderwatch.Config{Most: 3}).Watch(t.Context(), root, func() {})
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "too many folders")
}

func TestRestlessFoldersAreNotWatched(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "node_modules", "x"), 0o700))
	ctx, cancel := context.WithCancel(t.Context())
	var w ports.FolderWatch = folderwatch.New(folderwatch.Config{Most: 1}) // root alone fits
	err := w.Watch(ctx, root, cancel)
	assert.ErrorIs(t, err, context.Canceled)
}
