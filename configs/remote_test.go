package configs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A configuration file is copied, shown and committed: no secret of the remote is
// taken from one.
func TestSecretsOfTheRemoteStayOutOfTheFile(t *testing.T) {
	clearEnvironment(t)
	for _, key := range []string{"access_key", "secret_key", "passphrase"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "atocore.yaml")
		require.NoError(t, os.WriteFile(file, []byte("remote:\n  "+key+": hunter2\n"), 0o600))
		_, err := Load(Options{Dir: dir})
		require.ErrorContains(t, err, "remote."+key+" does not belong in the configuration file", key)
		assert.ErrorContains(t, err, "ATOCORE_REMOTE_")
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

func TestPassphraseFile(t *testing.T) {
	clearEnvironment(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "passphrase")
	flags := map[string]string{"remote.passphrase_file": file}
	_, err := Load(Options{Dir: dir, Flags: flags})
	require.ErrorContains(t, err, "cannot be read")
	require.NoError(t, os.WriteFile(file, []byte("\n"), 0o600))
	_, err = Load(Options{Dir: dir, Flags: flags})
	require.ErrorContains(t, err, "holds no passphrase")
	require.NoError(t, os.WriteFile(file, []byte("five random words are enough \n"), 0o600))
	s, err := Load(Options{Dir: dir, Flags: flags})
	require.NoError(t, err)
	assert.Equal(t, "five random words are enough ", s.Remote.Passphrase)
	for _, v := range s.Values() {
		assert.NotContains(t, v.Text, "random words")
	}
	t.Setenv("ATOCORE_REMOTE_PASSPHRASE", "another")
	_, err = Load(Options{Dir: dir, Flags: flags})
	require.ErrorContains(t, err, "keep one of the two")
}
