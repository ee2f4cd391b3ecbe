package porttest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// ArchiverFixture is an archiver under test and the disk that it works on.
type ArchiverFixture struct {
	Archiver ports.Archiver
	Other    ports.Archiver // with another key
	Keyless  ports.Archiver // with none
	Disk     ports.Disk
	Home     string // an empty folder
}

// TestArchiver is the contract of ports.Archiver.
func TestArchiver(t *testing.T, open func(t *testing.T) ArchiverFixture) {
	t.Run("round trip", func(t *testing.T) { archiveRoundTrip(t, open(t)) })
	t.Run("only what is promised", func(t *testing.T) { archivePromises(t, open(t)) })
	t.Run("keys", func(t *testing.T) { archiveKeys(t, open(t)) })
	t.Run("limits", func(t *testing.T) { archiveLimits(t, open(t)) })
	t.Run("cut off anywhere", func(t *testing.T) { archiveCut(t, open(t)) })
	t.Run("changed anywhere", func(t *testing.T) { archiveChanged(t, open(t)) })
	t.Run("broken streams", func(t *testing.T) { archiveBroken(t, open(t)) })
	t.Run("gives up", func(t *testing.T) { archiveGivesUp(t, open(t)) })
}

const archiveStamp domain.Stamp = "20260409T060000Z"

// source makes a folder with files and returns what an index says of them.
func (f ArchiverFixture) source(t *testing.T) (dir string, index domain.ArchiveIndex) {
	t.Helper()
	dir = filepath.Join(f.Home, "source")
	require.NoError(t, f.Disk.Mkdir(dir))
	index.Stamp = archiveStamp
	for _, file := range []struct {
		path string
		data []byte
	}{
		{"metadata.json", []byte("{}")}, {"db/atocore.db", noise(300_000)}, {"db/deep/er/empty", nil}, {"odd\nname é", []byte("x")},
	} {
		at := filepath.Join(dir, filepath.FromSlash(file.path))
		for _, d := range []string{"db", "db/deep", "db/deep/er"} {
			if _, err := f.Disk.Stat(filepath.Join(dir, d)); err != nil {
				require.NoError(t, f.Disk.Mkdir(filepath.Join(dir, d)))
			}
		}
		require.NoError(t, f.Disk.WriteFile(at, file.data, 0o600))
		index.Files = append(index.Files, domain.ArchiveFile{
			Path: file.path, Mode: 0o600, Size: int64(len(file.data)), SHA256: sumOf(file.data),
		})
	}
	require.NoError(t, f.Disk.WriteFile(filepath.Join(dir, "not listed"), []byte("x"), 0o600))
	return dir, index
}

func (f ArchiverFixture) pack(t *testing.T) (raw []byte, index domain.ArchiveIndex) {
	t.Helper()
	dir, index := f.source(t)
	var out bytes.Buffer
	var done int64
	require.NoError(t, f.Archiver.Pack(t.Context(), &out, dir, index, func(n int64) { done = n }))
	assert.Equal(t, index.Bytes(), done)
	return out.Bytes(), index
}

// target makes an empty folder.
func (f ArchiverFixture) target(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(f.Home, "target")
	require.NoError(t, f.Disk.RemoveAll(dir))
	require.NoError(t, f.Disk.Mkdir(dir))
	return dir
}

func generous(x domain.ArchiveIndex) domain.ArchiveLimits {
	return domain.ArchiveLimits{Stamp: x.Stamp, Files: len(x.Files), Bytes: x.Bytes()}
}

func archiveRoundTrip(t *testing.T, f ArchiverFixture) {
	raw, index := f.pack(t)
	into := f.target(t)
	var done int64
	got, err := f.Archiver.Unpack(t.Context(), bytes.NewReader(raw), into, generous(index), func(n int64) { done = n })
	require.NoError(t, err)
	assert.Equal(t, index, got)
	assert.Equal(t, index.Bytes(), done)
	for _, file := range index.Files {
		size, sum, err := f.Disk.Hash(t.Context(), filepath.Join(into, filepath.FromSlash(file.Path)), nil)
		require.NoError(t, err)
		assert.Equal(t, file.Size, size)
		assert.Equal(t, file.SHA256, sum, file.Path)
	}
	_, err = f.Disk.Stat(filepath.Join(into, "not listed"))
	require.Error(t, err, "what the index does not name is not packed")
}

