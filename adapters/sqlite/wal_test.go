package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
)

// While somebody always reads, SQLite never begins its log anew by itself. Ours must
// stay small all the same, and nobody may fail for it.
func TestTheWALStaysSmallWhileSomebodyAlwaysReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	writer := open(t, sqlite.Config{Path: path, Create: true})
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 3 { // of processes of their own, as far as SQLite can tell
		s := open(t, sqlite.Config{Path: path})
		for range 3 {
			readers.Go(func() {
				for ctx.Err() == nil {
					_, err := s.Memories().List(ctx, domain.MemoryFilter{Limit: 200})
					if ctx.Err() == nil {
						assert.NoError(t, err)
					}
				}
			})
		}
	}
	largest := int64(0)
	for i := range 300 {
		m := aMemory(fmt.Sprintf("m%d", i))
		m.Content = fmt.Sprintf("%d ", i) + strings.Repeat("padding of some length, different words ", 1500)
		require.NoError(t, writer.Memories().Create(t.Context(), m, nil))
		info, err := os.Stat(path + "-wal")
		require.NoError(t, err)
		largest = max(largest, info.Size())
	}
	stop()
	readers.Wait()
	t.Logf("the largest log had %.1f MB", float64(largest)/(1<<20))
	assert.Less(t, largest, int64(64<<20))
}
