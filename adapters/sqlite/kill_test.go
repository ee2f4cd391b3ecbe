package sqlite_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

// TestProcessUntilKilled says "stored ID" on standard output for each memory that
// was acknowledged, and between them replaces one document of three chunks.
func TestProcessUntilKilled(t *testing.T) {
	name := os.Getenv(processRole)
	if name == "" {
		t.Skip("runs as a process of another test")
	}
	s := open(t, sqlite.Config{Path: os.Getenv(processPath), Create: true, Model: porttest.Model()})
	for i := 0; ; i++ {
		id := fmt.Sprintf("%s-%d", name, i)
		require.NoError(t, s.Memories().Create(t.Context(), aMemory(id), vector(i)))
		fmt.Println("stored", id)
		var chunks []domain.Chunk
		for n := range 3 {
			text := fmt.Sprintf("part %d of round %s", n, id)
			chunks = append(chunks, domain.Chunk{ID: text, Seq: n, Content: text, Vector: vector(n)})
		}
		require.NoError(t, s.Documents().Replace(t.Context(), domain.Document{
			DocumentKey: domain.DocumentKey{Project: "p", Root: "r", Path: "a.md"},
		}.With(

			chunks)))
	}
}

func TestAKilledProcessLosesNothingThatWasAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	var stored []string
	for round := range 8 {
		cmd := process(t, fmt.Sprint("r", round), path)
		cmd.Args = append(cmd.Args[:1], "-test.run=^TestProcessUntilKilled$")
		cmd.Stdout = nil
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; n < 5+3*round && lines.Scan(); n++ {
			if id, ok := strings.CutPrefix(lines.Text(), "stored "); ok {
				stored = append(stored, id)
			}
		}
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // what it still said before it died
			if id, ok := strings.CutPrefix(lines.Text(), "stored "); ok {
				stored = append(stored, id)
			}
		}
		require.Error(t, cmd.Wait(), "it was killed")

		s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Model: porttest.Model()})
		require.NoError(t, err)
		for _, id := range stored {
			_, err := s.Memories().Get(t.Context(), id)
			require.NoError(t, err, id)
		}
		assert.Contains(t, []int{0, 3}, len(found(t, s, "part")), "no half document")
		faults, err := s.Inspect(t.Context())
		require.NoError(t, err)
		assert.Empty(t, faults)
		state, err := s.VectorState(t.Context())
		require.NoError(t, err)
		assert.Equal(t, sqlite.VectorsReady, state.Status)
		require.NoError(t, s.Close())
	}
	require.Greater(t, len(stored), 8)
}
