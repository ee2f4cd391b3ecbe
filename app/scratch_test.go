package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
)

func TestScratchStoresAreApartAndSwept(t *testing.T) {
	temp := t.TempDir()
	for _, v := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(v, temp)
	}
	i := installation{settings: &configs.Settings{}, weights: domain.DefaultRankingWeights(), embedder: embed.NewLocal()}
	first, err := i.scratch(t.Context())
	require.NoError(t, err)
	homes, err := filepath.Glob(filepath.Join(temp, "atocore-eval-*"))
	require.NoError(t, err)
	require.Len(t, homes, 1)

	// What a killed measurement leaves: a folder whose lock nobody holds.
	left := filepath.Join(homes[0], ".scratch-0011223344556677")
	require.NoError(t, os.Mkdir(left, 0o700))
	require.NoError(t, os.WriteFile(left+".lock", nil, 0o600))
	second, err := i.scratch(t.Context())
	require.NoError(t, err, "the first is left alone")
	assert.NoDirExists(t, left)
	_, err = first.Documents.Counts(t.Context())
	require.NoError(t, err)

	require.NoError(t, first.Close())
	require.NoError(t, second.Close())
	entries, err := os.ReadDir(homes[0])
	require.NoError(t, err)
	assert.Empty(t, entries)
}
