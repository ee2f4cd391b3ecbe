package sqlite_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

// What is only read again when somebody commits is never stale: a commit is seen at
// once, whoever made it, and an answer that was read beside one is not kept for it.
func TestGlancesAreNeverStale(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	one := open(t, sqlite.Config{Path: path, Create: true, Model: porttest.Model()})
	other := open(t, sqlite.Config{Path: path, Model: porttest.Model()})
	var done sync.WaitGroup
	ended := make(chan struct{})
	for range 2 { // who looks all the time
		done.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				_, err := one.Feed().Head(t.Context())
				assert.NoError(t, err)
			}
		})
	}
	known := map[domain.FeedMark]bool{}
	for i := range 40 {
		m := domain.Memory{
			ID: domain.ChunkID(domain.DocumentKey{}, "x", i), Type: domain.MemoryKnowledge, Content: "x", Status: domain.MemoryActive, Revision: 1,
			CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(1, 0),
		}
		require.NoError(t, []*sqlite.Store{one, other}[i%2].Memories().Create(t.Context(), m, nil))
		head, err := one.Feed().Head(t.Context())
		require.NoError(t, err)
		require.False(t, known[head], "memory %d is not in %v", i, head)
		known[head] = true
		theirs, err := other.Feed().Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, head, theirs)
	}
	close(ended)
	done.Wait()

	some, err := one.Keys().Any(t.Context())
	require.NoError(t, err)
	assert.False(t, some)
	require.NoError(t, other.Keys().Add(t.Context(), domain.Key{ID: "abcdefgh", Name: "k", Scopes: []domain.KeyScope{domain.KeyRead}, Hash: []byte("x")}))
	some, err = one.Keys().Any(t.Context())
	require.NoError(t, err)
	assert.True(t, some)
}

func TestGlancesEnd(t *testing.T) {
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), sqlite.FileName), Create: true, Model: porttest.Model()})
	require.NoError(t, err)
	_, err = s.Feed().Head(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Feed().Head(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, s.Close())
	_, err = s.Feed().Head(t.Context())
	require.Error(t, err, "what was seen is no answer of a store that is closed")
}
