package backupdir_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestBackupStore(t *testing.T) {
	t.Run("real disk", func(t *testing.T) {
		porttest.TestBackupStore(t, func(t *testing.T) porttest.BackupStoreFixture {
			return porttest.BackupStoreFixture{Disk: osdisk.Disk{}, Store: backupdir.New(backupdir.Config{
				Disk: osdisk.Disk{}, Dir: filepath.Join(t.TempDir(), "not yet", "backups"), Lock: backupdir.FileLock,
			})}
		})
	})
	t.Run("fake disk", func(t *testing.T) {
		porttest.TestBackupStore(t, func(*testing.T) porttest.BackupStoreFixture {
			disk := portfake.NewDisk()
			return porttest.BackupStoreFixture{Disk: disk, Store: backupdir.New(backupdir.Config{Disk: disk, Dir: "/data/backups"})}
		})
	})
}

func realStore(t *testing.T) (*backupdir.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "backups")
	return openReal(dir), dir
}

func openReal(dir string) *backupdir.Store {
	return backupdir.New(backupdir.Config{
		Disk: osdisk.Disk{}, Dir: dir, DataDir: "/srv/it's mine", Lock: backupdir.FileLock,
	})
}

var moment = time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)

// commit makes a backup with two files, one of an odd name.
func commit(t *testing.T, s *backupdir.Store) (domain.Manifest, string) {
	t.Helper()
	building, err := s.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(building, "db"), 0o700))
	m := domain.Manifest{Kind: domain.BackupManual, CreatedAt: moment, Components: []domain.ComponentEntry{{
		Name: "sqlite", Dir: "db", Included: true,
	}}}
	for _, name := range []string{"db/atocore.db", "db/odd\nname"} {
		path := filepath.Join(building, filepath.FromSlash(name))
		require.NoError(t, os.WriteFile(path, []byte(name), 0o600))
		size, sum, err := osdisk.Disk{}.Hash(t.Context(), path, nil)
		require.NoError(t, err)
		m.Components[0].Files = append(m.Components[0].Files, domain.FileEntry{Path: name, Mode: 0o600, Size: size, SHA256: sum})
	}
	m, err = s.Commit(t.Context(), building, m)
	require.NoError(t, err)
	_, dir, err := s.Open(t.Context(), m.Stamp)
	require.NoError(t, err)
	return m, dir
}

func TestSumsAreThoseOfSha256sum(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("sha256sum is not installed")
	}
	s, _ := realStore(t)
	_, dir := commit(t, s)
	check := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), tool, "-c", "--strict", "SHA256SUMS")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := check()
	require.NoError(t, err, out)
	assert.Contains(t, out, "metadata.json: OK")
	assert.Contains(t, out, "RESTORE.md: OK")
	assert.Contains(t, out, `db/odd\nname: OK`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "db", "atocore.db"), []byte("db/atocore.dc"), 0o600))
	out, err = check()
	require.Error(t, err, out)
}

func TestFoldersAndFilesAreForTheOwnerAlone(t *testing.T) {
	s, root := realStore(t)
	_, dir := commit(t, s)
	for path, want := range map[string]os.FileMode{
		root: 0o700, dir: 0o700, filepath.Join(dir, "metadata.json"): 0o600,
		filepath.Join(dir, "SHA256SUMS"): 0o600, filepath.Join(dir, "RESTORE.md"): 0o600,
	} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode().Perm(), path)
	}
}

func TestSweep(t *testing.T) {
	s, root := realStore(t)
	mine, err := s.Begin(t.Context())
	require.NoError(t, err)
	dead := filepath.Join(root, ".building-0123456789abcdef")
	require.NoError(t, os.MkdirAll(filepath.Join(dead, "db"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dead, "db", "x"), []byte("x"), 0o600))
	require.NoError(t, os.WriteFile(dead+".lock", nil, 0o600))
	lone := filepath.Join(root, ".building-fedcba9876543210")
	require.NoError(t, os.Mkdir(lone, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(root, ".note-1"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "notes.txt"), nil, 0o600))

	other := openReal(root) // another process, as far as locks go
	theirs, err := other.Begin(t.Context())
	require.NoError(t, err)
	for _, path := range []string{dead, dead + ".lock", lone, lone + ".lock", filepath.Join(root, ".note-1")} {
		assert.NoFileExists(t, path)
		assert.NoDirExists(t, path)
	}
	assert.DirExists(t, mine, "what a live process builds stays")
	assert.FileExists(t, filepath.Join(root, "notes.txt"), "what is not ours stays")
	list, err := other.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, list)
	require.NoError(t, s.Discard(t.Context(), mine))
	require.NoError(t, other.Discard(t.Context(), theirs))
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is left behind")
}
