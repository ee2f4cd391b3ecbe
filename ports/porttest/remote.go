package porttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestRemoteStore is the contract of ports.RemoteStore. open returns an empty one.
func TestRemoteStore(t *testing.T, open func(t *testing.T) ports.RemoteStore) {
	t.Run("an object is what was put", func(t *testing.T) { remoteRoundTrip(t, open(t)) })
	t.Run("sizes around every bound", func(t *testing.T) { remoteSizes(t, open(t)) })
	t.Run("the rest can be had", func(t *testing.T) { remoteOffsets(t, open(t)) })
	t.Run("a broken stream leaves what was there", func(t *testing.T) { remoteBroken(t, open(t)) })
	t.Run("nothing half is listed", func(t *testing.T) { remoteHalf(t, open(t)) })
	t.Run("what is not there", func(t *testing.T) { remoteMissing(t, open(t)) })
	t.Run("names", func(t *testing.T) { remoteNames(t, open(t)) })
	t.Run("an ended context", func(t *testing.T) { remoteEnded(t, open(t)) })
	t.Run("many at once", func(t *testing.T) { remoteConcurrent(t, open(t)) })
}

// noise returns n bytes that do not repeat.
func noise(n int) []byte {
	out := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}).Read(out) // never fails
	return out
}

func put(t *testing.T, s ports.RemoteStore, name string, data []byte) domain.RemoteObject {
	t.Helper()
	o, err := s.Put(t.Context(), name, bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	assert.EqualValues(t, len(data), o.Size)
	return o
}

func fetch(t *testing.T, s ports.RemoteStore, name string, from int64) []byte {
	t.Helper()
	r, err := s.Get(t.Context(), name, from)
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return data
}

func remoteRoundTrip(t *testing.T, s ports.RemoteStore) {
	assert.NotEmpty(t, s.Place())
	put(t, s, "20260409T060000Z.json", []byte("one"))
	sent := put(t, s, "20260409T060000Z.tar.zst.age", []byte("two"))
	assert.Equal(t, "two", string(fetch(t, s, "20260409T060000Z.tar.zst.age", 0)))
	said, err := s.Stat(t.Context(), "20260409T060000Z.tar.zst.age")
	require.NoError(t, err)
	assert.EqualValues(t, 3, said.Size)
	assert.False(t, said.Modified.IsZero())
	agree(t, sent, said)
	list, err := s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Equal(t, "20260409T060000Z.json", list[0].Name)
	assert.EqualValues(t, 3, list[1].Size)

	put(t, s, "20260409T060000Z.json", []byte("another"))
	assert.Equal(t, "another", string(fetch(t, s, "20260409T060000Z.json", 0)))
	require.NoError(t, s.Delete(t.Context(), "20260409T060000Z.json"))
	list, err = s.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, list, 1)
	_, err = s.Get(t.Context(), "20260409T060000Z.json", 0)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "no older version comes back: %v", err)
}

// agree holds the sums that were computed against those that the remote tells.
func agree(t *testing.T, sent, said domain.RemoteObject) {
	t.Helper()
	common := 0
	for algorithm, sum := range said.Sums {
		if want, ok := sent.Sums[algorithm]; ok {
			common++
			assert.Equal(t, want, sum, algorithm)
		}
	}
	assert.Positive(t, common, "both sides tell a checksum: %v, %v", sent.Sums, said.Sums)
}

func remoteSizes(t *testing.T, s ports.RemoteStore) {
	const mib = 1 << 20
	for _, n := range []int{0, 1, 4095, 8*mib - 1, 8 * mib, 8*mib + 1, 16 * mib, 21*mib + 7} {
		estimates := []int64{0}
		if n > 16*mib {
			estimates = []int64{0, int64(n), 3 * int64(n)}
		}
		for _, estimate := range estimates {
			name, data := fmt.Sprintf("object-%d", n), noise(n)
			sent, err := s.Put(t.Context(), name, &trickle{r: bytes.NewReader(data)}, estimate)
			require.NoError(t, err, n)
			said, err := s.Stat(t.Context(), name)
			require.NoError(t, err, n)
			require.EqualValues(t, n, said.Size)
			agree(t, sent, said)
			require.Equal(t, sha256.Sum256(data), sha256.Sum256(fetch(t, s, name, 0)), n)
		}
	}
}

// trickle yields odd pieces.
type trickle struct {
	r io.Reader
	n int
}

func (r *trickle) Read(p []byte) (int, error) {
	r.n = (r.n*7 + 13) % 100_000
	return r.r.Read(p[:min(len(p), r.n+1)])
}

