package archive

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// Under the same seal the same files give the same bytes, which is what going on
// with an upload takes; under another one nothing is the same. age itself opens it.
func TestSealed(t *testing.T) {
	dir := t.TempDir()
	index := domain.ArchiveIndex{Stamp: "20260409T060000Z"}
	for i, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 3 << 20} {
		data := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{byte(i)}).Read(data) // never fails
		name := fmt.Sprintf("file%d", i)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
		index.Files = append(index.Files, domain.ArchiveFile{Path: name, Mode: 0o600, Size: int64(size), SHA256: fmt.Sprintf("%x", sha256.Sum256(data))})
	}
	key := filepath.Join(t.TempDir(), "key")
	_, err := Keygen(key)
	require.NoError(t, err)
	a := New(Config{IdentityFile: key})
	pack := func(seal domain.Seal) []byte {
		var out bytes.Buffer
		require.NoError(t, a.PackSealed(t.Context(), &out, dir, index, seal, nil))
		return out.Bytes()
	}
	one, err := a.Seal()
	require.NoError(t, err)
	two, err := a.Seal()
	require.NoError(t, err)
	first := pack(one)
	for range 3 {
		assert.True(t, bytes.Equal(first, pack(one)))
	}
	other := pack(two)
	assert.Len(t, other, len(first))
	assert.False(t, bytes.Equal(first[len(one.Head):][:1000], other[len(two.Head):][:1000]))

	text, err := os.ReadFile(key)
	require.NoError(t, err)
	ids, err := age.ParseIdentities(bytes.NewReader(text))
	require.NoError(t, err)
	for _, stream := range [][]byte{first, other} {
		plain, err := age.Decrypt(bytes.NewReader(stream), ids...)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, plain)
		require.NoError(t, err)
	}

	mine, err := a.Recipients()
	require.NoError(t, err)
	assert.Contains(t, mine, "age1")
	secret, err := New(Config{Passphrase: "five random words are enough"}).Recipients()
	require.NoError(t, err)
	assert.Empty(t, secret, "nothing of a passphrase is written down")
	require.Error(t, a.PackSealed(t.Context(), io.Discard, dir, index, domain.Seal{}, nil))
}

// Payloads of every length around the bounds of a chunk are what age takes for whole.
func TestSealedLengths(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	a := New(Config{Recipients: []string{id.Recipient().String()}})
	seal, err := a.Seal()
	require.NoError(t, err)
	for _, n := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 2 * 64 << 10, 300_000} {
		data := bytes.Repeat([]byte("x"), n)
		var out bytes.Buffer
		s, err := newSealed(&out, seal)
		require.NoError(t, err)
		for part := range slices.Chunk(data, 777) {
			_, err := s.Write(part)
			require.NoError(t, err)
		}
		require.NoError(t, s.Close())
		plain, err := age.Decrypt(bytes.NewReader(out.Bytes()), id)
		require.NoError(t, err, n)
		got, err := io.ReadAll(plain)
		require.NoError(t, err, n)
		assert.True(t, bytes.Equal(data, got), n)
	}
}
