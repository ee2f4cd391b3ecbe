package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"github.com/atocore/atocore/domain"
)

// Unpack reads an archive as something that a stranger may have made.
func (a *Archiver) Unpack(ctx context.Context, r io.Reader, dir string, limits domain.ArchiveLimits, report func(done int64)) (domain.ArchiveIndex, error) {
	identities, err := a.identities()
	if err != nil {
		return domain.ArchiveIndex{}, err
	}
	if report == nil {
		report = func(int64) {}
	}
	in := &source{ctx: ctx, r: r}
	open, err := age.Decrypt(in, identities...)
	var mismatch *age.NoIdentityMatchError
	if errors.As(err, &mismatch) && in.err == nil {
		return domain.ArchiveIndex{}, domain.Refused("the key does not open the archive: it was encrypted for another one").
			WithField("remote.identity_file").WithHint("bring the key that was in use when the backup was pushed")
	}
	if err != nil {
		return domain.ArchiveIndex{}, in.cause(err)
	}
	loose, err := zstd.NewReader(open, zstd.WithDecoderMaxWindow(largestWindow), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderConcurrency(2), zstd.IgnoreChecksum(false))
	if err != nil {
		return domain.ArchiveIndex{}, in.cause(err)
	}
	defer loose.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return domain.ArchiveIndex{}, fmt.Errorf("unpack: %w", err)
	}
	defer root.Close() //nolint:errcheck // a folder
	u := &unpacker{in: in, tar: tar.NewReader(loose), root: root, report: report, buffer: make([]byte, copyBuffer)}
	index, err := u.index(limits)
	if err != nil {
		return index, err
	}
	for i, f := range index.Files {
		if err := u.file(f, i, index); err != nil {
			return index, err
		}
	}
	if h, err := u.tar.Next(); err == nil {
		return index, u.stray(h, index)
	} else if !errors.Is(err, io.EOF) {
		return index, in.cause(err)
	}
	return index, u.rest(loose)
}

type unpacker struct {
	in     *source
	tar    *tar.Reader
	root   *os.Root
	report func(done int64)
	buffer []byte
	done   int64
}

// next returns the header of the next entry, if it is of a plain file.
func (u *unpacker) next() (*tar.Header, error) {
	h, err := u.tar.Next()
	if err != nil {
		if errors.Is(err, io.EOF) && u.in.err == nil {
			return nil, corrupt("it ends before everything that it promises has come")
		}
		return nil, u.in.cause(err)
	}
	if h.Typeflag != tar.TypeReg {
		return nil, corrupt("%q is a link, a folder or a device", h.Name)
	}
	for key := range h.PAXRecords {
		if key != "path" && key != "size" {
			return nil, corrupt("%q has the attribute %q", h.Name, key)
		}
	}
	return h, nil
}

func (u *unpacker) index(limits domain.ArchiveLimits) (domain.ArchiveIndex, error) {
	h, err := u.next()
	if err != nil {
		return domain.ArchiveIndex{}, err
	}
	if h.Name != indexName {
		return domain.ArchiveIndex{}, corrupt("it begins with %q, not with its index", h.Name)
	}
	if h.Size > largestIndex {
		return domain.ArchiveIndex{}, corrupt("its index has %d bytes", h.Size)
	}
	var raw bytes.Buffer
	if _, err := io.Copy(&raw, u.tar); err != nil {
		return domain.ArchiveIndex{}, u.in.cause(err)
	}
	return decodeIndex(raw.Bytes(), limits)
}

// file makes the i-th file of the index. The archive must hold exactly the files
// of the index in exactly their order.
func (u *unpacker) file(want domain.ArchiveFile, i int, index domain.ArchiveIndex) error {
	h, err := u.next()
	if err != nil {
		return err
	}
	if h.Name != want.Path {
		return u.stray(h, domain.ArchiveIndex{Files: index.Files[:i]})
	}
	if h.Size != want.Size {
		return corrupt("%q has %d bytes, %d were promised", h.Name, h.Size, want.Size)
	}
	if folder := path.Dir(want.Path); folder != "." {
		if err := u.root.MkdirAll(folder, 0o700); err != nil {
			return notMade(want.Path, err)
		}
	}
	f, err := u.root.OpenFile(want.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return notMade(want.Path, err)
	}
	err = u.fill(f, want)
	if err == nil && want.Mode != 0o600 {
		err = f.Chmod(fs.FileMode(want.Mode))
	}
	return errors.Join(err, f.Close())
}

func notMade(name string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return corrupt("%q stands in the way of another of its files", name)
	}
	return notWritten(name, err)
}

func (u *unpacker) fill(f *os.File, want domain.ArchiveFile) error {
	hash := sha256.New()
	for {
		n, err := u.tar.Read(u.buffer)
		hash.Write(u.buffer[:n])
		if _, werr := f.Write(u.buffer[:n]); werr != nil {
			return notWritten(want.Path, werr)
		}
		u.done += int64(n)
		u.report(u.done)
		if errors.Is(err, io.EOF) && u.in.err == nil {
			break
		}
		if err != nil {
			return u.in.cause(err)
		}
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != want.SHA256 {
		return corrupt("%q has the SHA-256 %s, %s was promised", want.Path, sum, want.SHA256)
	}
	return nil
}

// stray says what is wrong with an entry that is not the next one of the index.
func (u *unpacker) stray(h *tar.Header, had domain.ArchiveIndex) error {
	if h.Typeflag != tar.TypeReg {
		return corrupt("%q is a link, a folder or a device", h.Name)
	}
	if !safePath(h.Name) {
		return corrupt("it has the path %q", h.Name)
	}
	for _, f := range had.Files {
		if f.Path == h.Name {
			return corrupt("it has %q twice", h.Name)
		}
	}
	return corrupt("it has %q where its index promises something else", h.Name)
}

// rest reads what follows the last entry: the padding of tar, and the end that
// age has authenticated.
func (u *unpacker) rest(loose io.Reader) error {
	n := 0
	for {
		k, err := loose.Read(u.buffer)
		for _, b := range u.buffer[:k] {
			if b != 0 {
				return corrupt("something follows its end")
			}
		}
		if n += k; n > copyBuffer {
			return corrupt("something follows its end")
		}
		if errors.Is(err, io.EOF) && u.in.err == nil {
			return nil
		}
		if err != nil {
			return u.in.cause(err)
		}
	}
}
