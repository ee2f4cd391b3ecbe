package sabotage_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// flips is how many bits are flipped in each file, one at a time.
const flips = 20

// sabotage is one way to damage a backup.
type sabotage struct {
	name string
	do   func(t *testing.T, dir string)
}

// sabotages lists every damage to the backup in dir. Only the loss of a note is
// missing: a backup without one is a sound backup that nobody has looked at.
func sabotages(t *testing.T, dir string, dice *rand.Rand) []sabotage {
	t.Helper()
	var all []sabotage
	for _, file := range filesOf(t, dir) {
		all = append(all, onFile(t, dir, file, dice)...)
	}
	all = append(all, strangers()...)
	all = append(all, onFolders()...)
	return append(all, onManifest()...)
}

func filesOf(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, rerr := filepath.Rel(dir, path)
			require.NoError(t, rerr)
			files = append(files, rel)
		}
		return err
	}))
	return files
}

func onFile(t *testing.T, dir, file string, dice *rand.Rand) []sabotage {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, file))
	require.NoError(t, err)
	var all []sabotage
	add := func(what string, do func(t *testing.T, path string)) {
		all = append(all, sabotage{file + ": " + what, func(t *testing.T, dir string) { do(t, filepath.Join(dir, file)) }})
	}
	for range flips {
		at, bit := dice.Int63n(info.Size()), dice.Intn(8)
		add(fmt.Sprintf("flip bit %d of byte %d", bit, at), func(t *testing.T, path string) {
			change(t, path, func(b []byte) []byte {
				b[at] ^= 1 << bit
				return b
			})
		})
	}
	add("cut off one byte", func(t *testing.T, path string) {
		change(t, path, func(b []byte) []byte { return b[:len(b)-1] })
	})
	add("add one byte", func(t *testing.T, path string) {
		change(t, path, func(b []byte) []byte { return append(b, '\n') })
	})
	add("empty", func(t *testing.T, path string) { change(t, path, func([]byte) []byte { return nil }) })
	if name := filepath.Base(file); name != "validation.json" && name != "proof.json" {
		add("delete", func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) })
	}
	add("rename", func(t *testing.T, path string) { require.NoError(t, os.Rename(path, path+".old")) })
	add("replace by a link to itself elsewhere", func(t *testing.T, path string) {
		elsewhere := filepath.Join(t.TempDir(), "same")
		require.NoError(t, os.Rename(path, elsewhere))
		require.NoError(t, os.Symlink(elsewhere, path))
	})
	add("replace by a folder", func(t *testing.T, path string) {
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.Mkdir(path, 0o700))
	})
	return all
}

func strangers() []sabotage {
	write := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte("x"), 0o600))
		}
	}
	return []sabotage{
		{"add a file", write("extra")},
		{"add a hidden file", write(".extra")},
		{"add a file beside the registry", write("registry/extra.json")},
		{"add a stale -wal", write("db/atocore.db-wal")},
		{"add a stale -shm", write("db/atocore.db-shm")},
		{"add a stale -journal", write("db/atocore.db-journal")},
		{"add an empty folder", func(t *testing.T, dir string) { require.NoError(t, os.Mkdir(filepath.Join(dir, "extra"), 0o700)) }},
		{"add a component's folder", func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "chroma"), 0o700))
		}},
		{"add a link", func(t *testing.T, dir string) { require.NoError(t, os.Symlink("/", filepath.Join(dir, "link"))) }},
	}
}

func onFolders() []sabotage {
	var all []sabotage
	for _, folder := range []string{"db", "registry"} {
		all = append(all,
			sabotage{folder + ": delete", func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, folder))) }},
			sabotage{folder + ": rename", func(t *testing.T, dir string) {
				require.NoError(t, os.Rename(filepath.Join(dir, folder), filepath.Join(dir, folder+"2")))
			}},
			sabotage{folder + ": replace by a link", func(t *testing.T, dir string) {
				elsewhere := filepath.Join(t.TempDir(), "same")
				require.NoError(t, os.Rename(filepath.Join(dir, folder), elsewhere))
				require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, folder)))
			}})
	}
	return all
}

