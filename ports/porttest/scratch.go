package porttest

import (
	"context"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// ScratchFixture is a scratch under test, the disk that it is on, and a folder on
// that disk that is not its own.
type ScratchFixture struct {
	Scratch ports.Scratch
	Disk    ports.Disk
	Other   string
}

// TestScratch checks the contract of ports.Scratch.
func TestScratch(t *testing.T, open func(t *testing.T) ScratchFixture) {
	t.Run("take and release", func(t *testing.T) {
		f := open(t)
		one, releaseOne, err := f.Scratch.Take(t.Context())
		require.NoError(t, err)
		two, releaseTwo, err := f.Scratch.Take(t.Context())
		require.NoError(t, err)
		assert.NotEqual(t, one, two)
		for _, dir := range []string{one, two} {
			assert.True(t, filepath.IsAbs(dir))
			info, err := f.Disk.Stat(dir)
			require.NoError(t, err)
			assert.True(t, info.IsDir())
			entries, err := f.Disk.ReadDir(dir)
			require.NoError(t, err)
			assert.Empty(t, entries)
			require.NoError(t, f.Disk.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600))
		}
		require.NoError(t, releaseOne())
		_, err = f.Disk.Stat(one)
		require.ErrorIs(t, err, fs.ErrNotExist)
		_, err = f.Disk.Stat(filepath.Join(two, "file"))
		require.NoError(t, err, "what is in use stays")
		require.NoError(t, releaseOne(), "a second time is fine")
		require.NoError(t, releaseTwo())
		entries, err := f.Disk.ReadDir(filepath.Dir(two))
		require.NoError(t, err)
		assert.Empty(t, entries, "nothing is left")
	})
	t.Run("gives up", func(t *testing.T) {
		f := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err := f.Scratch.Take(ctx)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// TestSaboteur checks the contract of ports.Saboteur; the scratch under test must
// implement it.
func TestSaboteur(t *testing.T, open func(t *testing.T) ScratchFixture) {
	const content = "0123456789"
	cases := map[string]struct {
		damage domain.Damage
		want   string // "" for no file
		there  bool
	}{
		"flip":             {domain.Damage{Kind: domain.DamageFlip, Offset: 4}, "0123556789", true},
		"flip at the end":  {domain.Damage{Kind: domain.DamageFlip, Offset: -1}, "0123456788", true},
		"truncate":         {domain.Damage{Kind: domain.DamageTruncate, Offset: 3}, "012", true},
		"truncate the end": {domain.Damage{Kind: domain.DamageTruncate, Offset: -1}, "012345678", true},
		"empty":            {domain.Damage{Kind: domain.DamageEmpty}, "", true},
		"grow":             {domain.Damage{Kind: domain.DamageGrow, Content: []byte("ab")}, content + "ab", true},
		"remove":           {domain.Damage{Kind: domain.DamageRemove}, "", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := open(t)
			s, dir := saboteur(t, f)
			file := filepath.Join(dir, "file")
			require.NoError(t, f.Disk.WriteFile(file, []byte(content), 0o600))
			repair, err := s.Damage(t.Context(), file, c.damage)
			require.NoError(t, err)
			got, err := f.Disk.ReadFile(file)
			if c.there {
				require.NoError(t, err)
				assert.Equal(t, c.want, string(got))
			} else {
				require.ErrorIs(t, err, fs.ErrNotExist)
			}
			require.NoError(t, repair())
			got, err = f.Disk.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, content, string(got))
			entries, err := f.Disk.ReadDir(dir)
			require.NoError(t, err)
			assert.Len(t, entries, 1, "nothing else is left")
		})
	}
	t.Run("plant", func(t *testing.T) {
		f := open(t)
		s, dir := saboteur(t, f)
		file := filepath.Join(dir, "file-wal")
		plant := domain.Damage{Kind: domain.DamagePlant, Content: []byte("stale")}
		repair, err := s.Damage(t.Context(), file, plant)
		require.NoError(t, err)
		got, err := f.Disk.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, "stale", string(got))
		_, err = s.Damage(t.Context(), file, plant)
		kind(t, domain.KindInvalid, err)
		require.NoError(t, repair())
		_, err = f.Disk.Stat(file)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("nowhere else", func(t *testing.T) {
		f := open(t)
		s, dir := saboteur(t, f)
		file := filepath.Join(f.Other, "live")
		require.NoError(t, f.Disk.WriteFile(file, []byte(content), 0o600))
		for _, path := range []string{file, filepath.Join(dir, "..", "..", "live"), filepath.Join(f.Other, "new")} {
			for _, k := range []domain.DamageKind{domain.DamageFlip, domain.DamageRemove, domain.DamagePlant, domain.DamageEmpty} {
				_, err := s.Damage(t.Context(), path, domain.Damage{Kind: k})
				kind(t, domain.KindRefused, err)
			}
		}
		got, err := f.Disk.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, content, string(got))
		entries, err := f.Disk.ReadDir(f.Other)
		require.NoError(t, err)
		assert.Len(t, entries, 1)
	})
	t.Run("not what cannot be", func(t *testing.T) {
		f := open(t)
		s, dir := saboteur(t, f)
		file := filepath.Join(dir, "file")
		require.NoError(t, f.Disk.WriteFile(file, []byte(content), 0o600))
		for _, d := range []domain.Damage{
			{Kind: domain.DamageFlip, Offset: 10},
			{Kind: domain.DamageFlip, Offset: -11},
			{Kind: domain.DamageTruncate, Offset: 10},
			{Kind: "burn"},
			{Kind: domain.DamagePlant},
		} {
			_, err := s.Damage(t.Context(), file, d)
			kind(t, domain.KindInvalid, err)
		}
		_, err := s.Damage(t.Context(), filepath.Join(dir, "none"), domain.Damage{Kind: domain.DamageFlip})
		kind(t, domain.KindInvalid, err)
		got, err := f.Disk.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, content, string(got))
	})
	t.Run("not after release", func(t *testing.T) {
		f := open(t)
		s, ok := f.Scratch.(ports.Saboteur)
		require.True(t, ok)
		dir, release, err := f.Scratch.Take(t.Context())
		require.NoError(t, err)
		require.NoError(t, release())
		require.NoError(t, f.Disk.Mkdir(dir))
		_, err = s.Damage(t.Context(), filepath.Join(dir, "x"), domain.Damage{Kind: domain.DamagePlant})
		kind(t, domain.KindRefused, err)
	})
}

func saboteur(t *testing.T, f ScratchFixture) (ports.Saboteur, string) {
	t.Helper()
	s, ok := f.Scratch.(ports.Saboteur)
	require.True(t, ok)
	dir, release, err := f.Scratch.Take(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, release()) })
	return s, dir
}
