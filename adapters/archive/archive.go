// Package archive turns a backup into one stream and back: tar, compressed with
// zstd, encrypted with age. Anybody who has the key can open it without atocore:
//
//	age -d -i KEY archive | zstd -d | tar -x
//
// The tar holds an index first, which promises every file with its size and
// SHA-256, and then those files in that order. It is the same for the same files,
// byte by byte, until it is encrypted. What is read is taken for hostile: nothing
// that the index does not promise is made, and nothing outside of one folder.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

const (
	// indexName is the name of the first entry.
	indexName = "atocore-archive.json"
	// indexFormat is the newest form of the index.
	indexFormat = 1
	// largestIndex bounds what is read as an index, in bytes.
	largestIndex = 64 << 20
	// largestWindow bounds the memory that a zstd frame may ask for, in bytes. What
	// Pack writes needs half of it.
	largestWindow = 8 << 20
	// copyBuffer is the size of the pieces in which files are read, in bytes.
	copyBuffer = 256 << 10
)

// Config says what archives are encrypted for, and what opens them.
type Config struct {
	// Recipients are age public keys. With none, the recipients are those of the
	// identities, or the passphrase.
	Recipients []string
	// IdentityFile holds age secret keys; "" for none. It is read when needed.
	IdentityFile string
	// Passphrase encrypts where there is no recipient, and opens what was
	// encrypted so; "" for none.
	Passphrase string
}

// Archiver packs and unpacks. It is safe for concurrent use.
type Archiver struct{ config Config }

var _ ports.Archiver = (*Archiver)(nil)

// New returns an Archiver. It touches nothing: keys are read when they are needed.
func New(c Config) *Archiver { return &Archiver{config: c} }

// safePath tells whether a path of an index stays in its folder on every system:
// relative, with forward slashes, nothing to be resolved in it.
func safePath(p string) bool {
	return p != "" && p != "." && len(p) <= 4096 && utf8.ValidString(p) && !strings.ContainsAny(p, "\\\x00") &&
		!strings.HasPrefix(p, "/") && path.Clean(p) == p && p != ".." && !strings.HasPrefix(p, "../") &&
		filepath.IsLocal(filepath.FromSlash(p)) && (len(p) < 2 || p[1] != ':')
}

// corrupt is the error for an archive that is not to be trusted.
func corrupt(format string, args ...any) *domain.Error {
	return domain.Corrupt("the archive is refused: "+format, args...).
		WithHint("nothing of it was kept; take another copy of the backup, or another backup")
}

// source remembers the error of the stream that it reads, so that it can be told
// from what age, zstd and tar make of it.
type source struct {
	ctx context.Context
	r   io.Reader
	err error // other than io.EOF
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// cause tells what an error in the stream means: what kept it from being read,
// or that it is damaged.
func (s *source) cause(err error) error {
	var known *domain.Error
	switch {
	case s.err != nil:
		return fmt.Errorf("read the archive: %w", s.err)
	case errors.As(err, &known):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return corrupt("it ends in the middle").Because(err)
	}
	return corrupt("it is damaged or was tampered with").Because(err)
}

// notWritten is the error for a file that could not be made.
func notWritten(name string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || isFull(err) {
		return domain.Unavailable("the disk is full: %s could not be unpacked", name).Because(err).
			WithHint("make room in the folder of the backups and try again")
	}
	return fmt.Errorf("unpack %s: %w", name, err)
}
