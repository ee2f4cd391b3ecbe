package ports

import (
	"context"
	"io"
	"time"

	"github.com/atocore/atocore/domain"
)

// RemoteStore keeps named streams of bytes somewhere else: in a folder, in a
// bucket. Names are flat (domain.CheckRemoteName): another one is KindInvalid. A remote that cannot be reached, refuses
// the credentials or is full is KindUnavailable, and says which.
type RemoteStore interface {
	// Place says in words where it is, without any secret.
	Place() string
	// Put stores what r yields up to io.EOF under name, replacing what was there.
	// estimate is about how much will come, 0 when nothing is known; memory is
	// bounded whatever it is. The object appears when all of it is durable, at once;
	// an error of r, of the connection or of ctx leaves what was there before, and
	// what half of it was sent is removed now or by the next Put of that name. It
	// returns size and sums as they were computed while sending: what Stat should
	// say.
	Put(ctx context.Context, name string, r io.Reader, estimate int64) (domain.RemoteObject, error)
	// Get returns the content from the given byte on. The reader's error may be of
	// any kind: who called may Get the rest. A name that does not exist is
	// KindNotFound. An offset at or behind the end yields nothing.
	Get(ctx context.Context, name string, from int64) (io.ReadCloser, error)
	// Stat returns what the remote itself says of the object now, its checksums
	// where it has any. KindNotFound when there is none.
	Stat(ctx context.Context, name string) (domain.RemoteObject, error)
	// List returns all objects, whole ones only, in order of name; Sums and
	// LockedUntil may be missing.
	List(ctx context.Context) ([]domain.RemoteObject, error)
	// Delete removes the object with all its versions; one that does not exist is
	// passed over. What the remote is bound to keep is KindRefused, names the time,
	// and stays as it was.
	Delete(ctx context.Context, name string) error
}

// RemoteResumer is the optional capability of a RemoteStore to go on, in another
// process, with an upload that was cut off.
type RemoteResumer interface {
	// PutResumable is Put, but what half was sent stays when the connection or ctx is
	// what failed. again says that r yields, byte by byte, what it yielded in the call
	// of that name before: what is there is not sent a second time; sent is how much
	// was. A stream that turns out to be another one is KindConflict: no part that
	// differs was sent, and what half was sent is removed.
	PutResumable(ctx context.Context, name string, r io.Reader, estimate int64, again bool) (o domain.RemoteObject, sent int64, err error)
	// Sweep removes what half was sent of any name and was begun before that moment.
	Sweep(ctx context.Context, before time.Time) error
}

// Sealer is the optional capability of an Archiver to pack the same files into the
// same stream once more.
type Sealer interface {
	// Seal returns a new seal, for those whom the Archiver encrypts for.
	Seal() (domain.Seal, error)
	// Recipients stands for those whom it encrypts for: another text when they are
	// others. "" where that must not be written down anywhere, as of a passphrase.
	Recipients() (string, error)
	// PackSealed is Pack; with the same seal, files and program it writes the same
	// bytes. A seal must never be used for other content: two streams under one key
	// tell about each other. That is for the caller to see to.
	PackSealed(ctx context.Context, w io.Writer, dir string, index domain.ArchiveIndex, seal domain.Seal, report func(done int64)) error
}

// SealStore keeps the seal of the upload that is under way, for the process that
// goes on with it.
type SealStore interface {
	// Keep stores the seal in the place of the one before; it is durable when Keep
	// returns.
	Keep(ctx context.Context, k domain.KeptSeal) error
	// Kept returns it; KindNotFound when there is none, or none that can be read.
	Kept(ctx context.Context) (domain.KeptSeal, error)
	// Forget removes it; none is passed over.
	Forget(ctx context.Context) error
}

// Archiver turns a backup into one encrypted stream, and back.
type Archiver interface {
	// Pack writes the files of dir in the order of the index, and nothing else. A
	// file that is not regular, or has not the size and hash that the index
	// promises, is KindCorrupt. Without anything to encrypt for it is KindInvalid.
	// Memory is bounded. report is told the bytes read so far and may be nil.
	Pack(ctx context.Context, w io.Writer, dir string, index domain.ArchiveIndex, report func(done int64)) error
	// Unpack makes the files below dir, which exists and is empty, and returns the
	// index of the archive. It reads r to its end. Whatever r holds, nothing is made
	// outside of dir and nothing beyond the limits. KindRefused: the archive is
	// sound so far but the key is missing or another one. KindCorrupt: it is
	// truncated, tampered with, not an archive, breaks the limits, or holds a path,
	// link, device, file or byte that its index does not promise. An error of r is
	// in the chain. What is below dir after an error is no use. The files are not
	// synced.
	Unpack(ctx context.Context, r io.Reader, dir string, limits domain.ArchiveLimits, report func(done int64)) (domain.ArchiveIndex, error)
}

// BackupAdopter is the optional capability of a BackupStore to take in a backup
// that was made elsewhere.
type BackupAdopter interface {
	// Adopt makes the whole backup that lies in the folder named stamp below dir,
	// which Begin made, visible under that stamp, every file and folder synced, and
	// removes dir. KindConflict when there is a backup of that stamp. On an error
	// nothing became visible, and dir is still there to be discarded.
	Adopt(ctx context.Context, dir string, stamp domain.Stamp) error
}
