package portfake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"sort"
	"sync"
	"syscall"

	"github.com/atocore/atocore/domain"
)

// Disk is a file system in memory that loses what was not synced: the content of
// a file that was not, and the names in a folder that was not, each by itself.
// Renaming is atomic until one of the two folders is synced; then the other half
// is durable only with the other folder. It must be made with NewDisk.
type Disk struct {
	// Fail is called at the start of every call with its name, such as
	// "disk.rename"; what it returns is returned. It may be nil.
	Fail func(op string) error

	mu       sync.Mutex
	root     *node
	pending  []change
	ticks    int64
	capacity int64             // 0 for no bound
	mounts   map[string]string // path → identity of the file system mounted there
}

// NewDisk returns an empty disk without bound.
func NewDisk() *Disk {
	return &Disk{root: newFolder(), mounts: map[string]string{"/": "disk"}}
}

// SetCapacity bounds the bytes that fit on the disk; 0 is no bound.
func (d *Disk) SetCapacity(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.capacity = n
}

// Mount makes the existing path the root of another file system. What it holds
// stays.
func (d *Disk) Mount(at, identity string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mounts[clean(at)] = identity
}

// Stat describes path.
func (d *Disk) Stat(name string) (fs.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.hit("disk.stat"); err != nil {
		return nil, err
	}
	n, err := d.find("stat", name)
	if err != nil {
		return nil, err
	}
	return n.info(path.Base(clean(name))), nil
}

// ReadDir returns the entries of a folder in order of name.
func (d *Disk) ReadDir(name string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.hit("disk.readdir"); err != nil {
		return nil, err
	}
	n, err := d.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.folder() {
		return nil, pathError("readdir", name, syscall.ENOTDIR)
	}
	out := make([]fs.DirEntry, 0, len(n.entries))
	for name, child := range n.entries {
		out = append(out, fs.FileInfoToDirEntry(child.info(name)))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out, nil
}

// ReadFile returns the content of a file.
func (d *Disk) ReadFile(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.hit("disk.readfile"); err != nil {
		return nil, err
	}
	n, err := d.file("read", name)
	if err != nil {
		return nil, err
	}
	return append([]byte{}, n.data...), nil
}

// Hash returns size and SHA-256 of a file.
func (d *Disk) Hash(ctx context.Context, name string, report func(n int64)) (int64, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.hit("disk.hash"); err != nil {
		return 0, "", err
	}
	if err := ctx.Err(); err != nil {
		return 0, "", err
	}
	n, err := d.file("hash", name)
	if err != nil {
		return 0, "", err
	}
	if report != nil {
		report(int64(len(n.data)))
	}
	return int64(len(n.data)), sum(n.data), nil
}

// Same compares two files.
func (d *Disk) Same(ctx context.Context, a, b string, report func(n int64)) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.hit("disk.same"); err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	one, err := d.file("compare", a)
	if err != nil {
		return false, err
	}
	two, err := d.file("compare", b)
	if err != nil {
		return false, err
	}
	if report != nil {
		report(int64(len(one.data)))
	}
	return bytes.Equal(one.data, two.data), nil
}

// Free returns the bytes that still fit, and the identity of the file system.
func (d *Disk) Free(name string) (int64, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.hit("disk.free"); err != nil {
		return 0, "", err
	}
	if _, err := d.find("statfs", name); err != nil {
		return 0, "", err
	}
	free := int64(1) << 50
	if d.capacity > 0 {
		free = max(0, d.capacity-d.root.size())
	}
	return free, d.fileSystem(name), nil
}

// WriteFile creates or replaces a file in place and syncs it. A failure leaves
// half of it.
func (d *Disk) WriteFile(name string, data []byte, mode fs.FileMode) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	hit := d.hit("disk.writefile")
	if hit != nil && errors.Is(hit, ErrStopped) && !errors.Is(hit, errDuring) {
		return hit
	}
	parent, err := d.parent("write", name)
	if err != nil {
		return err
	}
	base := path.Base(clean(name))
	n, there := parent.entries[base]
	if there && (n.folder() || n.link != "") {
		return pathError("write", name, errors.New("not a regular file"))
	}
	if !there {
		n = &node{}
		d.change(change{{dir: parent, name: base, node: n}})
	}
	n.mode, n.tick = mode.Perm(), d.tick()
	if hit != nil {
		n.data = append([]byte{}, data[:len(data)/2]...)
		return hit
	}
	n.data = nil
	if err := d.room(int64(len(data)), name); err != nil {
		return err
	}
	n.data = append([]byte{}, data...)
	n.sync()
	return nil
}

