package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
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
