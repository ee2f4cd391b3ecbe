package filetree_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/filetree"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func write(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	if err := os.Symlink(filepath.FromSlash(target), path); err != nil {
		t.Skip("no links here: ", err)
	}
}

// skipped returns reason and detail by path.
func skipped(w porttest.Walked) map[string]string {
	said := map[string]string{}
	for _, s := range w.Skipped {
		said[s.Path] = strings.TrimSuffix(string(s.Reason)+": "+s.Detail, ": ")
	}
	return said
}

func TestSourceTree(t *testing.T) {
	porttest.TestSourceTree(t, func(t *testing.T, files map[string]string) (ports.SourceTree, string) {
		root := t.TempDir()
		write(t, root, files)
		return filetree.Tree{}, root
	})
}

func TestDefaultRules(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{
		"README.md": "x", "node_modules/a/index.js": "x", "src/node_modules/b.js": "x", "vendor/v.go": "x",
		".env": "SECRET=1", ".env.example": "SECRET=", "keys/server.key": "x", "go.sum": "x", ".git/HEAD": "x",
		"sub/.git": "gitdir: ../.git/worktrees/sub", "sub/a.md": "x", ".github/workflows/ci.yml": "x",
	})
	w := porttest.WalkAll(t, filetree.Tree{}, root)
	assert.Equal(t, []string{".env.example", ".github/workflows/ci.yml", "README.md", "sub/a.md", "vendor/v.go"}, w.Paths())
	assert.Equal(t, map[string]string{
		"node_modules": "ignored: node_modules/ (default rule)", "src/node_modules": "ignored: node_modules/ (default rule)",
		".env": "ignored: .env (default rule)", "keys/server.key": "ignored: *.key (default rule)",
		"go.sum": "ignored: go.sum (default rule)", ".git": "ignored: version control", "sub/.git": "ignored: version control",
	}, skipped(w))

	write(t, root, map[string]string{".gitignore": "!*\n"})
	w = porttest.WalkAll(t, filetree.Tree{}, root)
	assert.NotContains(t, w.Paths(), ".env", "a rule for git hands out no secrets")

	write(t, root, map[string]string{".atocoreignore": "!go.sum\n!.git\nvendor/\n"})
	w = porttest.WalkAll(t, filetree.Tree{}, root)
	assert.Contains(t, w.Paths(), "go.sum", "a project brings back what it wants")
	assert.Equal(t, "ignored: version control", skipped(w)[".git"], "but not this")
	assert.Equal(t, "ignored: vendor/ (.atocoreignore:3)", skipped(w)["vendor"])
}

func TestNestedRules(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{
		".gitignore": "*.tmp\n/top.md\nlogs/*\n!logs/keep.md\n", "top.md": "x", "sub/top.md": "x", "a.tmp": "x",
		"logs/keep.md": "x", "logs/drop.md": "x", "sub/.gitignore": "!b.tmp\nonly/\n", "sub/b.tmp": "x", "b.tmp": "x",
		"sub/only/c.md": "x", "only/c.md": "x", "sub/.atocoreignore": "b.tmp\n!only/\n",
	})
	w := porttest.WalkAll(t, filetree.Tree{}, root)
	assert.Equal(t, []string{"logs/keep.md", "only/c.md", "sub/only/c.md", "sub/top.md"}, w.Paths(),
		".atocoreignore is above .gitignore, the deeper above the higher")
}

func TestLinks(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, map[string]string{"secret.md": "secret"})
	root := t.TempDir()
	write(t, root, map[string]string{
		"real/a.md": "a", ".gitignore": "hidden/\n", "hidden/h.md": "h", ".git/HEAD": "x",
	})
	link(t, "real/a.md", filepath.Join(root, "a-link.md"))
	link(t, "real", filepath.Join(root, "folder-link"))
	link(t, "../folder-link/a.md", filepath.Join(root, "deep", "chain.md"))
	link(t, filepath.Join(outside, "secret.md"), filepath.Join(root, "out.md"))
	link(t, outside, filepath.Join(root, "out"))
	link(t, "../"+filepath.Base(outside), filepath.Join(root, "out-relative"))
	link(t, "real/../../"+filepath.Base(outside)+"/secret.md", filepath.Join(root, "out-crooked.md"))
	link(t, "nowhere.md", filepath.Join(root, "dangling.md"))
	link(t, "loop-b", filepath.Join(root, "loop-a"))
	link(t, "loop-a", filepath.Join(root, "loop-b"))
	link(t, ".", filepath.Join(root, "self"))
	link(t, "..", filepath.Join(root, "real", "up"))
	link(t, "hidden/h.md", filepath.Join(root, "peek.md"))
	link(t, "hidden", filepath.Join(root, "peek"))
	link(t, ".git", filepath.Join(root, "git"))

	w := porttest.WalkAll(t, filetree.Tree{}, root)
	assert.Equal(t, []string{"real/a.md"}, w.Paths(), "every target inside is seen once")
	said := skipped(w)
	for path, want := range map[string]string{
		"out.md": "symlink: leads out of the root", "out": "symlink: leads out of the root",
		"out-relative": "symlink: leads out of the root", "out-crooked.md": "symlink: leads out of the root",
		"dangling.md": "symlink: leads nowhere", "loop-a": "symlink: leads in a circle", "loop-b": "symlink: leads in a circle",
		"self": "symlink: leads in a circle", "real/up": "symlink: leads in a circle",
		"peek.md": "ignored: leads to hidden/h.md: hidden/ (.gitignore:1)",
		"peek":    "ignored: leads to hidden: hidden/ (.gitignore:1)",
		"git":     "ignored: leads to .git: version control",
	} {
		assert.Equal(t, want, said[path], path)
		delete(said, path)
	}
	delete(said, ".gitignore")
	assert.Equal(t, map[string]string{".git": "ignored: version control", "hidden": "ignored: hidden/ (.gitignore:1)"}, said)

	for _, path := range []string{"out.md", "out/secret.md", "out-relative/secret.md", "../" + filepath.Base(outside) + "/secret.md", "dangling.md"} {
		content, _, skip, err := filetree.Tree{}.Read(t.Context(), root, path, 100)
		require.NoError(t, err, path)
		require.NotNil(t, skip, path)
		assert.Empty(t, content)
	}
}