// CopyFile copies a file to a path that must not exist and syncs it.
func (d *Disk) CopyFile(ctx context.Context, from, to string, mode fs.FileMode, report func(n int64)) (int64, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	hit := d.hit("disk.copyfile")
	if hit != nil && !errors.Is(hit, errDuring) {
		return 0, "", hit
	}
	if err := ctx.Err(); err != nil {
		return 0, "", err
	}
	source, err := d.file("copy", from)
	if err != nil {
		return 0, "", err
	}
	parent, err := d.vacant("copy", to)
	if err != nil {
		return 0, "", err
	}
	n := &node{mode: mode.Perm(), tick: d.tick()}
	if hit != nil {
		n.data = append([]byte{}, source.data[:len(source.data)/2]...)
		d.change(change{{dir: parent, name: path.Base(clean(to)), node: n}})
		return 0, "", hit
	}
	if err := d.room(int64(len(source.data)), to); err != nil {
		return 0, "", err
	}
	n.data = append([]byte{}, source.data...)
	n.sync()
	d.change(change{{dir: parent, name: path.Base(clean(to)), node: n}})
	if report != nil {
		report(int64(len(n.data)))
	}
	return int64(len(n.data)), sum(n.data), nil
}

// Mkdir creates one folder, which must not exist.
func (d *Disk) Mkdir(name string) error {
	return d.effect("disk.mkdir", func(bool) error {
		parent, err := d.vacant("mkdir", name)
		if err != nil {
			return err
		}
		n := newFolder()
		n.tick = d.tick()
		d.change(change{{dir: parent, name: path.Base(clean(name)), node: n}})
		return nil
	})
}

// Rename moves a file or folder to a path that must not exist.
func (d *Disk) Rename(from, to string) error {
	return d.effect("disk.rename", func(bool) error {
		source, err := d.parent("rename", from)
		if err != nil {
			return err
		}
		n, ok := source.entries[path.Base(clean(from))]
		if !ok {
			return pathError("rename", from, fs.ErrNotExist)
		}
		target, err := d.vacant("rename", to)
		if err != nil {
			return err
		}
		if _, mounted := d.mounts[clean(from)]; mounted {
			return pathError("rename", from, syscall.EBUSY)
		}
		if d.fileSystem(from) != d.fileSystem(path.Dir(clean(to))) {
			return pathError("rename", from, syscall.EXDEV)
		}
		d.change(change{
			{dir: target, name: path.Base(clean(to)), node: n},
			{dir: source, name: path.Base(clean(from))},
		})
		return nil
	})
}

// RemoveAll removes a file or tree, name by name.
func (d *Disk) RemoveAll(name string) error {
	return d.effect("disk.removeall", func(torn bool) error {
		parent, err := d.parent("remove", name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		base := path.Base(clean(name))
		n, ok := parent.entries[base]
		if !ok {
			return nil
		}
		doomed := append(n.below(), half{dir: parent, name: base})
		if torn {
			doomed = doomed[:len(doomed)/2]
		}
		for _, h := range doomed {
			d.change(change{{dir: h.dir, name: h.name}})
		}
		return nil
	})
}

// Sync makes a file's content, or a folder's entries, durable.
func (d *Disk) Sync(name string) error {
	return d.effect("disk.sync", func(torn bool) error {
		n, err := d.find("sync", name)
		if err != nil || torn {
			return err
		}
		if !n.folder() {
			n.sync()
			return nil
		}
		d.settle(n)
		return nil
	})
}

// Match gives path, and everything below a folder, the owner of like, and a file
// its mode.
func (d *Disk) Match(name, like string) error {
	return d.effect("disk.match", func(bool) error {
		n, err := d.find("match", name)
		if err != nil {
			return err
		}
		model, err := d.find("match", like)
		if err != nil {
			return err
		}
		if !n.folder() {
			n.mode = model.mode
		}
		n.own(model.owner)
		return nil
	})
}

func (d *Disk) hit(op string) error {
	if d.Fail == nil {
		return nil
	}
	return d.Fail(op)
}

// effect runs f as the call op. torn says that the process dies within it.
func (d *Disk) effect(op string, f func(torn bool) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	hit := d.hit(op)
	if hit != nil && !errors.Is(hit, errDuring) {
		return hit
	}
	if err := f(hit != nil); err != nil {
		return err
	}
	return hit
}

func (d *Disk) room(need int64, name string) error {
	if d.capacity == 0 || d.root.size()+need <= d.capacity {
		return nil
	}
	return domain.Unavailable("disk is full: could not write %s", name).
		Because(syscall.ENOSPC).WithHint("make room and try again")
}

func (d *Disk) tick() int64 {
	d.ticks++
	return d.ticks
}

func clean(name string) string { return path.Clean(filepath.ToSlash(name)) }

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

func pathError(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: err}
}
