package sqlite_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

func TestOpenMakesANewDatabaseOnlyWhenTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", sqlite.FileName)
	_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	requireError(t, domain.KindNotFound, "no database at", err)
	assert.NoDirExists(t, filepath.Dir(path))

	s := open(t, sqlite.Config{Path: path, Create: true})
	version, err := s.SchemaVersion(t.Context())
	require.NoError(t, err)
	assert.Equal(t, sqlite.NewestSchema, version)
	if runtime.GOOS != "windows" {
		for name, mode := range map[string]os.FileMode{"": 0o600, "-wal": 0o600, "-shm": 0o600} {
			info, err := os.Stat(path + name)
			require.NoError(t, err)
			assert.Equal(t, mode, info.Mode().Perm(), name)
		}
		info, err := os.Stat(filepath.Dir(path))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 3, "nothing is left of the making")
}

func TestOpenKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	cfg := sqlite.Config{Path: path, Create: true, Model: porttest.Model()}
	s, err := sqlite.Open(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, s.Memories().Create(t.Context(), aMemory("m1"), nil))
	require.NoError(t, s.Close())
	assert.NoFileExists(t, path+"-wal", "the last to close cleans up")
	s = open(t, cfg)
	_, err = s.Memories().Get(t.Context(), "m1")
	require.NoError(t, err)
}

func TestOpenRefusesWhatIsNotItsOwn(t *testing.T) {
	for name, tc := range map[string]struct {
		make func(t *testing.T, path string)
		kind domain.Kind
		says string
	}{
		"an empty file":    {file(""), domain.KindCorrupt, "is empty"},
		"a few bytes":      {file("x"), domain.KindCorrupt, "not a database"},
		"a text":           {file(strings.Repeat("This is not a database. ", 1000)), domain.KindCorrupt, "not a database"},
		"a folder":         {func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) }, domain.KindCorrupt, "is not a file"},
		"another's schema": {database("CREATE TABLE x (y)"), domain.KindCorrupt, "not one of atocore's"},
		"no schema":        {database("PRAGMA application_id = 1098149731; CREATE TABLE x (y)"), domain.KindCorrupt, "no schema"},
		"a newer schema":   {newer(false), domain.KindRefused, "newer atocore"},
		"a newer schema, part of it in the WAL of a killed process": {newer(true), domain.KindRefused, "newer atocore"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, sqlite.FileName)
			tc.make(t, path)
			before := snapshot(t, dir)
			for _, create := range []bool{false, true} {
				_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Create: create, Model: porttest.Model()})
				requireError(t, tc.kind, tc.says, err)
			}
			assert.Equal(t, before, snapshot(t, dir), "not a byte is changed and nothing is left")
		})
	}
}

func TestOpenRefusesToStartAnewBesideAWAL(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	file("committed pages")(t, path+"-wal")
	_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Create: true})
	requireError(t, domain.KindCorrupt, "may hold data", err)
	assert.NoFileExists(t, path)
}

func TestOpenWithoutWriteAccess(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("permissions do not bind this user")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, sqlite.FileName)
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Create: true})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, os.Chmod(path, 0o400))
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	requireError(t, domain.KindUnavailable, "cannot be", err)
	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, os.Chmod(dir, 0o500))
	t.Cleanup(func() { assert.NoError(t, os.Chmod(dir, 0o700)) })
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	requireError(t, domain.KindUnavailable, "cannot be", err)
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "new.db"), Create: true})
	requireError(t, domain.KindUnavailable, "cannot write", err)
}

func TestADamagedPageIsCorruptAndSaysWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Create: true})
	require.NoError(t, err)
	for _, id := range []string{"m1", "m2", "m3"} {
		require.NoError(t, s.Memories().Create(t.Context(), aMemory(id), nil))
	}
	require.NoError(t, s.Close())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := 4096; i < len(data); i++ { // everything but the header's page
		data[i] ^= 0xff
	}
	require.NoError(t, os.WriteFile(path, data, 0o600))
	_, err = sqlite.Open(t.Context(), sqlite.Config{Path: path})
	requireError(t, domain.KindCorrupt, "is damaged", err)
	assert.Contains(t, err.Error(), "atocore backup restore")
}

// requireError checks kind, message and that a hint says what to do.
func requireError(t *testing.T, kind domain.Kind, says string, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, kind, domain.KindOf(err), err)
	require.ErrorContains(t, err, says)
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.Hint, "what to do next")
}

func file(content string) func(*testing.T, string) {
	return func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte(content), 0o600)) }
}

func database(script string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		db, err := sqlx.Open("sqlite", path)
		require.NoError(t, err)
		_, err = db.Exec(script)
		require.NoError(t, err)
		require.NoError(t, db.Close())
	}
}

// newer makes a database with a schema of tomorrow; killed leaves its last write in
// the WAL.
func newer(killed bool) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		live := filepath.Join(t.TempDir(), sqlite.FileName)
		s, err := sqlite.Open(t.Context(), sqlite.Config{Path: live, Create: true})
		require.NoError(t, err)
		require.NoError(t, s.Close())
		db, err := sqlx.Open("sqlite", live)
		require.NoError(t, err)
		db.SetMaxOpenConns(1)
		_, err = db.Exec(`INSERT INTO schema_version (version_id, is_applied) VALUES (99, 1)`)
		require.NoError(t, err)
		if killed { // what a kill leaves is what is there before the close
			copyFile(t, live, path)
			copyFile(t, live+"-wal", path+"-wal")
			copyFile(t, live+"-shm", path+"-shm")
		}
		require.NoError(t, db.Close())
		if !killed {
			copyFile(t, live, path)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, data, 0o600))
}

// snapshot returns the content of every file of the folder but the shared memory,
// which is no content.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		files[e.Name()] = ""
		if !e.IsDir() && !strings.HasSuffix(e.Name(), "-shm") {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			require.NoError(t, err)
			files[e.Name()] = string(data)
		}
	}
	return files
}
