package filetree_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/filetree"
	"github.com/atocore/atocore/ports/porttest"
)

// gitPatterns are tried one by one, and then in threes, against gitPaths. Not among
// them: stars that touch a name and a slash ("a**/b"), of which git has its own idea.
var gitPatterns = []string{
	"a", "/a", "a/", "/a/", "a/b", "/a/b", "a/b/", "*.md", "/*.md", "a/*.md", "a/*", "*", "/*", "**", "**/b", "**/a/b", "a/**", "a/**/b",
	"**/b/**", "a/**/c/**/e.md", "a*b", "a**b", "?.md", "[ab].md", "[!a].md", "[^a].md", "[a-c].md", "[]x].md", "[[:digit:]].md",
	"{a,b}.md", "\\!x.md", "\\#x.md", "#x.md", "x\\ ", "x ", "  a", "a.md\\ ", "foo/*/bar", "*/b", "/*/b", "**/", "/**", "a/**/", "[a.md", "x\\",
	"b/c/", "c/d", "*b/c*", "!a", "a\r", "\ufeffa", "ä*", "**/*.md", "a/b/**/*.md", "A", "**a", "/**/b/c", "-", ".", "..", "//", "/",
}

var gitPaths = []string{
	"a.md", "b.md", "x.md", "1.md", "].md", "{a,b}.md", "!x.md", "#x.md", "x", "x ", "a/b/c.md", "a/b/c/d/e.md", "a/a/b/f.md", "b/a/b/g.md",
	"b/c/h.md", "axxb", "ab", "foo/x/bar/i.md", "foo/bar/j.md", "c/d", "c/a", "äöü.md", "-", "b/b/b/k.md", "xb/cx/l.md", "a.md ", "[a.md",
}

// TestRulesAgreeWithGit compares with what git itself takes as ignored.
func TestRulesAgreeWithGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	root := t.TempDir()
	files := map[string]string{}
	for _, p := range gitPaths {
		files[p] = "x"
	}
	write(t, root, files)
	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), git, append([]string{"-C", root, "-c", "core.quotePath=false", "-c", "core.excludesFile=/dev/null"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+root)
		var out, complaint bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaint
		require.NoError(t, cmd.Run(), complaint.String())
		return out.String()
	}
	run("init", "-q")
	compare := func(rules string) {
		write(t, root, map[string]string{".gitignore": rules})
		want := map[string]bool{}
		for _, p := range strings.Split(run("ls-files", "-z", "--others", "--exclude-standard"), "\x00") {
			if p != "" && p != ".gitignore" && filepath.Base(p) != ".gitconfig" {
				want[p] = true
			}
		}
		got := porttest.WalkAll(t, filetree.Tree{}, root).Paths()
		assert.Equal(t, slices.Sorted(maps.Keys(want)), got, "rules %q", rules)
	}
	for i, one := range gitPatterns {
		compare(one + "\n")
		compare("*.md\n!" + one + "\n")
		compare(gitPatterns[(i+7)%len(gitPatterns)] + "\n" + one + "\n!" + gitPatterns[(i+13)%len(gitPatterns)])
	}
}
