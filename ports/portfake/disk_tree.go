package portfake

import (
	"errors"
	"io/fs"
	"math/rand"
	"path"
	"sort"
	"strings"
	"syscall"
	"time"
)

// node is a file, a folder or a link. What is durable of it stands beside what
// the running system sees.
type node struct {
	entries map[string]*node // nil for a file
	durable map[string]*node
	data    []byte
	synced  []byte
	link    string
	mode    fs.FileMode
	owner   string
	tick    int64
}

// half is one name of a folder, set to a node or, with nil, removed.
type half struct {
	dir  *node
	name string
	node *node
	done bool // durable already
}

// change is a set of names that changed at once.
type change []half

func newFolder() *node {
	return &node{entries: map[string]*node{}, durable: map[string]*node{}, mode: 0o700}
}

func (n *node) folder() bool { return n.entries != nil }
func (n *node) sync()        { n.synced = append([]byte{}, n.data...) }

func (n *node) size() int64 {
	total := int64(len(n.data))
	for _, child := range n.entries {
		total += child.size()
	}
	return total
}

func (n *node) own(owner string) {
	n.owner = owner
	for _, child := range n.entries {
		child.own(owner)
	}
}

// below lists the names below a folder, deepest first, in a fixed order.
func (n *node) below() []half {
	var out []half
	for _, name := range sortedNames(n.entries) {
		child := n.entries[name]
		out = append(out, child.below()...)
		out = append(out, half{dir: n, name: name})
	}
	return out
}

func (n *node) info(name string) fs.FileInfo {
	mode := n.mode
	switch {
	case n.folder():
		mode |= fs.ModeDir
	case n.link != "":
		mode |= fs.ModeSymlink
	}
	return fileInfo{name: name, size: int64(len(n.data)), mode: mode, tick: n.tick}
}

type fileInfo struct {
	name string
	size int64
	mode fs.FileMode
	tick int64
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return time.Unix(i.tick, 0).UTC() }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }

// find returns the node at name. Links are not followed, neither at the end nor
// on the way.
func (d *Disk) find(op, name string) (*node, error) {
	n := d.root
	for _, part := range strings.Split(strings.Trim(clean(name), "/"), "/") {
		if part == "" {
			continue
		}
		if !n.folder() {
			return nil, pathError(op, name, syscall.ENOTDIR)
		}
		child, ok := n.entries[part]
		if !ok {
			return nil, pathError(op, name, fs.ErrNotExist)
		}
		n = child
	}
	return n, nil
}

func (d *Disk) file(op, name string) (*node, error) {
	n, err := d.find(op, name)
	if err != nil {
		return nil, err
	}
	if n.folder() || n.link != "" {
		return nil, pathError(op, name, errors.New("not a regular file"))
	}
	return n, nil
}

func (d *Disk) parent(op, name string) (*node, error) {
	n, err := d.find(op, path.Dir(clean(name)))
	if err == nil && !n.folder() {
		err = pathError(op, name, syscall.ENOTDIR)
	}
	return n, err
}

// vacant returns the folder of name, which must not exist.
func (d *Disk) vacant(op, name string) (*node, error) {
	parent, err := d.parent(op, name)
	if err != nil {
		return nil, err
	}
	if _, there := parent.entries[path.Base(clean(name))]; there {
		return nil, pathError(op, name, fs.ErrExist)
	}
	return parent, nil
}

func (d *Disk) fileSystem(name string) string {
	for p := clean(name); ; p = path.Dir(p) {
		if identity, ok := d.mounts[p]; ok {
			return identity
		}
	}
}

// change lets the running system see c, and notes that it is not durable.
func (d *Disk) change(c change) {
	for _, h := range c {
		set(h.dir.entries, h)
	}
	d.pending = append(d.pending, c)
}

func set(entries map[string]*node, h half) {
	if h.node == nil {
		delete(entries, h.name)
	} else {
		entries[h.name] = h.node
	}
}

// settle makes the names in dir durable.
func (d *Disk) settle(dir *node) {
	kept := d.pending[:0]
	for _, c := range d.pending {
		open := false
		for i := range c {
			if c[i].dir == dir && !c[i].done {
				set(dir.durable, c[i])
				c[i].done = true
			}
			open = open || !c[i].done
		}
		if open {
			kept = append(kept, c)
		}
	}
	d.pending = kept
}

// Crash returns the disk as it is found after a power loss. With seed 0 nothing
// that was not synced survives; any other seed lets a random part of it survive.
// The disk itself must not be used any more.
func (d *Disk) Crash(seed int64) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	dice := rand.New(rand.NewSource(seed)) //nolint:gosec // repeatable on purpose
	for _, c := range d.pending {
		if seed == 0 || dice.Intn(2) == 0 {
			continue
		}
		for _, h := range c {
			if !h.done {
				set(h.dir.durable, h)
			}
		}
	}
	after := &Disk{ticks: d.ticks, capacity: d.capacity, mounts: d.mounts}
	after.root = remains(d.root, seed, dice, map[*node]*node{})
	return after
}

// Killed returns the disk as the next process finds it when only the process
// died: everything survives, and what was not synced still is not.
func (d *Disk) Killed() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Disk{root: d.root, pending: d.pending, ticks: d.ticks, capacity: d.capacity, mounts: d.mounts}
}

// remains copies what is durable. A node with two names stays one node.
func remains(n *node, seed int64, dice *rand.Rand, seen map[*node]*node) *node {
	if there, ok := seen[n]; ok {
		return there
	}
	out := &node{link: n.link, mode: n.mode, owner: n.owner, tick: n.tick}
	seen[n] = out
	if n.folder() {
		out.entries, out.durable = map[string]*node{}, map[string]*node{}
		for _, name := range sortedNames(n.durable) {
			child := remains(n.durable[name], seed, dice, seen)
			out.entries[name], out.durable[name] = child, child
		}
		return out
	}
	out.data = n.synced
	if string(n.synced) != string(n.data) && seed != 0 {
		switch dice.Intn(3) {
		case 0:
			out.data = n.data
		case 1:
			out.data = n.data[:dice.Intn(len(n.data)+1)]
		}
	}
	out.data = append([]byte{}, out.data...)
	out.sync()
	return out
}

func sortedNames(m map[string]*node) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}