func remoteOffsets(t *testing.T, s ports.RemoteStore) {
	data := noise(100_000)
	put(t, s, "object", data)
	for _, from := range []int{0, 1, 50_000, 99_999, 100_000, 200_000} {
		assert.True(t, bytes.Equal(data[min(from, len(data)):], fetch(t, s, "object", int64(from))), from)
	}
	put(t, s, "empty", nil)
	assert.Empty(t, fetch(t, s, "empty", 0))
	r, err := s.Get(t.Context(), "object", 0) // may be closed early
	require.NoError(t, err)
	_, err = io.ReadFull(r, make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, r.Close())
}

func remoteBroken(t *testing.T, s ports.RemoteStore) {
	broken := errors.New("broken")
	put(t, s, "there", []byte("before"))
	for _, n := range []int{0, 1, 100_000, 9 << 20, 17 << 20} {
		for _, name := range []string{"there", "new"} {
			_, err := s.Put(t.Context(), name, io.MultiReader(bytes.NewReader(noise(n)), failing{broken}), 0)
			require.ErrorIs(t, err, broken, "after %d bytes", n)
		}
		assert.Equal(t, "before", string(fetch(t, s, "there", 0)))
		list, err := s.List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1, "after %d bytes", n)
	}
	put(t, s, "new", []byte("now"))
	assert.Equal(t, "now", string(fetch(t, s, "new", 0)))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// remoteHalf looks at the remote while an upload is under way.
func remoteHalf(t *testing.T, s ports.RemoteStore) {
	looks := 0
	look := func() {
		looks++
		list, err := s.List(t.Context())
		require.NoError(t, err)
		require.Empty(t, list)
		_, err = s.Stat(t.Context(), "object")
		require.Equal(t, domain.KindNotFound, domain.KindOf(err))
	}
	parts := []io.Reader{calling{look}}
	for range 3 {
		parts = append(parts, bytes.NewReader(noise(8<<20)), calling{look})
	}
	_, err := s.Put(t.Context(), "object", io.MultiReader(parts...), 0)
	require.NoError(t, err)
	assert.Equal(t, 4, looks)
	said, err := s.Stat(t.Context(), "object")
	require.NoError(t, err)
	assert.EqualValues(t, 24<<20, said.Size)
}

type calling struct{ f func() }

func (c calling) Read([]byte) (int, error) { c.f(); return 0, io.EOF }

func remoteMissing(t *testing.T, s ports.RemoteStore) {
	list, err := s.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, list)
	_, err = s.Get(t.Context(), "object", 0)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "%v", err)
	_, err = s.Stat(t.Context(), "object")
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "%v", err)
	require.NoError(t, s.Delete(t.Context(), "object"))
	put(t, s, "object-2", []byte("x"))
	require.NoError(t, s.Delete(t.Context(), "object"), "a longer name is another one")
	assert.Equal(t, "x", string(fetch(t, s, "object-2", 0)))
}

func remoteNames(t *testing.T, s ports.RemoteStore) {
	for _, name := range []string{"", ".", "..", "../x", "a/b", "/x", `a\b`, ".hidden", "a b", "x\x00", "é"} {
		_, err := s.Put(t.Context(), name, bytes.NewReader(nil), 0)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "put %q", name)
		_, err = s.Get(t.Context(), name, 0)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "get %q", name)
		_, err = s.Stat(t.Context(), name)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "stat %q", name)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(s.Delete(t.Context(), name)), "delete %q", name)
	}
}

func remoteEnded(t *testing.T, s ports.RemoteStore) {
	put(t, s, "object", noise(1<<20))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Put(ctx, "other", io.MultiReader(bytes.NewReader(noise(9<<20)), calling{cancel}, bytes.NewReader(noise(9<<20))), 0)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Get(ctx, "object", 0)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Stat(ctx, "object")
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.List(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.Delete(ctx, "object"), context.Canceled)
	list, err := s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func remoteConcurrent(t *testing.T, s ports.RemoteStore) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name, data := fmt.Sprintf("object-%d", i), noise(200_000+i)
			_, err := s.Put(t.Context(), name, bytes.NewReader(data), 0)
			assert.NoError(t, err)
			r, err := s.Get(t.Context(), name, 0)
			if !assert.NoError(t, err) {
				return
			}
			got, err := io.ReadAll(r)
			assert.NoError(t, errors.Join(err, r.Close()))
			assert.True(t, bytes.Equal(data, got))
		})
	}
	wg.Wait()
	list, err := s.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, list, 8)
}
