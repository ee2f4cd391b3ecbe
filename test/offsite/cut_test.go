package offsite

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/archive"
	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/s3"
	"github.com/atocore/atocore/adapters/sealfile"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/offsite"
	"github.com/atocore/atocore/test/s3server"
)

// machine is one that has a backup folder and a key, and reaches the bucket
// through a proxy.
func machine(t *testing.T, backups, endpoint, bucket, key string, patient bool) *offsite.Service {
	t.Helper()
	retries := 1 // a broken request fails at once
	if patient {
		retries = 0
	}
	remote, err := s3.New(s3.Config{
		Endpoint: endpoint, Bucket: bucket, Lookup: s3.LookupPath, AccessKey: s3server.AccessKey, SecretKey: s3server.SecretKey, Retries: retries,
	})
	require.NoError(t, err)
	return offsite.New(offsite.Config{
		Remote: remote, Archiver: archive.New(archive.Config{IdentityFile: key}),
		Store: backupdir.New(backupdir.Config{Disk: osdisk.Disk{}, Dir: backups, Lock: backupdir.FileLock}),
		Disk:  osdisk.Disk{}, Clock: system.Clock{},
		Seals:   sealfile.New(sealfile.Config{Disk: osdisk.Disk{}, Dir: filepath.Dir(backups)}),
		Program: func() (string, error) { return "this test", nil },
		Validate: func(ctx context.Context, dir string, stamp domain.Stamp, report func(domain.CopyProgress)) ([]domain.Fault, error) {
			v, err := backup.New(backup.Config{
				Store: backupdir.New(backupdir.Config{Disk: osdisk.Disk{}, Dir: dir}), Disk: osdisk.Disk{}, Clock: system.Clock{},
			}).Validate(ctx, string(stamp), report)
			return v.Faults, err
		},
		Wait: func(ctx context.Context, _ int) error { return ctx.Err() },
	})
}

// The remote is cut off twenty times in mid upload and twenty times in mid
// download: nothing half is ever listed, and the next run goes through.
func TestCutOff(t *testing.T) {
	server := s3server.Start(t)
	home := t.TempDir()
	backups, key := filepath.Join(home, "backups"), filepath.Join(home, "key")
	stamp := makeBackup(t, backups, 24)
	_, err := archive.Keygen(key)
	require.NoError(t, err)
	bucket := server.Bucket(t, false)
	p := s3server.StartProxy(t, server.Host)
	here := machine(t, backups, p.URL(), bucket, key, false)
	sent, err := machine(t, backups, server.URL, server.Bucket(t, false), key, true).Push(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	require.Greater(t, sent.ArchiveBytes, int64(9<<20), "it goes in parts")

	failed, reused := 0, 0
	for i := range int64(20) {
		bucket := server.Bucket(t, false)
		here := machine(t, backups, p.URL(), bucket, key, false)
		p.Cut(i*sent.ArchiveBytes/19, -1)
		_, err := here.Push(t.Context(), string(stamp), nil)
		l, lerr := here.List(t.Context())
		require.NoError(t, lerr)
		if err != nil {
			failed++
			require.Empty(t, l.Backups, "cut %d", i)
		}
		// Another process goes on with it: what is there is not sent again.
		got, err := machine(t, backups, p.URL(), bucket, key, false).Push(t.Context(), string(stamp), nil)
		require.NoError(t, err, "cut %d", i)
		if got.Reused > 0 {
			reused++
		}
		l, err = here.List(t.Context())
		require.NoError(t, err)
		require.Len(t, l.Backups, 1)
		require.Equal(t, domain.StandingWritten, l.Backups[0].Standing)
	}
	assert.Greater(t, failed, 10, "most cuts are felt")
	assert.Positive(t, reused, "some had sent whole parts")
	t.Logf("%d of 20 uploads failed, none was listed, every next one went through, %d with parts of the one before", failed, reused)

	_, err = here.Push(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	resumed := 0
	for i := range int64(20) {
		elsewhere := filepath.Join(t.TempDir(), "backups")
		there := machine(t, elsewhere, p.URL(), bucket, key, false)
		p.Cut(-1, 3000+i*sent.ArchiveBytes/20)
		got, err := there.Pull(t.Context(), string(stamp), nil)
		require.NoError(t, err, "cut %d", i)
		resumed += got.Resumed
		list, err := backupdir.New(backupdir.Config{Disk: osdisk.Disk{}, Dir: elsewhere}).List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, domain.StandingValidated, list[0].Standing)
		require.NoError(t, os.RemoveAll(elsewhere))
	}
	assert.Greater(t, resumed, 15, "most were taken up where they broke")
	t.Logf("20 downloads cut off, %d taken up where they broke", resumed)
}

// A process that is killed while it pushes leaves nothing that is listed, and does
// not stand in the way of the next.
func TestKilledWhilePushing(t *testing.T) {
	home := t.TempDir()
	backups, remote, key := filepath.Join(home, "backups"), filepath.Join(home, "remote"), filepath.Join(home, "key")
	stamp := makeBackup(t, backups, 60)
	_, err := archive.Keygen(key)
	require.NoError(t, err)
	killed := 0
	for i := range 10 {
		require.NoError(t, os.RemoveAll(remote))
		require.NoError(t, os.Mkdir(remote, 0o700))
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "ATOCORE_TEST_PUSH="+backups, "ATOCORE_TEST_PUSH_TO="+remote, "ATOCORE_TEST_PUSH_KEY="+key)
		require.NoError(t, cmd.Start())
		awaitBytes(t, remote, int64(i)*(2<<20))
		time.Sleep(rand.N(3 * time.Millisecond)) //nolint:forbidigo // anywhere between two events
		require.NoError(t, cmd.Process.Kill())
		if cmd.Wait() != nil {
			killed++
		}
		s := serviceOn(backups, remote, key)
		l, err := s.List(t.Context())
		require.NoError(t, err)
		for _, b := range l.Backups {
			require.Equal(t, domain.StandingWritten, b.Standing)
		}
		_, err = s.Push(t.Context(), string(stamp), nil)
		require.NoError(t, err)
		l, err = s.List(t.Context())
		require.NoError(t, err)
		require.Len(t, l.Backups, 1)
	}
	assert.Greater(t, killed, 5)
}

// awaitBytes waits until so much has arrived in the folder, or the push is done.
func awaitBytes(t *testing.T, dir string, n int64) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			if info, err := e.Info(); err == nil && (info.Size() >= n || filepath.Ext(e.Name()) == ".json") {
				return
			}
		}
	}
	t.Fatal("nothing arrives")
}
