package restore

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/restore"
)

// spoil is one way to spoil a file of a backup.
type spoil struct {
	name string
	do   func(path string) error
}

func rewrite(change func([]byte) []byte) func(string) error {
	return func(path string) error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, change(data), 0o600)
	}
}

func spoils() []spoil {
	out := []spoil{
		{"truncate by one byte", rewrite(func(b []byte) []byte { return b[:len(b)-1] })},
		{"empty", rewrite(func([]byte) []byte { return nil })},
		{"delete", os.Remove},
		{"add an extra", func(path string) error { return os.WriteFile(path+".extra", []byte("x"), 0o600) }},
		{"replace by a link", func(path string) error {
			if err := os.Rename(path, path+".moved-out"); err != nil {
				return err
			}
			away := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(path))), "moved-out")
			if err := os.Rename(path+".moved-out", away); err != nil {
				return err
			}
			return os.Symlink(away, path)
		}},
		{"rename", func(path string) error { return os.Rename(path, path+".renamed") }},
	}
	dice := rand.New(rand.NewSource(1)) //nolint:gosec // repeatable on purpose
	for n := range 20 {
		out = append(out, spoil{fmt.Sprintf("flip a bit (%d)", n+1), rewrite(func(b []byte) []byte {
			b[dice.Intn(len(b))] ^= 1 << dice.Intn(8)
			return b
		})})
	}
	return out
}

// lies are changes of what the manifest says.
func lies() map[string]func(m map[string]any, files []map[string]any) {
	return map[string]func(map[string]any, []map[string]any){
		"path traversal": func(_ map[string]any, f []map[string]any) { f[0]["path"] = "db/../../../outside" },
		"absolute path":  func(_ map[string]any, f []map[string]any) { f[0]["path"] = "/etc/passwd" },
		"duplicate":      func(_ map[string]any, f []map[string]any) { f[0]["path"] = f[1]["path"] },
		"wrong size":     func(_ map[string]any, f []map[string]any) { f[0]["size"] = 1 },
		"wrong hash":     func(_ map[string]any, f []map[string]any) { f[0]["sha256"] = strings.Repeat("0", 64) },
		"future format":  func(m map[string]any, _ []map[string]any) { m["format"] = 99 },
		"other stamp":    func(m map[string]any, _ []map[string]any) { m["stamp"] = "20200101T000000Z" },
	}
}

func lie(path string, tell func(m map[string]any, files []map[string]any)) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	var files []map[string]any
	for _, c := range m["components"].([]any) {
		for _, f := range c.(map[string]any)["files"].([]any) {
			files = append(files, f.(map[string]any))
		}
	}
	tell(m, files)
	if data, err = json.Marshal(m); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func TestEverySabotagedBackupIsRefused(t *testing.T) {
	i := newInstallation(t, t.TempDir())
	ctx := t.Context()
	i.start(ctx)
	_, err := i.memories.Remember(ctx, memory.Draft{Type: "knowledge", Content: "in the backup"})
	require.NoError(t, err)
	stamp := i.backUp(ctx)
	_, err = i.memories.Remember(ctx, memory.Draft{Type: "knowledge", Content: marker})
	require.NoError(t, err)
	i.stop()
	home := filepath.Join(i.dir, "backups", string(stamp))
	pristine := filepath.Join(i.dir, "pristine")
	require.NoError(t, os.CopyFS(pristine, os.DirFS(home)))
	live := tree(t, i.data())

	tried, refused := 0, 0
	attempt := func(name string, sabotage func() error) {
		require.NoError(t, os.RemoveAll(home))
		require.NoError(t, os.CopyFS(home, os.DirFS(pristine)))
		require.NoError(t, os.RemoveAll(filepath.Join(i.dir, "backups", "moved-out")))
		require.NoError(t, sabotage(), name)
		tried++
		_, err := i.restores.Restore(ctx, restore.Request{Name: string(stamp), Confirmed: true}, nil)
		if assert.Error(t, err, name) && assert.Equal(t, live, tree(t, i.data()), name) {
			refused++
		}
	}
	var files []string
	for path := range tree(t, pristine) {
		rel, err := filepath.Rel(pristine, path)
		require.NoError(t, err)
		files = append(files, rel)
	}
	sort.Strings(files)
	for _, file := range files {
		for _, s := range spoils() {
			attempt(file+": "+s.name, func() error { return s.do(filepath.Join(home, file)) })
		}
	}
	for name, tell := range lies() {
		attempt("metadata.json: "+name, func() error { return lie(filepath.Join(home, "metadata.json"), tell) })
	}
	t.Logf("%d of %d sabotaged backups were refused with nothing changed", refused, tried)

	require.NoError(t, os.RemoveAll(home))
	require.NoError(t, os.CopyFS(home, os.DirFS(pristine)))
	_, err = i.restores.Restore(ctx, restore.Request{Name: string(stamp), Confirmed: true}, nil)
	require.NoError(t, err, "the untouched one is good")
}