func archivePromises(t *testing.T, f ArchiverFixture) {
	dir, index := f.source(t)
	for name, change := range map[string]func(x *domain.ArchiveFile){
		"another size":    func(x *domain.ArchiveFile) { x.Size++ },
		"another content": func(x *domain.ArchiveFile) { x.SHA256 = sumOf([]byte("other")) },
		"not there":       func(x *domain.ArchiveFile) { x.Path = "nowhere" },
		"a folder":        func(x *domain.ArchiveFile) { x.Path = "db/deep" },
	} {
		changed := domain.ArchiveIndex{Stamp: index.Stamp, Files: append([]domain.ArchiveFile{}, index.Files...)}
		change(&changed.Files[1])
		err := f.Archiver.Pack(t.Context(), io.Discard, dir, changed, nil)
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%s: %v", name, err)
	}
}

func archiveKeys(t *testing.T, f ArchiverFixture) {
	raw, index := f.pack(t)
	err := f.Keyless.Pack(t.Context(), io.Discard, filepath.Join(f.Home, "source"), index, nil)
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "%v", err)
	for name, a := range map[string]ports.Archiver{"another": f.Other, "none": f.Keyless} {
		_, err := a.Unpack(t.Context(), bytes.NewReader(raw), f.target(t), generous(index), nil)
		assert.Equal(t, domain.KindRefused, domain.KindOf(err), "%s: %v", name, err)
	}
}

func archiveLimits(t *testing.T, f ArchiverFixture) {
	raw, index := f.pack(t)
	for name, change := range map[string]func(l *domain.ArchiveLimits){
		"too many bytes": func(l *domain.ArchiveLimits) { l.Bytes-- },
		"too many files": func(l *domain.ArchiveLimits) { l.Files-- },
		"another stamp":  func(l *domain.ArchiveLimits) { l.Stamp = "20260409T060000Z-2" },
	} {
		limits := generous(index)
		change(&limits)
		_, err := f.Archiver.Unpack(t.Context(), bytes.NewReader(raw), f.target(t), limits, nil)
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%s: %v", name, err)
	}
}

func archiveCut(t *testing.T, f ArchiverFixture) {
	raw, index := f.pack(t)
	for i := range 40 {
		n := i * len(raw) / 40
		if i > 30 {
			n = len(raw) - (40 - i)
		}
		_, err := f.Archiver.Unpack(t.Context(), bytes.NewReader(raw[:n]), f.target(t), generous(index), nil)
		require.Equal(t, domain.KindCorrupt, domain.KindOf(err), "after %d of %d: %v", n, len(raw), err)
	}
	_, err := f.Archiver.Unpack(t.Context(), bytes.NewReader(append(append([]byte{}, raw...), raw...)), f.target(t), generous(index), nil)
	require.Equal(t, domain.KindCorrupt, domain.KindOf(err), "twice: %v", err)
	_, err = f.Archiver.Unpack(t.Context(), bytes.NewReader(append(append([]byte{}, raw...), 0)), f.target(t), generous(index), nil)
	require.Equal(t, domain.KindCorrupt, domain.KindOf(err), "one byte more: %v", err)
}

func archiveChanged(t *testing.T, f ArchiverFixture) {
	raw, index := f.pack(t)
	for i := range 60 {
		n := i // in the head
		if i >= 20 {
			n = (i - 20) * (len(raw) - 1) / 39
		}
		changed := bytes.Clone(raw)
		changed[n] ^= 1
		_, err := f.Archiver.Unpack(t.Context(), bytes.NewReader(changed), f.target(t), generous(index), nil)
		require.Error(t, err, "byte %d", n)
		// A changed head may look like another key's.
		require.Contains(t, []domain.Kind{domain.KindCorrupt, domain.KindRefused}, domain.KindOf(err), "byte %d: %v", n, err)
	}
}

func archiveBroken(t *testing.T, f ArchiverFixture) {
	broken := errors.New("broken")
	raw, index := f.pack(t)
	for _, n := range []int{0, 50, 1000, len(raw) / 2, len(raw) - 1, len(raw)} {
		r := io.MultiReader(bytes.NewReader(raw[:n]), failing{broken})
		_, err := f.Archiver.Unpack(t.Context(), r, f.target(t), generous(index), nil)
		require.ErrorIs(t, err, broken, "after %d bytes", n)
	}
	for _, n := range []int{0, 10, 100_000} {
		err := f.Archiver.Pack(t.Context(), &full{left: n, err: broken}, filepath.Join(f.Home, "source"), index, nil)
		require.ErrorIs(t, err, broken, "after %d bytes", n)
	}
}

// full takes so many bytes and no more.
type full struct {
	left int
	err  error
}

func (w *full) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, w.err
	}
	return len(p), nil
}

func archiveGivesUp(t *testing.T, f ArchiverFixture) {
	raw, index := f.pack(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Archiver.Unpack(ctx, bytes.NewReader(raw), f.target(t), generous(index), nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, f.Archiver.Pack(ctx, io.Discard, filepath.Join(f.Home, "source"), index, nil), context.Canceled)
}
