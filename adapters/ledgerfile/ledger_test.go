package ledgerfile_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/ledgerfile"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

// writer makes this test binary a process that writes entries.
const writer = "LEDGERFILE_TEST_WRITER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writer); dir != "" {
		l := open(dir)
		for n := 0; n < 25; n++ {
			if _, err := l.Append(context.Background(), entry(n), nil); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func open(dir string) *ledgerfile.Ledger {
	return ledgerfile.New(ledgerfile.Config{
		Path: filepath.Join(dir, "backups", ledgerfile.FileName), Head: filepath.Join(dir, "ledger.head"),
	})
}

func entry(n int) domain.LedgerEntry {
	at := time.Date(2026, 4, 9, 6, 0, n, 0, time.UTC)
	return domain.LedgerEntry{At: at, Kind: domain.LedgerProof, Outcome: domain.LedgerPassed, Stamp: domain.NewStamp(at, 1)}
}

func TestLedger(t *testing.T) {
	porttest.TestLedger(t, func(t *testing.T) ports.Ledger { return open(t.TempDir()) })
}

// filled returns a folder with a ledger of n entries, and the path of its file.
func filled(t *testing.T, n int) (string, string) {
	t.Helper()
	dir := t.TempDir()
	l := open(dir)
	for i := range n {
		_, err := l.Append(t.Context(), entry(i), nil)
		require.NoError(t, err)
	}
	return dir, filepath.Join(dir, "backups", ledgerfile.FileName)
}

func read(t *testing.T, dir string) domain.LedgerReading {
	t.Helper()
	r, err := open(dir).Read(t.Context())
	require.NoError(t, err)
	return r
}

func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	var running []*exec.Cmd
	for range 3 {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), writer+"="+dir)
		cmd.Stderr = os.Stderr
		require.NoError(t, cmd.Start())
		running = append(running, cmd)
	}
	for _, cmd := range running {
		require.NoError(t, cmd.Wait())
	}
	r := read(t, dir)
	assert.Empty(t, r.Faults)
	assert.Len(t, r.Entries, 75)
}

// Whatever is done to any byte, any line or the order of lines: it shows.
func TestEditsShow(t *testing.T) {
	dir, file := filled(t, 4)
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	lines = lines[:len(lines)-1]
	require.Len(t, lines, 4)
	join := func(which ...int) []byte {
		var out []byte
		for _, w := range which {
			out = append(out, lines[w]...)
		}
		return out
	}
	edits := map[string][]byte{
		"first taken out": join(1, 2, 3), "second taken out": join(0, 2, 3), "last taken out": join(0, 1, 2),
		"swapped": join(0, 2, 1, 3), "twice": join(0, 1, 1, 2, 3), "all gone": {}, "another chain": join(3),
	}
	for i := range whole {
		changed := append([]byte{}, whole...)
		changed[i] ^= 1
		edits["bit at "+strconv.Itoa(i)] = changed
	}
	for name, content := range edits {
		require.NoError(t, os.WriteFile(file, content, 0o600))
		assert.NotEmpty(t, read(t, dir).Faults, name)
	}
	require.NoError(t, os.WriteFile(file, whole, 0o600))
	assert.Empty(t, read(t, dir).Faults, "and nothing shows where nothing was done")
	require.NoError(t, os.Remove(file))
	assert.NotEmpty(t, read(t, dir).Faults)
}

// A gap stays visible after the next entry, for whoever looks later.
func TestGapIsRecorded(t *testing.T) {
	dir, file := filled(t, 4)
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	require.NoError(t, os.WriteFile(file, bytes.Join(lines[:2], nil), 0o600))
	_, err = open(dir).Append(t.Context(), entry(9), nil)
	require.NoError(t, err)
	for range 2 {
		r := read(t, dir)
		require.Len(t, r.Faults, 1)
		assert.Equal(t, 3, r.Faults[0].Line)
		assert.Equal(t, "this machine had written 4 lines, and 2 were there", r.Faults[0].Problem)
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "ledger.head")), "also for another machine")
	}
}

// A kill in the middle of a line leaves a torn one, which was never acknowledged:
// it is no fault, and the next entry takes its place.
func TestTornLine(t *testing.T) {
	_, reference := filled(t, 2)
	whole, err := os.ReadFile(reference)
	require.NoError(t, err)
	begin := bytes.IndexByte(whole, '\n') + 1
	for cut := begin + 1; cut < len(whole); cut += 7 {
		dir := t.TempDir()
		file := filepath.Join(dir, "backups", ledgerfile.FileName)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, whole[:cut], 0o600))
		r := read(t, dir)
		assert.Empty(t, r.Faults)
		assert.Len(t, r.Entries, 1)
		assert.Equal(t, cut-begin, r.Torn)
		e, err := open(dir).Append(t.Context(), entry(5), nil)
		require.NoError(t, err)
		assert.EqualValues(t, 2, e.Seq)
		r = read(t, dir)
		assert.Empty(t, r.Faults)
		assert.Zero(t, r.Torn)
		assert.Len(t, r.Entries, 2)
	}
}

func TestUnusablePlaces(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	l := ledgerfile.New(ledgerfile.Config{Path: filepath.Join(file, "below", "ledger.jsonl")})
	_, err := l.Append(t.Context(), entry(1), nil)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	l = ledgerfile.New(ledgerfile.Config{Path: dir})
	_, err = l.Append(t.Context(), entry(1), nil)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	_, err = l.Read(t.Context())
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	// Without a place to remember in, the ledger works all the same.
	l = ledgerfile.New(ledgerfile.Config{Path: filepath.Join(dir, "l.jsonl"), Head: filepath.Join(dir, "none", "head")})
	_, err = l.Append(t.Context(), entry(1), nil)
	require.NoError(t, err)
}
