package porttest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// SourceTreeOpener returns a tree with a root that holds the files.
type SourceTreeOpener func(t *testing.T, files map[string]string) (tree ports.SourceTree, root string)

// TestSourceTree checks the contract of a source tree, as far as a fake can keep
// it: links, permissions and special files are the file system's own tests.
func TestSourceTree(t *testing.T, open SourceTreeOpener) {
	t.Run("walks every file in path order", func(t *testing.T) { sourceOrder(t, open) })
	t.Run("keeps to the ignore rules", func(t *testing.T) { sourceIgnores(t, open) })
	t.Run("ends with the error of a callback", func(t *testing.T) { sourceCallbacks(t, open) })
	t.Run("a missing root is unavailable", func(t *testing.T) { sourceMissingRoot(t, open) })
	t.Run("gives up when the context has ended", func(t *testing.T) { sourceCancelled(t, open) })
	t.Run("reads content and state", func(t *testing.T) { sourceReads(t, open) })
	t.Run("passes over what cannot be ingested", func(t *testing.T) { sourceSkips(t, open) })
}

// Walked is what a walk reported.
type Walked struct {
	Files   []ports.SourceFile
	Skipped []domain.SkippedFile
}

// Paths returns the paths of the files.
func (w Walked) Paths() []string {
	var paths []string
	for _, f := range w.Files {
		paths = append(paths, f.Path)
	}
	return paths
}

// WalkAll walks a root to its end.
func WalkAll(t *testing.T, tree ports.SourceTree, root string) Walked {
	t.Helper()
	var w Walked
	require.NoError(t, tree.Walk(t.Context(), root, func(f ports.SourceFile) error {
		w.Files = append(w.Files, f)
		return nil
	}, func(s domain.SkippedFile) error {
		w.Skipped = append(w.Skipped, s)
		return nil
	}))
	return w
}

func sourceOrder(t *testing.T, open SourceTreeOpener) {
	files := map[string]string{
		"b.md": "b", "a.md": "a", "a/z.md": "z", "a-b/c.md": "c", "a/b/c.md": "deep", "ä.md": "umlaut", "with space.txt": "s",
	}
	tree, root := open(t, files)
	w := WalkAll(t, tree, root)
	var want []string
	for name := range files {
		want = append(want, name)
	}
	slices.Sort(want)
	assert.Equal(t, want, w.Paths())
	assert.Empty(t, w.Skipped)
	for _, f := range w.Files {
		assert.Equal(t, int64(len(files[f.Path])), f.State.Size)
		assert.False(t, f.State.ModTime.IsZero())
	}
}

func sourceIgnores(t *testing.T, open SourceTreeOpener) {
	tree, root := open(t, map[string]string{
		".gitignore": "*.log\nbuild/\n", ".atocoreignore": "private\n", ".git/config": "x",
		"keep.md": "k", "a.log": "l", "build/x.md": "x", "build/y.md": "y", "private/key.md": "p", "docs/b.log": "l", "docs/c.md": "c",
	})
	w := WalkAll(t, tree, root)
	assert.Equal(t, []string{"docs/c.md", "keep.md"}, w.Paths())
	skipped := map[string]domain.SkipReason{}
	for _, s := range w.Skipped {
		skipped[strings.TrimSuffix(s.Path, "/")] = s.Reason
	}
	for _, path := range []string{"a.log", "build", "private", "docs/b.log", ".git"} {
		assert.Equal(t, domain.SkipIgnored, skipped[path], path)
	}
	assert.NotContains(t, skipped, "build/x.md", "a folder counts once")
}

func sourceCallbacks(t *testing.T, open SourceTreeOpener) {
	tree, root := open(t, map[string]string{"a.md": "a", "b.md": "b", "c.log": "c", ".gitignore": "*.log\n"})
	mine := errors.New("enough")
	seen := 0
	err := tree.Walk(t.Context(), root, func(ports.SourceFile) error {
		seen++
		return mine
	}, func(domain.SkippedFile) error { return nil })
	require.ErrorIs(t, err, mine)
	assert.Equal(t, 1, seen)
	err = tree.Walk(t.Context(), root, func(ports.SourceFile) error { return nil },
		func(domain.SkippedFile) error { return mine })
	require.ErrorIs(t, err, mine)
}

func sourceMissingRoot(t *testing.T, open SourceTreeOpener) {
	tree, root := open(t, map[string]string{"a.md": "a"})
	err := tree.Walk(t.Context(), root+"-missing", func(ports.SourceFile) error { return nil },
		func(domain.SkippedFile) error { return nil })
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
}

func sourceCancelled(t *testing.T, open SourceTreeOpener) {
	tree, root := open(t, map[string]string{"a.md": "a", "b.md": "b"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	err := tree.Walk(ctx, root, func(ports.SourceFile) error {
		seen++
		cancel()
		return nil
	}, func(domain.SkippedFile) error { return nil })
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, seen)
	_, _, _, err = tree.Read(ctx, root, "a.md", 100)
	require.ErrorIs(t, err, context.Canceled)
}

func sourceReads(t *testing.T, open SourceTreeOpener) {
	text := "\ufeffgrün\r\nline two\n"
	tree, root := open(t, map[string]string{"docs/a.md": text, "empty.md": ""})
	content, state, skip, err := tree.Read(t.Context(), root, "docs/a.md", int64(len(text)))
	require.NoError(t, err)
	require.Nil(t, skip)
	assert.Equal(t, text, string(content))
	sum := sha256.Sum256([]byte(text))
	assert.Equal(t, hex.EncodeToString(sum[:]), state.Hash)
	w := WalkAll(t, tree, root)
	state.Hash = ""
	assert.Equal(t, w.Files[0].State, state, "a walk and a read see the same state")

	content, state, skip, err = tree.Read(t.Context(), root, "empty.md", 1)
	require.NoError(t, err)
	require.Nil(t, skip)
	assert.Empty(t, content)
	assert.Zero(t, state.Size)
}

func sourceSkips(t *testing.T, open SourceTreeOpener) {
	tree, root := open(t, map[string]string{
		"large.md": "12345678901", "limit.md": "1234567890", "binary.md": "a\x00b", "latin.md": "gr\xfcn",
	})
	for path, reason := range map[string]domain.SkipReason{
		"large.md": domain.SkipTooLarge, "binary.md": domain.SkipBinary, "latin.md": domain.SkipInvalidUTF8,
		"missing.md": domain.SkipUnreadable, "missing/a.md": domain.SkipUnreadable,
	} {
		content, _, skip, err := tree.Read(t.Context(), root, path, 10)
		require.NoError(t, err, path)
		require.NotNil(t, skip, path)
		assert.Equal(t, reason, skip.Reason, path)
		assert.Equal(t, path, skip.Path)
		assert.Empty(t, content)
	}
	_, _, skip, err := tree.Read(t.Context(), root, "limit.md", 10)
	require.NoError(t, err)
	assert.Nil(t, skip)
}
