// Package proof holds the promise that a backup of any format ever released can be
// validated, restored and proven: testdata has one of each.
package proof

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/app"
	"github.com/atocore/atocore/domain"
)

// run runs the program and returns its exit code and what it printed.
func run(args ...string) (int, string) {
	var out bytes.Buffer
	code := app.Program{Version: "v9.9.9", Args: args, In: strings.NewReader(""), Out: &out, Err: &out}.Run()
	return code, out.String()
}

func TestEveryFormat(t *testing.T) {
	archives, err := filepath.Glob("testdata/format-*.tar.gz")
	require.NoError(t, err)
	require.Len(t, archives, domain.BackupFormat, "one backup of every format")
	for _, archive := range archives {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("ATOCORE_DATA_DIR", filepath.Join(dir, "data"))
			t.Setenv("ATOCORE_BACKUP_DIR", filepath.Join(dir, "backups"))
			unpack(t, archive, filepath.Join(dir, "backups"))
			for _, args := range [][]string{
				{"backup", "validate", "latest"},
				{"backup", "prove", "latest"},
				{"backup", "restore", "latest", "--confirm-service-stopped"},
			} {
				code, out := run(args...)
				require.Zero(t, code, "%v: %s", args, out)
			}
			_, out := run("backup", "list")
			assert.Contains(t, out, "proven now, restores in")
			code, out := run("query", "who lives on the rock", "--json")
			require.Zero(t, code, out)
			assert.Contains(t, out, "the keeper lives on the rock")
			code, out = run("ledger", "verify")
			require.Zero(t, code, out)
		})
	}
}

func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	f, err := os.Open(archive)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			require.NoError(t, os.MkdirAll(path, 0o700))
			continue
		}
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
}
