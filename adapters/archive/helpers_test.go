package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

var epoch = time.Unix(1, 0)

func hexSum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// decrypt returns the tar of an archive.
func decrypt(t *testing.T, keyFile string, raw []byte) []byte {
	t.Helper()
	f, err := os.Open(keyFile)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	ids, err := age.ParseIdentities(f)
	require.NoError(t, err)
	open, err := age.Decrypt(bytes.NewReader(raw), ids...)
	require.NoError(t, err)
	loose, err := zstd.NewReader(open)
	require.NoError(t, err)
	defer loose.Close()
	out, err := io.ReadAll(loose)
	require.NoError(t, err)
	return out
}

// testDisk is the real one, as far as the suite needs it.
type testDisk struct{}

func (testDisk) Stat(path string) (fs.FileInfo, error)      { return os.Lstat(path) }
func (testDisk) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }
func (testDisk) ReadFile(path string) ([]byte, error)       { return os.ReadFile(path) }
func (testDisk) Free(string) (int64, string, error)         { return 1 << 40, "", nil }
func (testDisk) Mkdir(path string) error                    { return os.Mkdir(path, 0o700) }
func (testDisk) Rename(from, to string) error               { return os.Rename(from, to) }
func (testDisk) RemoveAll(path string) error                { return os.RemoveAll(path) }
func (testDisk) Sync(string) error                          { return nil }

func (testDisk) Hash(_ context.Context, path string, _ func(int64)) (int64, string, error) {
	data, err := os.ReadFile(path)
	return int64(len(data)), hexSum(string(data)), err
}

func (testDisk) WriteFile(path string, data []byte, mode fs.FileMode) error {
	return os.WriteFile(path, data, mode)
}

func (testDisk) CopyFile(context.Context, string, string, fs.FileMode, func(int64)) (int64, string, error) {
	panic("not used here")
}