// onManifest edits the manifest as somebody would who knows the format: the line
// for it in SHA256SUMS is made to fit again.
func onManifest() []sabotage {
	edit := func(old, replacement string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			path := filepath.Join(dir, "metadata.json")
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			change(t, path, func(b []byte) []byte {
				require.Contains(t, string(b), old, "the sabotage itself must work")
				return []byte(strings.Replace(string(b), old, replacement, 1))
			})
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			change(t, filepath.Join(dir, "SHA256SUMS"), func(b []byte) []byte {
				return []byte(strings.Replace(string(b), hexSum(before), hexSum(after), 1))
			})
		}
	}
	var all []sabotage
	for _, path := range []string{
		"../../atocore.db", "/etc/passwd", `db\\atocore.db`, "db/../db/atocore.db", "", "db//atocore.db", "./db/atocore.db",
		"C:/atocore.db", "registry/atocore.db", "db",
	} {
		all = append(all, sabotage{"manifest: path " + path, edit(`"db/atocore.db"`, `"`+path+`"`)})
	}
	for name, e := range map[string][2]string{
		"future format":     {`"format": 2`, `"format": 3`},
		"no format":         {`"format": 2`, `"format": 0`},
		"unknown field":     {`"format": 2`, `"format": 2, "surprise": true`},
		"duplicate key":     {`"format": 2`, `"format": 2, "format": 2`},
		"key of other case": {`"format": 2`, `"format": 2, "Format": 2`},
		"other kind":        {`"kind": "manual"`, `"kind": "monthly"`},
		"other stamp":       {`"stamp": "`, `"stamp": "1`},
		"no moment":         {`"created_at": "`, `"created_at": "x`},
		"other moment":      {`"created_at": "2`, `"created_at": "1`},
		"wrong size":        {`"size": `, `"size": 1`},
		"negative size":     {`"size": `, `"size": -`},
		"malformed hash":    {`"sha256": "`, `"sha256": "g`},
		"upper-case name":   {`"name": "sqlite"`, `"name": "SQLITE", "name": "sqlite"`},
		"same component":    {`"name": "sqlite"`, `"name": "registry"`},
		"same folder":       {`"dir": "db"`, `"dir": "registry"`},
		"foreign folder":    {`"dir": "db"`, `"dir": "../db"`},
		"not included":      {`"included": true`, `"included": false`},
		"fewer files":       {`"file_count": 1`, `"file_count": 0`},
		"no files":          {`"files": [`, `"files": [], "x": [`},
		"more rows":         {`"rows": `, `"rows": 1`},
		"negative rows":     {`"rows": `, `"rows": -`},
		"other digest":      {`"digest": "`, `"digest": "0`},
		"other table":       {`"name": "memory"`, `"name": "memories"`},
		"other vectors":     {`"count": `, `"count": 1`},
		"other mode":        {`"mode": "0600"`, `"mode": "rw-"`},
		"something after":   {"{", `[] {`},
	} {
		all = append(all, sabotage{"manifest: " + name, edit(e[0], e[1])})
	}
	file := `"path": "db/atocore.db",`
	return append(all,
		sabotage{"manifest: a file listed twice", func(t *testing.T, dir string) {
			raw, err := os.ReadFile(filepath.Join(dir, "metadata.json"))
			require.NoError(t, err)
			text := string(raw)
			from := strings.LastIndex(text[:strings.Index(text, file)], "{")
			entry := text[from : from+strings.Index(text[from:], "}")+1]
			edit(entry, entry+", "+entry)(t, dir)
		}},
		sabotage{"manifest: a database that no hash betrays", func(t *testing.T, dir string) {
			// Another row count in the file and hashes that fit: only the content tells.
			path := filepath.Join(dir, "db", "atocore.db")
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			change(t, path, func(b []byte) []byte {
				at := strings.LastIndex(string(b), "what is known of")
				require.Positive(t, at)
				b[at] = 'W'
				return b
			})
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			change(t, filepath.Join(dir, "SHA256SUMS"), func(b []byte) []byte {
				return []byte(strings.Replace(string(b), hexSum(before), hexSum(after), 1))
			})
			edit(hexSum(before), hexSum(after))(t, dir)
		}},
	)
}

func change(t *testing.T, path string, do func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, do(b), 0o600))
}

func hexSum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
