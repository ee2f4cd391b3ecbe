package scratchdir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/atocore/atocore/domain"
)

// mostKept bounds what is kept in memory of a file that is cut off, in bytes.
const mostKept = 64 << 20

// Damage implements ports.Saboteur.
func (s *Scratch) Damage(ctx context.Context, path string, d domain.Damage) (func() error, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("damage %s: %w", path, err)
	}
	taken, err := s.owner(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Lstat(path)
	if d.Kind == domain.DamagePlant {
		if err == nil {
			return nil, domain.Invalid("%s exists already", path)
		}
		if err := os.WriteFile(path, d.Content, 0o600); err != nil {
			return nil, err
		}
		return func() error { return os.Remove(path) }, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, domain.Invalid("%s does not exist", path)
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, domain.Refused("%s is not a file", path)
	}
	switch d.Kind {
	case domain.DamageRemove, domain.DamageEmpty:
		return takeAway(path, taken, d.Kind == domain.DamageEmpty)
	case domain.DamageFlip:
		return flip(path, info.Size(), d.Offset)
	case domain.DamageTruncate:
		return cut(path, info.Size(), d.Offset)
	case domain.DamageGrow:
		return grow(path, info.Size(), d.Content)
	case domain.DamagePlant:
	}
	return nil, domain.Invalid("there is no damage %q", d.Kind)
}

// owner returns the folder of this process that path lies in, with every link on
// the way followed.
func (s *Scratch) owner(path string) (string, error) {
	refused := domain.Refused("%s does not lie in scratch: it is not touched", path)
	resolved, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", refused.Because(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for dir := range s.taken {
		home, err := filepath.EvalSymlinks(dir)
		if err == nil && strings.HasPrefix(resolved+string(filepath.Separator), home+string(filepath.Separator)) {
			return dir, nil
		}
	}
	return "", refused
}

// takeAway moves the file aside, and perhaps puts an empty one in its place.
func takeAway(path, taken string, empty bool) (func() error, error) {
	aside, err := os.MkdirTemp(taken, ".aside-")
	if err != nil {
		return nil, err
	}
	kept := filepath.Join(aside, "file")
	if err := os.Rename(path, kept); err != nil {
		return nil, errors.Join(err, os.Remove(aside))
	}
	back := func() error {
		if empty {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
		return errors.Join(os.Rename(kept, path), os.Remove(aside))
	}
	if empty {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			empty = false
			return nil, errors.Join(err, back())
		}
	}
	return back, nil
}

func flip(path string, size, offset int64) (func() error, error) {
	at, err := position(path, size, offset)
	if err != nil {
		return nil, err
	}
	turn := func() error {
		return with(path, func(f *os.File) error {
			var b [1]byte
			if _, err := f.ReadAt(b[:], at); err != nil {
				return err
			}
			b[0] ^= 1
			_, err := f.WriteAt(b[:], at)
			return err
		})
	}
	return turn, turn()
}

func cut(path string, size, offset int64) (func() error, error) {
	at, err := position(path, size, offset)
	if err != nil {
		return nil, err
	}
	if size-at > mostKept {
		return nil, domain.Invalid("%d bytes of %s are more than can be put back", size-at, path)
	}
	tail := make([]byte, size-at)
	err = with(path, func(f *os.File) error {
		if _, err := f.ReadAt(tail, at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return f.Truncate(at)
	})
	return func() error {
		return with(path, func(f *os.File) error {
			_, err := f.WriteAt(tail, at)
			return err
		})
	}, err
}

func grow(path string, size int64, content []byte) (func() error, error) {
	err := with(path, func(f *os.File) error {
		_, err := f.WriteAt(content, size)
		return err
	})
	return func() error { return os.Truncate(path, size) }, err
}

func position(path string, size, offset int64) (int64, error) {
	at := offset
	if at < 0 {
		at += size
	}
	if at < 0 || at >= size {
		return 0, domain.Invalid("%s has no byte %d", path, offset)
	}
	return at, nil
}

func with(path string, do func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(do(f), f.Close())
}
