//go:build !windows

package filetree_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/filetree"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

func TestSpecialFiles(t *testing.T) {
	root, err := os.MkdirTemp("", "tree") //nolint:usetesting // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	write(t, root, map[string]string{"a.md": "a"})
	require.NoError(t, syscall.Mkfifo(filepath.Join(root, "pipe.md"), 0o600))
	socket, err := net.Listen("unix", filepath.Join(root, "socket.md"))
	require.NoError(t, err)
	defer func() { require.NoError(t, socket.Close()) }()
	w := porttest.WalkAll(t, filetree.Tree{}, root)
	assert.Equal(t, []string{"a.md"}, w.Paths())
	require.Len(t, w.Skipped, 2)
	for _, s := range w.Skipped {
		assert.Equal(t, domain.SkipSpecial, s.Reason)
		_, _, skip, err := filetree.Tree{}.Read(t.Context(), root, s.Path, 10)
		require.NoError(t, err)
		require.NotNil(t, skip)
		assert.Equal(t, domain.SkipSpecial, skip.Reason)
	}
}

func TestNamesThatAreNotUTF8(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("the file system takes no such names")
	}
	root := t.TempDir()
	write(t, root, map[string]string{"gr\xfcn.md": "a", "sub\xff/b.md": "b", "c.md": "c"})
	w := porttest.WalkAll(t, filetree.Tree{}, root)
	assert.Equal(t, []string{"c.md"}, w.Paths())
	assert.Equal(t, map[string]string{
		"gr\uFFFDn.md": "invalid_utf8: its name is not UTF-8", "sub\uFFFD": "invalid_utf8: its name is not UTF-8",
	}, skipped(w))
}
