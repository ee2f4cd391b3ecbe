package sqlite_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

const (
	processRole  = "ATOCORE_TEST_SQLITE_PROCESS" // name of the process: what it writes begins with it
	processPath  = "ATOCORE_TEST_SQLITE_PATH"
	processTurns = 60
)

// TestProcess is what the other processes of these tests run.
func TestProcess(t *testing.T) {
	name := os.Getenv(processRole)
	if name == "" {
		t.Skip("runs as a process of another test")
	}
	s := open(t, sqlite.Config{Path: os.Getenv(processPath), Create: true, Model: porttest.Model()})
	writeAndRead(t, s, name)
}

// writeAndRead does what a server or a CLI does, and fails at any error.
func writeAndRead(t *testing.T, s *sqlite.Store, name string) {
	for i := range processTurns {
		id := fmt.Sprintf("%s-%d", name, i)
		require.NoError(t, s.Memories().Create(t.Context(), aMemory(id), vector(i)))
		require.NoError(t, s.Documents().Replace(t.Context(), domain.Document{DocumentKey: domain.DocumentKey{Project: "p", Root: name, Path: "a.md"}}.With(

			[]domain.Chunk{{ID: id + "-chunk", Content: "walnut " + id, Vector: vector(i)}})))
		_, err := s.Memories().Update(t.Context(), "shared", func(m *domain.Memory) ([]float32, error) {
			m.Content += "x"
			return vector(i), nil
		})
		require.NoError(t, err)
		require.NotEmpty(t, found(t, s, "walnut"))
	}
}

func TestTwoProcessesWriteAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	s := open(t, sqlite.Config{Path: path, Create: true, Model: porttest.Model()})
	require.NoError(t, s.Memories().Create(t.Context(), aMemory("shared"), vector(0)))
	other := process(t, "other", path)
	require.NoError(t, other.Start())
	writeAndRead(t, s, "this")
	require.NoError(t, other.Wait())

	counts, err := s.Documents().Counts(t.Context())
	require.NoError(t, err)
	assert.Equal(t, domain.StoreCounts{Memories: 2*processTurns + 1}, counts[""])
	assert.Equal(t, domain.StoreCounts{Documents: 2, Chunks: 2}, counts["p"])
	shared, err := s.Memories().Get(t.Context(), "shared")
	require.NoError(t, err)
	assert.Len(t, shared.Content, len(aMemory("shared").Content)+2*processTurns, "no update is lost")
	assert.Len(t, porttest.VectorIDs(t, s.Listed()), 2*processTurns+1+2)
}

func TestProcessesThatStartAtOnceOnANewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	// "shared" is missing for whoever is first: let each make its own and be done.
	var all []*exec.Cmd
	for i := range 4 {
		cmd := process(t, fmt.Sprint("p", i), path)
		cmd.Args = append(cmd.Args[:1], "-test.run=^TestProcessOpens$")
		require.NoError(t, cmd.Start())
		all = append(all, cmd)
	}
	for _, cmd := range all {
		require.NoError(t, cmd.Wait())
	}
	s := open(t, sqlite.Config{Path: path, Model: porttest.Model()})
	page, err := s.Memories().List(t.Context(), domain.MemoryFilter{})
	require.NoError(t, err)
	assert.Len(t, page.Memories, 4)
}

// TestProcessOpens opens a store that may not exist and writes one memory.
func TestProcessOpens(t *testing.T) {
	name := os.Getenv(processRole)
	if name == "" {
		t.Skip("runs as a process of another test")
	}
	s := open(t, sqlite.Config{Path: os.Getenv(processPath), Create: true, Model: porttest.Model()})
	require.NoError(t, s.Memories().Create(t.Context(), aMemory(name), vector(1)))
}

func process(t *testing.T, name, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcess$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), processRole+"="+name, processPath+"="+path)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd
}

func aMemory(id string) domain.Memory {
	now := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	return domain.Memory{
		ID: id, Type: domain.MemoryKnowledge, Content: "about " + id, Confidence: 0.7, Status: domain.MemoryActive,
		CreatedAt: now, UpdatedAt: now, Revision: 1,
	}
}

// vector returns the i-th unit vector, round and round.
func vector(i int) []float32 {
	v := make([]float32, porttest.Model().Dimension)
	v[i%len(v)] = 1
	return v
}
