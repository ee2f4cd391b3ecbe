package lockfile_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/lockfile"
)

func TestIndexingWaitsForItsTurn(t *testing.T) {
	dir := t.TempDir()
	one, two := lockfile.New(lockfile.Config{Dir: dir}), lockfile.New(lockfile.Config{Dir: dir})
	release, err := one.Indexing(t.Context())
	require.NoError(t, err)

	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = two.Indexing(short)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	got := make(chan error, 1)
	go func() {
		release, err := two.Indexing(t.Context())
		if err == nil {
			err = release()
		}
		got <- err
	}()
	require.NoError(t, release())
	require.NoError(t, <-got)
}
