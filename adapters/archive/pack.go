package archive

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/domain"
)

// Pack writes the archive. Reading and hashing, compressing, and what w does run
// beside each other as far as there are cores.
func (a *Archiver) Pack(ctx context.Context, w io.Writer, dir string, index domain.ArchiveIndex, report func(done int64)) error {
	seal, err := a.Seal()
	if err != nil {
		return err
	}
	return a.PackSealed(ctx, w, dir, index, seal, report)
}

// PackSealed writes the archive under a seal.
func (a *Archiver) PackSealed(ctx context.Context, w io.Writer, dir string, index domain.ArchiveIndex, seal domain.Seal, report func(done int64)) error {
	if report == nil {
		report = func(int64) {}
	}
	locked, err := newSealed(w, seal)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	packed, err := newFrames(locked)
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	p := packer{ctx: ctx, tar: tar.NewWriter(packed), report: report, buffer: make([]byte, copyBuffer), dir: dir}
	if err := p.all(index); err != nil {
		_ = packed.Close() // ends its goroutines; what was written is no archive
		return err
	}
	if err := errors.Join(p.tar.Close(), packed.Close()); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if err := locked.Close(); err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	return nil
}

type packer struct {
	ctx    context.Context //nolint:containedctx // of the one call that it serves
	tar    *tar.Writer
	report func(done int64)
	buffer []byte
	dir    string
	done   int64
}

func (p *packer) all(index domain.ArchiveIndex) error {
	raw, err := encodeIndex(index)
	if err != nil {
		return err
	}
	// What could not be read back must not be written.
	if _, err := decodeIndex(raw, domain.ArchiveLimits{Stamp: index.Stamp, Files: len(index.Files), Bytes: index.Bytes()}); err != nil {
		return err
	}
	if err := p.header(indexName, 0o600, int64(len(raw))); err != nil {
		return err
	}
	if _, err := p.tar.Write(raw); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	for _, f := range index.Files {
		if err := p.file(f); err != nil {
			return err
		}
	}
	return nil
}

func (p *packer) header(name string, mode uint32, size int64) error {
	// No time, no owner: what they were is of no use elsewhere.
	err := p.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Mode: int64(mode), Size: size, ModTime: time.Unix(0, 0),
	})
	if err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return nil
}

func (p *packer) file(want domain.ArchiveFile) error {
	path := filepath.Join(p.dir, filepath.FromSlash(want.Path))
	differs := func(what string, args ...any) error {
		return domain.Corrupt("%s cannot be packed: %s", want.Path, fmt.Sprintf(what, args...)).
			WithHint("see what is wrong with the backup: atocore backup validate")
	}
	info, err := os.Lstat(path)
	if err != nil {
		return differs("%v", err)
	}
	if !info.Mode().IsRegular() {
		return differs("it is a link, a folder or a device")
	}
	f, err := os.Open(path)
	if err != nil {
		return differs("%v", err)
	}
	defer f.Close() //nolint:errcheck // only read
	opened, err := f.Stat()
	if err != nil || !os.SameFile(info, opened) {
		return differs("it was exchanged meanwhile")
	}
	if opened.Size() != want.Size {
		return differs("it has %d bytes, %d were promised", opened.Size(), want.Size)
	}
	if err := p.header(want.Path, want.Mode, want.Size); err != nil {
		return err
	}
	hash := sha256.New()
	var read int64
	for {
		if err := p.ctx.Err(); err != nil {
			return fmt.Errorf("pack %s: %w", want.Path, err)
		}
		n, err := f.Read(p.buffer)
		if read += int64(n); read > want.Size {
			return differs("it grew meanwhile")
		}
		hash.Write(p.buffer[:n])
		if _, werr := p.tar.Write(p.buffer[:n]); werr != nil {
			return fmt.Errorf("pack %s: %w", want.Path, werr)
		}
		p.done += int64(n)
		p.report(p.done)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("pack %s: %w", want.Path, err)
		}
	}
	if read != want.Size {
		return differs("it shrank meanwhile")
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); want.SHA256 != "" && sum != want.SHA256 {
		return differs("its SHA-256 is %s, not %s", sum, want.SHA256)
	}
	return nil
}
