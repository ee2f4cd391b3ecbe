package osdisk_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/ports/porttest"
)

func TestDisk(t *testing.T) {
	porttest.TestDisk(t, func(t *testing.T) porttest.DiskFixture {
		return porttest.DiskFixture{Disk: osdisk.Disk{}, Root: t.TempDir(), Link: os.Symlink}
	})
}

func TestReadsNothingButRegularFiles(t *testing.T) {
	dev := "/dev/zero"
	if _, err := os.Lstat(dev); err != nil {
		t.Skip("no devices here")
	}
	d := osdisk.Disk{}
	_, _, err := d.Hash(t.Context(), dev, nil)
	require.ErrorContains(t, err, "not a regular file")
	to := filepath.Join(t.TempDir(), "copy")
	_, _, err = d.CopyFile(t.Context(), dev, to, 0o600, nil)
	require.ErrorContains(t, err, "not a regular file")
	_, err = os.Lstat(to)
	assert.ErrorIs(t, err, os.ErrNotExist)
}
