package portfake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Scratch makes folders on a Disk. Make it with NewScratch.
type Scratch struct {
	// Fail is called at the start of every call with "scratch.take" and the like;
	// what it returns is returned. It may be nil.
	Fail func(op string) error

	disk ports.Disk
	home string

	mu    sync.Mutex
	count int
	taken map[string]bool
}

var (
	_ ports.Scratch  = (*Scratch)(nil)
	_ ports.Saboteur = (*Scratch)(nil)
)

// NewScratch returns a scratch below the folder home, which must exist. What is in
// there belongs to processes that are gone.
func NewScratch(disk ports.Disk, home string) *Scratch {
	return &Scratch{disk: disk, home: home, taken: map[string]bool{}}
}

// Take implements ports.Scratch.
func (s *Scratch) Take(ctx context.Context) (string, func() error, error) {
	if err := begin(ctx, s.Fail, "scratch.take"); err != nil {
		return "", nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	entries, err := s.disk.ReadDir(s.home)
	if err != nil {
		return "", nil, err
	}
	for _, e := range entries {
		if at := filepath.Join(s.home, e.Name()); !s.taken[at] {
			if err := s.disk.RemoveAll(at); err != nil {
				return "", nil, err
			}
		}
	}
	s.count++
	dir := filepath.Join(s.home, fmt.Sprintf("scratch-%d", s.count))
	if err := s.disk.Mkdir(dir); err != nil {
		return "", nil, err
	}
	s.taken[dir] = true
	return dir, func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.taken, dir)
		return s.disk.RemoveAll(dir)
	}, nil
}

// Damage implements ports.Saboteur.
func (s *Scratch) Damage(ctx context.Context, path string, d domain.Damage) (func() error, error) {
	if err := begin(ctx, s.Fail, "scratch.damage"); err != nil {
		return nil, err
	}
	if !s.owns(filepath.Clean(path)) {
		return nil, domain.Refused("%s does not lie in scratch", path)
	}
	before, err := s.disk.ReadFile(path)
	there := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if there == (d.Kind == domain.DamagePlant) {
		return nil, domain.Invalid("%s: cannot %s", path, d.Kind)
	}
	after, keep, err := damaged(before, d)
	if err != nil {
		return nil, err
	}
	repair := func() error {
		if !there {
			return s.disk.RemoveAll(path)
		}
		return s.disk.WriteFile(path, before, 0o600)
	}
	if !keep {
		return repair, s.disk.RemoveAll(path)
	}
	return repair, s.disk.WriteFile(path, after, 0o600)
}

func (s *Scratch) owns(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for dir := range s.taken {
		if strings.HasPrefix(path, dir+string(filepath.Separator)) {
			return true
		}
	}
	return false
}

// damaged returns what the content becomes, and whether the file stays.
func damaged(content []byte, d domain.Damage) (after []byte, keep bool, err error) {
	at := d.Offset
	if at < 0 {
		at += int64(len(content))
	}
	inside := at >= 0 && at < int64(len(content))
	after = append([]byte{}, content...)
	switch d.Kind {
	case domain.DamageFlip:
		if inside {
			after[at] ^= 1
			return after, true, nil
		}
	case domain.DamageTruncate:
		if inside {
			return after[:at], true, nil
		}
	case domain.DamageEmpty:
		return nil, true, nil
	case domain.DamageGrow, domain.DamagePlant:
		return append(after, d.Content...), true, nil
	case domain.DamageRemove:
		return nil, false, nil
	}
	return nil, false, domain.Invalid("cannot %s at %d", d.Kind, d.Offset)
}
