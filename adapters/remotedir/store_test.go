package remotedir_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/remotedir"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestRemoteStore(t *testing.T) {
	porttest.TestRemoteStore(t, func(t *testing.T) ports.RemoteStore {
		return remotedir.New(remotedir.Config{Dir: t.TempDir()})
	})
}

// A disk that is not mounted must not be written past, into the folder below it.
func TestTheFolderMustExist(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mnt")
	s := remotedir.New(remotedir.Config{Dir: dir})
	_, err := s.Put(t.Context(), "x", bytes.NewReader(nil), 0)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "is its disk mounted?")
	_, err = s.List(t.Context())
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(s.Delete(t.Context(), "x")))
	assert.NoDirExists(t, dir)
}

func TestLeftoversAreSweptAndOthersLeftAlone(t *testing.T) {
	dir := t.TempDir()
	old, young, foreign := filepath.Join(dir, ".part-x-1"), filepath.Join(dir, ".part-y-2"), filepath.Join(dir, "notes and more.txt")
	for _, f := range []string{old, young, foreign} {
		require.NoError(t, os.WriteFile(f, []byte("x"), 0o600))
	}
	require.NoError(t, os.Chtimes(old, time.Now(), time.Now().Add(-25*time.Hour)))
	require.NoError(t, os.Symlink(foreign, filepath.Join(dir, "link")))
	s := remotedir.New(remotedir.Config{Dir: dir})
	_, err := s.Put(t.Context(), "x", bytes.NewReader([]byte("x")), 0)
	require.NoError(t, err)
	assert.NoFileExists(t, old)
	assert.FileExists(t, young, "another process may be writing it")
	assert.FileExists(t, foreign)
	list, err := s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	_, err = s.Get(t.Context(), "link", 0)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "a link is not followed")
	info, err := os.Stat(filepath.Join(dir, "x"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}
