package sqlite

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// newStore returns a new, empty store for the length of the test.
func newStore(t testing.TB, model domain.EmbeddingModel) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), FileName), Create: true, Model: model})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func TestEveryPooledConnectionHasItsPragmas(t *testing.T) {
	s := newStore(t, domain.EmbeddingModel{})
	for name, p := range map[string]*pool{"writer": s.write, "reader": s.read} {
		want := map[string]string{
			"journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "10000", "synchronous": "2",
			"wal_autocheckpoint": "500", "page_size": "8192", "journal_size_limit": "16777216", "query_only": "1",
		}
		size := defaultReaders
		if name == "writer" {
			want["query_only"], size = "0", 1
		}
		var conns []*sql.Conn
		for range size { // all of the pool's at the same time, so that none is seen twice
			c, err := p.db.Conn(t.Context())
			require.NoError(t, err)
			conns = append(conns, c)
		}
		assert.Equal(t, size, p.db.Stats().OpenConnections)
		assert.Equal(t, size, p.db.Stats().MaxOpenConnections, name)
		for _, c := range conns {
			for pragma, value := range want {
				var got string
				require.NoError(t, c.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
				assert.Equal(t, value, got, "%s: %s", name, pragma)
			}
			require.NoError(t, c.Close())
		}
	}
}

func TestTheWriterLocksAtOnce(t *testing.T) {
	assert.Contains(t, dsn("/x", writer), "_txlock=immediate")
}

func TestNoConnectionMakesAFile(t *testing.T) {
	for _, r := range []role{reader, writer, prober, walProber} {
		path := filepath.Join(t.TempDir(), FileName)
		_, err := connect(t.Context(), dsn(path, r), 1)
		require.Error(t, err)
		assert.NoFileExists(t, path)
	}
}

func TestAnyPathIsAPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?mode=ro&x=%41#c ü")
	require.NoError(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, FileName)
	s, err := Open(t.Context(), Config{Path: path, Create: true})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	assert.FileExists(t, path)
}

// The driver works only with the libc that it was made for.
func TestLibcIsTheDrivers(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite").Output()
	require.NoError(t, err)
	libc := regexp.MustCompile(`modernc\.org/libc (v\S+)`)
	version := func(path string) string {
		mod, err := os.ReadFile(path)
		require.NoError(t, err)
		found := libc.FindSubmatch(mod)
		require.NotNil(t, found, path)
		return string(found[1])
	}
	assert.Equal(t, version(strings.TrimSpace(string(out))), version(filepath.Join("..", "..", "go.mod")))
}

func TestSQLiteIsNotOneThatCorruptsWALs(t *testing.T) {
	s := newStore(t, domain.EmbeddingModel{})
	var newEnough bool
	require.NoError(t, s.read.db.Get(&newEnough, `SELECT sqlite_version() LIKE '3.5_.%' AND sqlite_version() >= '3.51.3'`))
	assert.True(t, newEnough)
}
