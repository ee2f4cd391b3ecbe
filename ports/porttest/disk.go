package porttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/ports"
)

// DiskFixture is a disk under test and what the suite needs around it.
type DiskFixture struct {
	Disk ports.Disk
	Root string // absolute path of an empty folder that exists
	// Link makes a symbolic link. Nil where there are none: the cases about links
	// are then left out.
	Link func(target, path string) error
}

// TestDisk checks the contract of ports.Disk. open is called once a case.
func TestDisk(t *testing.T, open func(t *testing.T) DiskFixture) {
	cases := []struct {
		name string
		run  func(t *testing.T, f DiskFixture)
	}{
		{"write and read", diskWriteRead},
		{"write owns nothing", diskWriteOwns},
		{"write refuses", diskWriteRefuses},
		{"stat", diskStat},
		{"read folder", diskReadDir},
		{"hash", diskHash},
		{"hash refuses", diskHashRefuses},
		{"same", diskSame},
		{"copy", diskCopy},
		{"copy shares nothing", diskCopyIndependent},
		{"copy refuses", diskCopyRefuses},
		{"copy gives up", diskCopyGivesUp},
		{"mkdir", diskMkdir},
		{"rename", diskRename},
		{"rename refuses", diskRenameRefuses},
		{"remove", diskRemove},
		{"sync", diskSync},
		{"free", diskFree},
		{"links", diskLinks},
		{"match", diskMatch},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// path returns a path below the root.
func (f DiskFixture) path(parts ...string) string {
	return filepath.Join(append([]string{f.Root}, parts...)...)
}

func (f DiskFixture) write(t *testing.T, path string, data []byte) {
	t.Helper()
	require.NoError(t, f.Disk.WriteFile(path, data, 0o600))
}

func (f DiskFixture) content(t *testing.T, path string) []byte {
	t.Helper()
	got, err := f.Disk.ReadFile(path)
	require.NoError(t, err)
	return got
}

func (f DiskFixture) absent(t *testing.T, path string) {
	t.Helper()
	_, err := f.Disk.Stat(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// large is longer than any sensible buffer and repeats nothing at a power of two.
func large() []byte {
	b := make([]byte, 3<<20+17)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

func sumOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// assertMode compares permission bits where the system keeps them.
func assertMode(t *testing.T, want fs.FileMode, info fs.FileInfo) {
	t.Helper()
	if runtime.GOOS != "windows" {
		assert.Equal(t, want.String(), info.Mode().Perm().String())
	}
}

func diskWriteRead(t *testing.T, f DiskFixture) {
	p := f.path("a")
	f.write(t, p, []byte("first, and longer"))
	assert.Equal(t, "first, and longer", string(f.content(t, p)))
	f.write(t, p, []byte("second"))
	assert.Equal(t, "second", string(f.content(t, p)))
	f.write(t, p, nil)
	assert.Empty(t, f.content(t, p))

	require.NoError(t, f.Disk.WriteFile(f.path("b"), []byte("x"), 0o640))
	info, err := f.Disk.Stat(f.path("b"))
	require.NoError(t, err)
	assertMode(t, 0o640, info)
}

func diskWriteOwns(t *testing.T, f DiskFixture) {
	data := []byte("abc")
	f.write(t, f.path("a"), data)
	data[0] = 'X'
	got := f.content(t, f.path("a"))
	assert.Equal(t, "abc", string(got))
	got[0] = 'Y'
	assert.Equal(t, "abc", string(f.content(t, f.path("a"))))
}

func diskWriteRefuses(t *testing.T, f DiskFixture) {
	require.ErrorIs(t, f.Disk.WriteFile(f.path("none", "a"), []byte("x"), 0o600), fs.ErrNotExist)
	require.NoError(t, f.Disk.Mkdir(f.path("d")))
	require.Error(t, f.Disk.WriteFile(f.path("d"), []byte("x"), 0o600))
	_, err := f.Disk.ReadFile(f.path("none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = f.Disk.ReadFile(f.path("d"))
	require.Error(t, err)
}

func diskStat(t *testing.T, f DiskFixture) {
	f.absent(t, f.path("a"))
	f.write(t, f.path("a"), []byte("12345"))
	info, err := f.Disk.Stat(f.path("a"))
	require.NoError(t, err)
	assert.Equal(t, "a", info.Name())
	assert.EqualValues(t, 5, info.Size())
	assert.True(t, info.Mode().IsRegular())
	assertMode(t, 0o600, info)

	info, err = f.Disk.Stat(f.Root)
	require.NoError(t, err)
	assert.True(t, info.IsDir())
}

func diskReadDir(t *testing.T, f DiskFixture) {
	_, err := f.Disk.ReadDir(f.path("none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	entries, err := f.Disk.ReadDir(f.Root)
	require.NoError(t, err)
	assert.Empty(t, entries)

	f.write(t, f.path("c"), []byte("1"))
	f.write(t, f.path(".a"), []byte("22"))
	require.NoError(t, f.Disk.Mkdir(f.path("b")))
	f.write(t, f.path("b", "below"), []byte("3"))
	entries, err = f.Disk.ReadDir(f.Root)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.Equal(t, []string{".a", "b", "c"}, names)
	assert.True(t, entries[1].IsDir())
	assert.True(t, entries[2].Type().IsRegular())
	info, err := entries[0].Info()
	require.NoError(t, err)
	assert.EqualValues(t, 2, info.Size())
	_, err = f.Disk.ReadDir(f.path("c"))
	require.Error(t, err)
}

func diskHash(t *testing.T, f DiskFixture) {
	for name, data := range map[string][]byte{"empty": nil, "small": []byte("abc"), "large": large()} {
		f.write(t, f.path(name), data)
		var told int64
		size, sum, err := f.Disk.Hash(t.Context(), f.path(name), func(n int64) { told += n })
		require.NoError(t, err)
		assert.EqualValues(t, len(data), size)
		assert.Equal(t, sumOf(data), sum)
		assert.Equal(t, size, told, "report is told the bytes since its last call")
		_, again, err := f.Disk.Hash(t.Context(), f.path(name), nil)
		require.NoError(t, err)
		assert.Equal(t, sum, again)
	}
}

func diskHashRefuses(t *testing.T, f DiskFixture) {
	_, _, err := f.Disk.Hash(t.Context(), f.path("none"), nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, _, err = f.Disk.Hash(t.Context(), f.Root, nil)
	require.Error(t, err, "a folder has no hash")
	f.write(t, f.path("a"), large())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = f.Disk.Hash(ctx, f.path("a"), nil)
	require.ErrorIs(t, err, context.Canceled)
}

func diskSame(t *testing.T, f DiskFixture) {
	for name, data := range map[string][]byte{"empty": nil, "small": []byte("abc"), "large": large()} {
		a, b := f.path(name), f.path(name+".other")
		f.write(t, a, data)
		f.write(t, b, data)
		var mu sync.Mutex
		var told int64
		same, err := f.Disk.Same(t.Context(), a, b, func(n int64) {
			mu.Lock()
			defer mu.Unlock()
			told += n
		})
		require.NoError(t, err)
		assert.True(t, same, name)
		assert.EqualValues(t, len(data), told, "report is told the bytes since its last call")
		for _, other := range [][]byte{append(slices.Clone(data), 'x'), data[:max(0, len(data)-1)]} {
			if len(other) == len(data) {
				continue
			}
			f.write(t, b, other)
			same, err := f.Disk.Same(t.Context(), a, b, nil)
			require.NoError(t, err)
			assert.False(t, same, "%s: another size", name)
		}
		for _, at := range []int{0, len(data) / 2, len(data) - 1} {
			if at < 0 || at >= len(data) {
				continue
			}
			other := slices.Clone(data)
			other[at] ^= 1
			f.write(t, b, other)
			same, err := f.Disk.Same(t.Context(), a, b, nil)
			require.NoError(t, err)
			assert.False(t, same, "%s: another byte at %d", name, at)
		}
	}
	for _, pair := range [][2]string{{"small", "none"}, {"none", "small"}} {
		_, err := f.Disk.Same(t.Context(), f.path(pair[0]), f.path(pair[1]), nil)
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	_, err := f.Disk.Same(t.Context(), f.path("small"), f.Root, nil)
	require.Error(t, err, "a folder has no content")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = f.Disk.Same(ctx, f.path("large"), f.path("large"), nil)
	require.ErrorIs(t, err, context.Canceled)
}

func diskCopy(t *testing.T, f DiskFixture) {
	for name, data := range map[string][]byte{"empty": nil, "small": []byte("abc"), "large": large()} {
		from, to := f.path(name), f.path(name+".copy")
		f.write(t, from, data)
		var told int64
		size, sum, err := f.Disk.CopyFile(t.Context(), from, to, 0o640, func(n int64) { told += n })
		require.NoError(t, err)
		assert.EqualValues(t, len(data), size)
		assert.Equal(t, sumOf(data), sum)
		assert.Equal(t, size, told, "report is told the bytes since its last call")
		assert.True(t, bytes.Equal(data, f.content(t, to)))
		assert.True(t, bytes.Equal(data, f.content(t, from)))
		info, err := f.Disk.Stat(to)
		require.NoError(t, err)
		assertMode(t, 0o640, info)
	}
}

func diskCopyIndependent(t *testing.T, f DiskFixture) {
	f.write(t, f.path("a"), []byte("before"))
	_, _, err := f.Disk.CopyFile(t.Context(), f.path("a"), f.path("b"), 0o600, nil)
	require.NoError(t, err)
	f.write(t, f.path("a"), []byte("after"))
	assert.Equal(t, "before", string(f.content(t, f.path("b"))))
}

func diskCopyRefuses(t *testing.T, f DiskFixture) {
	f.write(t, f.path("a"), []byte("new"))
	f.write(t, f.path("there"), []byte("old"))
	_, _, err := f.Disk.CopyFile(t.Context(), f.path("a"), f.path("there"), 0o600, nil)
	require.ErrorIs(t, err, fs.ErrExist)
	assert.Equal(t, "old", string(f.content(t, f.path("there"))))

	_, _, err = f.Disk.CopyFile(t.Context(), f.path("none"), f.path("b"), 0o600, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	f.absent(t, f.path("b"))
	_, _, err = f.Disk.CopyFile(t.Context(), f.path("a"), f.path("none", "b"), 0o600, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)

	require.NoError(t, f.Disk.Mkdir(f.path("d")))
	_, _, err = f.Disk.CopyFile(t.Context(), f.path("d"), f.path("b"), 0o600, nil)
	require.Error(t, err, "a folder is not copied")
	f.absent(t, f.path("b"))
}

func diskCopyGivesUp(t *testing.T, f DiskFixture) {
	f.write(t, f.path("a"), large())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := f.Disk.CopyFile(ctx, f.path("a"), f.path("b"), 0o600, nil)
	require.ErrorIs(t, err, context.Canceled)
	f.absent(t, f.path("b"))
}

func diskMkdir(t *testing.T, f DiskFixture) {
	require.NoError(t, f.Disk.Mkdir(f.path("d")))
	info, err := f.Disk.Stat(f.path("d"))
	require.NoError(t, err)
	assert.True(t, info.IsDir())
	assertMode(t, 0o700, info)
	require.ErrorIs(t, f.Disk.Mkdir(f.path("d")), fs.ErrExist)
	f.write(t, f.path("f"), nil)
	require.ErrorIs(t, f.Disk.Mkdir(f.path("f")), fs.ErrExist)
	require.ErrorIs(t, f.Disk.Mkdir(f.path("x", "y")), fs.ErrNotExist)
}

func diskRename(t *testing.T, f DiskFixture) {
	f.write(t, f.path("a"), []byte("1"))
	require.NoError(t, f.Disk.Rename(f.path("a"), f.path("b")))
	f.absent(t, f.path("a"))
	assert.Equal(t, "1", string(f.content(t, f.path("b"))))

	require.NoError(t, f.Disk.Mkdir(f.path("d")))
	require.NoError(t, f.Disk.Mkdir(f.path("d", "e")))
	f.write(t, f.path("d", "e", "f"), []byte("2"))
	require.NoError(t, f.Disk.Rename(f.path("d"), f.path("g")))
	f.absent(t, f.path("d"))
	assert.Equal(t, "2", string(f.content(t, f.path("g", "e", "f"))))
	require.NoError(t, f.Disk.Rename(f.path("g", "e", "f"), f.path("f")))
	assert.Equal(t, "2", string(f.content(t, f.path("f"))))
}

func diskRenameRefuses(t *testing.T, f DiskFixture) {
	require.ErrorIs(t, f.Disk.Rename(f.path("none"), f.path("x")), fs.ErrNotExist)
	f.write(t, f.path("a"), []byte("a"))
	f.write(t, f.path("b"), []byte("b"))
	require.ErrorIs(t, f.Disk.Rename(f.path("a"), f.path("b")), fs.ErrExist)
	assert.Equal(t, "a", string(f.content(t, f.path("a"))))
	assert.Equal(t, "b", string(f.content(t, f.path("b"))))

	require.NoError(t, f.Disk.Mkdir(f.path("d")))
	require.NoError(t, f.Disk.Mkdir(f.path("e")))
	require.ErrorIs(t, f.Disk.Rename(f.path("d"), f.path("e")), fs.ErrExist, "an empty folder is something too")
	require.ErrorIs(t, f.Disk.Rename(f.path("a"), f.path("e")), fs.ErrExist)
	require.ErrorIs(t, f.Disk.Rename(f.path("a"), f.path("none", "a")), fs.ErrNotExist)
	f.content(t, f.path("a"))
}

func diskRemove(t *testing.T, f DiskFixture) {
	require.NoError(t, f.Disk.RemoveAll(f.path("none")))
	f.write(t, f.path("a"), []byte("1"))
	require.NoError(t, f.Disk.RemoveAll(f.path("a")))
	f.absent(t, f.path("a"))
	require.NoError(t, f.Disk.Mkdir(f.path("d")))
	require.NoError(t, f.Disk.Mkdir(f.path("d", "e")))
	f.write(t, f.path("d", "e", "f"), []byte("2"))
	f.write(t, f.path("dd"), []byte("3"))
	require.NoError(t, f.Disk.RemoveAll(f.path("d")))
	f.absent(t, f.path("d"))
	f.absent(t, f.path("d", "e", "f"))
	assert.Equal(t, "3", string(f.content(t, f.path("dd"))))
}

func diskSync(t *testing.T, f DiskFixture) {
	require.ErrorIs(t, f.Disk.Sync(f.path("none")), fs.ErrNotExist)
	f.write(t, f.path("a"), []byte("1"))
	require.NoError(t, f.Disk.Sync(f.path("a")))
	require.NoError(t, f.Disk.Sync(f.Root))
	assert.Equal(t, "1", string(f.content(t, f.path("a"))))
}

func diskFree(t *testing.T, f DiskFixture) {
	free, where, err := f.Disk.Free(f.Root)
	require.NoError(t, err)
	assert.Positive(t, free)
	require.NoError(t, f.Disk.Mkdir(f.path("d")))
	_, same, err := f.Disk.Free(f.path("d"))
	require.NoError(t, err)
	assert.Equal(t, where, same)
	_, _, err = f.Disk.Free(f.path("none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func diskLinks(t *testing.T, f DiskFixture) {
	if f.Link == nil {
		t.Skip("this disk has no links")
	}
	f.write(t, f.path("real"), []byte("real"))
	require.NoError(t, f.Disk.Mkdir(f.path("tree")))
	f.write(t, f.path("tree", "leaf"), []byte("leaf"))
	if err := f.Link(f.path("real"), f.path("link")); err != nil {
		t.Skipf("links cannot be made here: %v", err)
	}
	info, err := f.Disk.Stat(f.path("link"))
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&fs.ModeSymlink)
	_, _, err = f.Disk.Hash(t.Context(), f.path("link"), nil)
	require.Error(t, err, "a link is not hashed")
	_, _, err = f.Disk.CopyFile(t.Context(), f.path("link"), f.path("copy"), 0o600, nil)
	require.Error(t, err, "a link is not copied")
	f.absent(t, f.path("copy"))
	require.Error(t, f.Disk.WriteFile(f.path("link"), []byte("through"), 0o600), "a link is not written through")
	assert.Equal(t, "real", string(f.content(t, f.path("real"))))

	require.NoError(t, f.Disk.Mkdir(f.path("d")))
	require.NoError(t, f.Link(f.path("tree"), f.path("d", "to-tree")))
	require.NoError(t, f.Disk.RemoveAll(f.path("d")))
	assert.Equal(t, "leaf", string(f.content(t, f.path("tree", "leaf"))), "removal does not follow links")

	require.NoError(t, f.Disk.Rename(f.path("link"), f.path("moved")), "the link itself is moved")
	f.content(t, f.path("real"))
}

func diskMatch(t *testing.T, f DiskFixture) {
	owner, ok := f.Disk.(ports.Owner)
	if !ok {
		t.Skip("this disk keeps no owners")
	}
	require.NoError(t, f.Disk.WriteFile(f.path("like"), nil, 0o640))
	f.write(t, f.path("a"), []byte("1"))
	require.NoError(t, owner.Match(f.path("a"), f.path("like")))
	info, err := f.Disk.Stat(f.path("a"))
	require.NoError(t, err)
	assertMode(t, 0o640, info)
	assert.Equal(t, "1", string(f.content(t, f.path("a"))))

	require.NoError(t, f.Disk.Mkdir(f.path("d")))
	f.write(t, f.path("d", "b"), []byte("2"))
	require.NoError(t, owner.Match(f.path("d"), f.Root))
	info, err = f.Disk.Stat(f.path("d", "b"))
	require.NoError(t, err)
	assertMode(t, 0o600, info)
	require.ErrorIs(t, owner.Match(f.path("none"), f.path("like")), fs.ErrNotExist)
	require.ErrorIs(t, owner.Match(f.path("a"), f.path("none")), fs.ErrNotExist)
}
