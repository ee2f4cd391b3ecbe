// Package remotedir keeps off-site copies in a folder: another disk, a mounted
// share, a folder that something else synchronises.
package remotedir

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

const (
	// partPrefix begins the names of what is being written; they are never listed.
	partPrefix = ".part-"
	// stale is the age at which a part that nobody finished is removed.
	stale      = 24 * time.Hour
	bufferSize = 256 << 10
	sha256Name = "sha256"
)

// Config says where the folder is.
type Config struct {
	Dir string // absolute; it must exist: an unmounted disk must not be written past
}

// Store keeps objects as files of one folder. It is safe for concurrent use, by
// several processes, too.
type Store struct{ dir string }

var _ ports.RemoteStore = (*Store)(nil)

// New returns the store. It touches nothing.
func New(c Config) *Store { return &Store{dir: c.Dir} }

// Place returns the folder.
func (s *Store) Place() string { return "folder " + s.dir }

// Put writes a hidden file, syncs it, and gives it its name.
func (s *Store) Put(ctx context.Context, name string, r io.Reader, _ int64) (domain.RemoteObject, error) {
	if err := s.check(ctx, name); err != nil {
		return domain.RemoteObject{}, err
	}
	s.sweep()
	part := filepath.Join(s.dir, partPrefix+name+"-"+randomName())
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return domain.RemoteObject{}, s.unusable(err)
	}
	in := &input{ctx: ctx, r: r, hash: sha256.New()}
	// The wrappers keep io from handing the whole copy to the kernel, past the hash.
	n, err := io.CopyBuffer(struct{ io.Writer }{f}, struct{ io.Reader }{in}, make([]byte, bufferSize))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		err = errors.Join(err, os.Remove(part))
		if in.err != nil {
			return domain.RemoteObject{}, fmt.Errorf("put %s: %w", name, err)
		}
		return domain.RemoteObject{}, s.unusable(err)
	}
	if err := os.Rename(part, filepath.Join(s.dir, name)); err != nil {
		return domain.RemoteObject{}, s.unusable(errors.Join(err, os.Remove(part)))
	}
	if err := syncDir(s.dir); err != nil {
		return domain.RemoteObject{}, s.unusable(err)
	}
	return domain.RemoteObject{
		Name: name, Size: n, Sums: map[string]string{sha256Name: hex.EncodeToString(in.hash.Sum(nil))},
	}, nil
}

// input hashes what comes, and remembers whose error it was.
type input struct {
	ctx  context.Context
	r    io.Reader
	hash hash.Hash
	err  error
}

func (i *input) Read(p []byte) (int, error) {
	if i.err = i.ctx.Err(); i.err != nil {
		return 0, i.err
	}
	n, err := i.r.Read(p)
	i.hash.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		i.err = err
	}
	return n, err
}

// Get opens the file at an offset.
func (s *Store) Get(ctx context.Context, name string, from int64) (io.ReadCloser, error) {
	f, _, err := s.open(ctx, name)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, s.unusable(errors.Join(err, f.Close()))
	}
	return f, nil
}

// Stat reads the file: what the folder tells of it is its content.
func (s *Store) Stat(ctx context.Context, name string) (domain.RemoteObject, error) {
	f, info, err := s.open(ctx, name)
	if err != nil {
		return domain.RemoteObject{}, err
	}
	defer f.Close() //nolint:errcheck // only read
	in := &input{ctx: ctx, r: f, hash: sha256.New()}
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, in, make([]byte, bufferSize))
	if err != nil {
		return domain.RemoteObject{}, s.unusable(err)
	}
	return domain.RemoteObject{
		Name: name, Size: n, Modified: info.ModTime().UTC(),
		Sums: map[string]string{sha256Name: hex.EncodeToString(in.hash.Sum(nil))},
	}, nil
}

func (s *Store) open(ctx context.Context, name string) (*os.File, fs.FileInfo, error) {
	if err := s.check(ctx, name); err != nil {
		return nil, nil, err
	}
	path := filepath.Join(s.dir, name)
	// Not a link to elsewhere, nor a pipe that would never end.
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil, domain.NotFound("there is no %s in %s", name, s.dir)
	}
	if err != nil {
		return nil, nil, s.unusable(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, s.unusable(err)
	}
	return f, info, nil
}

// List returns the files whose names are an object's.
func (s *Store) List(ctx context.Context) ([]domain.RemoteObject, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list %s: %w", s.dir, err)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, s.unusable(err)
	}
	var out []domain.RemoteObject
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || domain.CheckRemoteName(e.Name()) != nil {
			continue // vanished meanwhile, or not ours
		}
		out = append(out, domain.RemoteObject{Name: e.Name(), Size: info.Size(), Modified: info.ModTime().UTC()})
	}
	return out, nil
}

// Delete removes the file.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := s.check(ctx, name); err != nil {
		return err
	}
	err := os.Remove(filepath.Join(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		_, err := os.Stat(s.dir)
		if err != nil {
			return s.unusable(err)
		}
		return nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return domain.Refused("%s cannot be removed from %s", name, s.dir).Because(err).
			WithHint("something keeps it: a read-only disk, an immutable file, another owner")
	}
	if err != nil {
		return s.unusable(err)
	}
	if err := syncDir(s.dir); err != nil {
		return s.unusable(err)
	}
	return nil
}

func (s *Store) check(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s in %s: %w", name, s.dir, err)
	}
	return domain.CheckRemoteName(name)
}

// sweep removes parts that were left behind. What cannot be removed harms nobody.
func (s *Store) sweep() {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), partPrefix) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > stale {
			_ = os.Remove(filepath.Join(s.dir, e.Name()))
		}
	}
}

func (s *Store) unusable(err error) error {
	var known *domain.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := domain.Unavailable("the remote folder %s cannot be used", s.dir).Because(err).WithField("remote.dir")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return e.WithHint("it must exist: is its disk mounted? It is set by remote.dir")
	case errors.Is(err, syscall.ENOSPC):
		e.Message = "the remote folder " + s.dir + " is full"
		return e.WithHint("make room there, for example with: atocore backup remote prune")
	}
	return e.WithHint("it must be a folder that this user can read and write")
}

func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
