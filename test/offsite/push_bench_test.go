// Package offsite measures and breaks off-site copies with all their real parts.
package offsite

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/archive"
	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/remotedir"
	"github.com/atocore/atocore/adapters/s3"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/offsite"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/test/s3server"
)

// TestPushThroughput compares a push with `zstd -1 | age` on the same data in the
// same run, and looks at the memory that it took. The push is a process of its own.
func TestPushThroughput(t *testing.T) {
	if os.Getenv("ATOCORE_BENCH_OFFSITE") == "" {
		t.Skip("set ATOCORE_BENCH_OFFSITE=1 (needs zstd and age)")
	}
	mib, err := strconv.Atoi(os.Getenv("ATOCORE_BENCH_OFFSITE"))
	if err != nil || mib < 64 {
		mib = 512
	}
	dir := t.TempDir()
	stamp := makeBackup(t, filepath.Join(dir, "backups"), mib)
	key := filepath.Join(dir, "key")
	recipient, err := archive.Keygen(key)
	require.NoError(t, err)
	data := filepath.Join(dir, "backups", string(stamp), "db", "atocore.db")
	warm(t, data)
	var pipe, push []float64
	var peak int64
	for range 3 {
		out := filepath.Join(dir, "pipe.age")
		began := time.Now()
		cmd := exec.CommandContext(t.Context(), "sh", "-c", `zstd -1 -q -c "$1" | age -r "$2" -o "$3" && sync "$3"`, "sh", data, recipient, out)
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, string(text))
		pipe = append(pipe, time.Since(began).Seconds())
		require.NoError(t, os.Remove(out))

		remote := filepath.Join(dir, "remote")
		require.NoError(t, os.RemoveAll(remote))
		require.NoError(t, os.Mkdir(remote, 0o700))
		took, rss := pushInChild(t, filepath.Join(dir, "backups"), remote, key)
		push = append(push, took)
		peak = max(peak, rss)
	}
	server := s3server.Start(t)
	took, rss := pushInChild(t, filepath.Join(dir, "backups"), server.URL+" "+server.Bucket(t, false), key)
	t.Logf("the same to an S3 server on this machine: %.2f s, peak memory %d MiB", took, rss>>20)
	require.Less(t, rss, int64(150<<20))
	best := func(list []float64) float64 {
		m := list[0]
		for _, v := range list {
			m = min(m, v)
		}
		return m
	}
	size := float64(mib)
	ratio := best(pipe) / best(push)
	t.Logf("%d MiB: zstd -1 | age %.2f s (%.0f MiB/s), push %.2f s (%.0f MiB/s): %.0f %%; peak memory %d MiB",
		mib, best(pipe), size/best(pipe), best(push), size/best(push), 100*ratio, peak>>20)
	require.GreaterOrEqual(t, ratio, 0.6)
	require.Less(t, peak, int64(150<<20))
}

// makeBackup makes one whose database holds text of the kind that memories are.
func makeBackup(t *testing.T, root string, mib int) domain.Stamp {
	t.Helper()
	store := backupdir.New(backupdir.Config{Disk: osdisk.Disk{}, Dir: root, Lock: backupdir.FileLock})
	dir, err := store.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "db"), 0o700))
	path := filepath.Join(dir, "db", "atocore.db")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	w := bufio.NewWriterSize(f, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 4000)
	for i := range words {
		b := make([]byte, 3+random.IntN(8))
		for j := range b {
			b[j] = 'a' + byte(random.IntN(26))
		}
		words[i] = string(b)
	}
	vector := make([]byte, 1536)
	for n := 0; n < mib<<20; {
		if random.IntN(3) == 0 { // a vector: hardly compressible
			for i := range vector {
				vector[i] = byte(random.Uint32())
			}
			k, err := w.Write(vector)
			require.NoError(t, err)
			n += k
			continue
		}
		for range 200 {
			k, err := fmt.Fprint(w, words[int(random.ExpFloat64()*400)%len(words)], " ")
			require.NoError(t, err)
			n += k
		}
	}
	require.NoError(t, w.Flush())
	require.NoError(t, f.Close())
	size, sum, err := osdisk.Disk{}.Hash(t.Context(), path, nil)
	require.NoError(t, err)
	m, err := store.Commit(t.Context(), dir, domain.Manifest{
		Kind: domain.BackupManual, CreatedAt: time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC), AppVersion: "v0",
		NoProbes: "a test",
		Components: []domain.ComponentEntry{{Name: "sqlite", Dir: "db", Included: true, Files: []domain.FileEntry{
			{Path: "db/atocore.db", Mode: 0o600, Size: size, SHA256: sum},
		}}},
	})
	require.NoError(t, err)
	return m.Stamp
}

func warm(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

type childResult struct {
	Seconds float64
	Peak    int64
	Error   string
}

// TestMain plays the pushing process, so that its memory is its own.
func TestMain(m *testing.M) {
	if os.Getenv("ATOCORE_TEST_PUSH") == "" {
		os.Exit(m.Run())
	}
	var r childResult
	began := time.Now()
	_, err := serviceOn(os.Getenv("ATOCORE_TEST_PUSH"), os.Getenv("ATOCORE_TEST_PUSH_TO"), os.Getenv("ATOCORE_TEST_PUSH_KEY")).
		Push(context.Background(), offsite.Latest, nil)
	r.Seconds, r.Peak = time.Since(began).Seconds(), peakMemory()
	if err != nil {
		r.Error = err.Error()
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
}

func serviceOn(backups, remote, key string) *offsite.Service {
	var to ports.RemoteStore = remotedir.New(remotedir.Config{Dir: remote})
	if endpoint, bucket, ok := strings.Cut(remote, " "); ok && strings.HasPrefix(endpoint, "http") {
		away, err := s3.New(s3.Config{Endpoint: endpoint, Bucket: bucket, Lookup: s3.LookupPath, AccessKey: s3server.AccessKey, SecretKey: s3server.SecretKey})
		if err != nil {
			panic(err) // in the child, whose output is not read then
		}
		to = away
	}
	return offsite.New(offsite.Config{
		Remote: to, Archiver: archive.New(archive.Config{IdentityFile: key}),
		Store: backupdir.New(backupdir.Config{Disk: osdisk.Disk{}, Dir: backups, Lock: backupdir.FileLock}),
		Disk:  osdisk.Disk{}, Clock: system.Clock{},
		Validate: func(context.Context, string, domain.Stamp, func(domain.CopyProgress)) ([]domain.Fault, error) {
			return nil, nil
		},
	})
}

func pushInChild(t *testing.T, backups, remote, key string) (seconds float64, peak int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "ATOCORE_TEST_PUSH="+backups, "ATOCORE_TEST_PUSH_TO="+remote, "ATOCORE_TEST_PUSH_KEY="+key)
	out, err := cmd.Output()
	require.NoError(t, err)
	var r childResult
	require.NoError(t, json.Unmarshal(out, &r))
	require.Empty(t, r.Error)
	return r.Seconds, r.Peak
}

// peakMemory is the most that the process had in memory, in bytes; elsewhere than
// on Linux, what the runtime has from the system.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
				return n << 10
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}
