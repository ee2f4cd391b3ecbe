package osdisk_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/domain"
)

// A small file system in memory shows what a really full disk does.
func TestFullDisk(t *testing.T) {
	root := t.TempDir()
	if err := unix.Mount("none", root, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(root, 0)) })
	d := osdisk.Disk{}
	source := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.WriteFile(source, bytes.Repeat([]byte("x"), 3<<20), 0o600))

	to := filepath.Join(root, "copy")
	_, _, err := d.CopyFile(t.Context(), source, to, 0o600, nil)
	require.Error(t, err)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "disk is full")
	assert.ErrorContains(t, err, to)
	assert.ErrorContains(t, err, "2097152 bytes are missing")
	_, err = os.Lstat(to)
	assert.ErrorIs(t, err, os.ErrNotExist, "the half copy is gone")

	err = d.WriteFile(filepath.Join(root, "file"), bytes.Repeat([]byte("y"), 2<<20), 0o600)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "disk is full")

	_, here, err := d.Free(root)
	require.NoError(t, err)
	_, there, err := d.Free(filepath.Dir(source))
	require.NoError(t, err)
	assert.NotEqual(t, here, there, "another file system has another identity")
}
