package sealfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/sealfile"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestStore(t *testing.T) {
	porttest.TestSealStore(t, func(t *testing.T) func() ports.SealStore {
		dir := t.TempDir()
		return func() ports.SealStore { return sealfile.New(sealfile.Config{Disk: osdisk.Disk{}, Dir: dir}) }
	})
}

func TestTheFile(t *testing.T) {
	dir := t.TempDir()
	s := sealfile.New(sealfile.Config{Disk: osdisk.Disk{}, Dir: dir})
	require.NoError(t, s.Keep(t.Context(), domain.KeptSeal{Content: "c", Seal: domain.Seal{Head: []byte("h"), Key: []byte("k")}}))
	path := filepath.Join(dir, sealfile.FileName)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	for _, damaged := range []string{"", "{", `{"content":"c"}`, `{"content":"c","head":"aA==","key":"aA==","more":1}`} {
		require.NoError(t, os.WriteFile(path, []byte(damaged), 0o600))
		_, err := s.Kept(t.Context())
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "%q: %v", damaged, err)
	}
	require.NoError(t, s.Forget(t.Context()))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries)
}