func TestExcludedFolders(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"sub/data/projects.json": "{}", "sub/data-2/a.md": "a"})
	tree := filetree.Tree{Exclude: []string{filepath.Join(root, "missing"), filepath.Join(root, "sub", "data")}}
	w := porttest.WalkAll(t, tree, root)
	assert.Equal(t, []string{"sub/data-2/a.md"}, w.Paths())
	assert.Equal(t, map[string]string{"sub/data": "ignored: atocore's own data"}, skipped(w))
	w = porttest.WalkAll(t, tree, filepath.Join(root, "sub", "data"))
	assert.Empty(t, w.Files)
}

func TestRootMayBeALink(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"a.md": "a"})
	alias := filepath.Join(t.TempDir(), "alias")
	link(t, root, alias)
	assert.Equal(t, []string{"a.md"}, porttest.WalkAll(t, filetree.Tree{}, alias).Paths())
}

func TestRootThatIsAFile(t *testing.T) {
	root := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(root, nil, 0o600))
	err := filetree.Tree{}.Walk(t.Context(), root, nil, nil)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
	assert.ErrorContains(t, err, "is not a folder")
}

func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("this user may read everything")
	}
	root := t.TempDir()
	write(t, root, map[string]string{"a.md": "a", "b/c.md": "c", "d.md": "d"})
	require.NoError(t, os.Chmod(filepath.Join(root, "a.md"), 0))
	require.NoError(t, os.Chmod(filepath.Join(root, "b"), 0))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(root, "b"), 0o700) })
	w := porttest.WalkAll(t, filetree.Tree{}, root)
	assert.Equal(t, []string{"a.md", "d.md"}, w.Paths())
	assert.Equal(t, map[string]string{"b": "unreadable: permission denied"}, skipped(w))
	_, _, skip, err := filetree.Tree{}.Read(t.Context(), root, "a.md", 10)
	require.NoError(t, err)
	require.NotNil(t, skip)
	assert.Equal(t, domain.SkipUnreadable, skip.Reason)
}

func TestRuleFileThatCannotBeReadClosesItsFolder(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"sub/.gitignore": strings.Repeat("# long\n", 200_000), "sub/a.md": "a", "b.md": "b"})
	w := porttest.WalkAll(t, filetree.Tree{}, root)
	assert.Equal(t, []string{"b.md"}, w.Paths())
	assert.Equal(t, map[string]string{"sub": "unreadable: its .gitignore: larger than 1048576 bytes"}, skipped(w))
}

func TestFoldersNestedTooDeep(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{strings.Repeat("d/", 205) + "a.md": "a", "b.md": "b"})
	w := porttest.WalkAll(t, filetree.Tree{}, root)
	assert.Equal(t, []string{"b.md"}, w.Paths())
	require.Len(t, w.Skipped, 1)
	assert.Equal(t, domain.SkipUnreadable, w.Skipped[0].Reason)
}

func TestContentThatIsNoText(t *testing.T) {
	root := t.TempDir()
	for name, test := range map[string]struct{ content, want string }{
		"utf16":  {"\xff\xfeh\x00i\x00", "invalid_utf8: looks like UTF-16"},
		"pdf":    {"%PDF-1.4\n1 0 obj\n", "binary: application/pdf"},
		"png":    {"\x89PNG\x0D\x0A\x1A\x0A....", "binary: image/png"},
		"zero":   {"text\x00", "binary: holds a zero byte"},
		"latin1": {"schöne gr\xfc\xdfe", "invalid_utf8: at byte 10"},
		"cut":    {"ab\xe2\x82", "invalid_utf8: at byte 2"},
	} {
		write(t, root, map[string]string{name: test.content})
		_, _, skip, err := filetree.Tree{}.Read(t.Context(), root, name, 1000)
		require.NoError(t, err)
		require.NotNil(t, skip, name)
		assert.Equal(t, test.want, string(skip.Reason)+": "+skip.Detail, name)
	}
}
