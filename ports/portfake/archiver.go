package portfake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Archiver packs files of a Disk in the clear, locked with a key that is written
// in front. Make it with NewArchiver.
type Archiver struct {
	// Fail is called at the start of every call ("archive.pack", "archive.unpack");
	// what it returns is returned. It may be nil.
	Fail func(op string) error

	disk  ports.Disk
	key   string
	seals atomic.Int64
}

var (
	_ ports.Archiver = (*Archiver)(nil)
	_ ports.Sealer   = (*Archiver)(nil)
)

// NewArchiver returns an archiver with a key; "" is none.
func NewArchiver(disk ports.Disk, key string) *Archiver { return &Archiver{disk: disk, key: key} }

type packed struct {
	Seal    string
	Index   domain.ArchiveIndex
	Content [][]byte
}

// Seal numbers them.
func (a *Archiver) Seal() (domain.Seal, error) {
	if a.key == "" {
		return domain.Seal{}, domain.Invalid("there is no key to encrypt with")
	}
	return domain.Seal{Head: fmt.Appendf(nil, "%04d", a.seals.Add(1)), Key: []byte(a.key)}, nil
}

// Recipients returns the key.
func (a *Archiver) Recipients() (string, error) {
	if a.key == "" {
		return "", domain.Invalid("there is no key to encrypt with")
	}
	return a.key, nil
}

// Pack packs under a seal of its own.
func (a *Archiver) Pack(ctx context.Context, w io.Writer, dir string, index domain.ArchiveIndex, report func(done int64)) error {
	if err := begin(ctx, a.Fail, "archive.pack"); err != nil {
		return err
	}
	seal, err := a.Seal()
	if err != nil {
		return err
	}
	return a.pack(w, dir, index, seal, report)
}

// PackSealed writes seal, key, hash and files.
func (a *Archiver) PackSealed(ctx context.Context, w io.Writer, dir string, index domain.ArchiveIndex, seal domain.Seal, report func(done int64)) error {
	if err := begin(ctx, a.Fail, "archive.pack"); err != nil {
		return err
	}
	return a.pack(w, dir, index, seal, report)
}

func (a *Archiver) pack(w io.Writer, dir string, index domain.ArchiveIndex, seal domain.Seal, report func(done int64)) error {
	p := packed{Index: index, Seal: string(seal.Head)}
	var done int64
	for _, f := range index.Files {
		at := filepath.Join(dir, filepath.FromSlash(f.Path))
		info, err := a.disk.Stat(at)
		if err != nil || !info.Mode().IsRegular() {
			return domain.Corrupt("%s cannot be packed", f.Path).Because(err)
		}
		data, err := a.disk.ReadFile(at)
		if err != nil {
			return err
		}
		if int64(len(data)) != f.Size || f.SHA256 != "" && sum(data) != f.SHA256 {
			return domain.Corrupt("%s cannot be packed: it is not what was promised", f.Path)
		}
		p.Content = append(p.Content, data)
		if done += f.Size; report != nil {
			report(done)
		}
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n%s\n%s", a.key, sum(body), body)
	return err
}

// Unpack makes the files.
func (a *Archiver) Unpack(ctx context.Context, r io.Reader, dir string, limits domain.ArchiveLimits, report func(done int64)) (domain.ArchiveIndex, error) {
	var p packed
	if err := begin(ctx, a.Fail, "archive.unpack"); err != nil {
		return p.Index, err
	}
	if a.key == "" {
		return p.Index, domain.Refused("there is no key to open the archive with")
	}
	all, err := io.ReadAll(r)
	if err != nil {
		return p.Index, fmt.Errorf("read the archive: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return p.Index, err
	}
	parts := bytes.SplitN(all, []byte("\n"), 3)
	if len(parts) != 3 || sum(parts[2]) != string(parts[1]) || json.Unmarshal(parts[2], &p) != nil {
		return p.Index, domain.Corrupt("the archive is refused")
	}
	if string(parts[0]) != a.key {
		return p.Index, domain.Refused("the key does not open the archive")
	}
	if limits.Stamp != "" && p.Index.Stamp != limits.Stamp || len(p.Index.Files) > limits.Files || p.Index.Bytes() > limits.Bytes {
		return p.Index, domain.Corrupt("the archive is refused: it is not what was expected")
	}
	var done int64
	for i, f := range p.Index.Files {
		if path.Clean("/"+f.Path) != "/"+f.Path || strings.Contains(f.Path, "..") {
			return p.Index, domain.Corrupt("the archive is refused: path %q", f.Path)
		}
		at := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := a.mkdirs(dir, filepath.Dir(at)); err != nil {
			return p.Index, err
		}
		if err := a.disk.WriteFile(at, p.Content[i], fs.FileMode(f.Mode)); err != nil {
			return p.Index, err
		}
		if done += f.Size; report != nil {
			report(done)
		}
	}
	return p.Index, nil
}

func (a *Archiver) mkdirs(root, dir string) error {
	if dir == root {
		return nil
	}
	if _, err := a.disk.Stat(dir); err == nil {
		return nil
	}
	if err := a.mkdirs(root, filepath.Dir(dir)); err != nil {
		return err
	}
	if err := a.disk.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
