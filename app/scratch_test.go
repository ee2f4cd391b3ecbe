package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/lockfile"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
)

func TestScratchIsSweptUnlessInUse(t *testing.T) {
	dir := t.TempDir()
	for _, v := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(v, dir)
	}
	folder := func(name string, locked bool, age time.Duration) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(path, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(path, "atocore.db"), []byte("x"), 0o600))
		if locked {
			require.NoError(t, os.WriteFile(filepath.Join(path, lockfile.StoresFile), nil, 0o600))
		}
		at := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(path, at, at))
		return path
	}
	killed := folder("atocore-eval-1", true, 0)
	young := folder("atocore-eval-2", false, 0)
	old := folder("atocore-eval-3", false, time.Hour)
	other := folder("atocore-demo-1", true, time.Hour)
	used := folder("atocore-eval-4", true, time.Hour)
	release, err := lockfile.New(lockfile.Config{Dir: used}).Exclude(t.Context())
	require.NoError(t, err)

	i := installation{settings: &configs.Settings{}, weights: domain.DefaultRankingWeights(), embedder: embed.NewLocal()}
	scratch, err := i.scratch(t.Context(), portfake.NewProjectRegistry())
	require.NoError(t, err)
	assert.NoDirExists(t, killed)
	assert.NoDirExists(t, old)
	assert.DirExists(t, young, "its lock may come in the next moment")
	assert.DirExists(t, other)
	assert.DirExists(t, used)
	require.NoError(t, release())

	in, err := filepath.Glob(filepath.Join(dir, scratchPattern))
	require.NoError(t, err)
	assert.Len(t, in, 3, "young, used and the new one")
	sweepScratch(dir)
	assert.NoDirExists(t, used)
	require.NoError(t, scratch.Close())
	in, err = filepath.Glob(filepath.Join(dir, scratchPattern))
	require.NoError(t, err)
	assert.Equal(t, []string{young}, in)
}
