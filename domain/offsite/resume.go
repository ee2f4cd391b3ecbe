package offsite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// givenUp is the age at which nobody goes on with an upload any more.
const givenUp = 7 * 24 * time.Hour

// upload is how an archive is sent. Its zero value is one that begins anew if it is
// cut off.
type upload struct {
	remote  ports.RemoteResumer
	packer  ports.Sealer
	content string // see domain.KeptSeal
	seal    domain.Seal
	again   bool // it goes on with one that was cut off
}

func (u upload) pack(ctx context.Context, plain ports.Archiver, w io.Writer, here content, report func(done int64)) error {
	if u.remote == nil {
		return plain.Pack(ctx, w, here.dir, here.index, report)
	}
	return u.packer.PackSealed(ctx, w, here.dir, here.index, u.seal, report)
}

// upload decides how the archive of a backup is sent. An encrypted stream can only
// be gone on with under the seal that it began with, and that must never be used for
// other content: it is taken up again when the backup, its files byte by byte, the
// recipients, the place and the program are what they were.
func (s *Service) upload(ctx context.Context, here content) (upload, error) {
	remote, canResume := s.cfg.Remote.(ports.RemoteResumer)
	packer, canSeal := s.cfg.Archiver.(ports.Sealer)
	if !canResume || !canSeal || s.cfg.Seals == nil || s.cfg.Program == nil {
		return upload{}, nil
	}
	u := upload{remote: remote, packer: packer}
	var err error
	if u.content, err = s.identity(here, packer); err != nil {
		return u, err
	}
	if u.content == "" {
		return upload{}, nil
	}
	kept, err := s.cfg.Seals.Kept(ctx)
	if err == nil && kept.Content == u.content && s.unchanged(ctx, here) {
		u.seal, u.again = kept.Seal, true
		return u, nil
	}
	return s.seal(ctx, u)
}

// seal makes a new seal, and keeps it before anything is sent under it. Where it
// cannot be kept, the upload is one that cannot be gone on with.
func (s *Service) seal(ctx context.Context, u upload) (upload, error) {
	seal, err := u.packer.Seal()
	if err != nil {
		return u, err
	}
	u.seal, u.again = seal, false
	if err := s.cfg.Seals.Keep(ctx, domain.KeptSeal{Content: u.content, Seal: seal}); err != nil {
		return upload{}, ctx.Err()
	}
	return u, nil
}

// identity stands for everything that the stream follows from, but for the seal; ""
// when it is not known.
func (s *Service) identity(here content, packer ports.Sealer) (string, error) {
	recipients, err := packer.Recipients()
	if err != nil || recipients == "" {
		return "", err
	}
	program, err := s.cfg.Program()
	if err != nil || program == "" {
		return "", nil //nolint:nilerr // then it begins anew
	}
	all, err := json.Marshal([]any{here.index, recipients, program, s.Place()})
	if err != nil {
		return "", nil //nolint:nilerr // likewise
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:]), nil
}

// unchanged reads the files once more: one that rotted since would be other content
// under the same seal.
func (s *Service) unchanged(ctx context.Context, here content) bool {
	for _, f := range here.index.Files {
		size, sum, err := s.cfg.Disk.Hash(ctx, filepath.Join(here.dir, filepath.FromSlash(f.Path)), nil)
		if err != nil || size != f.Size || sum != f.SHA256 {
			return false
		}
	}
	return true
}

// forget lets go of the seal of an upload that has ended. What cannot be forgotten
// is of no use for another one.
func (s *Service) forget(ctx context.Context) {
	if s.cfg.Seals != nil {
		_ = s.cfg.Seals.Forget(ctx)
	}
}

// sweepUploads removes what half was sent and nobody goes on with.
func (s *Service) sweepUploads(ctx context.Context, now time.Time) error {
	if remote, ok := s.cfg.Remote.(ports.RemoteResumer); ok {
		return remote.Sweep(ctx, now.Add(-givenUp))
	}
	return nil
}
