package portfake

import (
	"path"
	"strings"
)

// Put writes a file with the folders above it, all of it durable, without a call
// that Fail sees. It sets the scene of a test.
func (d *Disk) Put(name, content string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir := d.folders(path.Dir(clean(name)))
	n := &node{data: []byte(content), mode: 0o600, tick: d.tick()}
	n.sync()
	dir.entries[path.Base(clean(name))] = n
	dir.durable[path.Base(clean(name))] = n
}

// PutFolder makes a folder with the folders above it, all of it durable.
func (d *Disk) PutFolder(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.folders(clean(name))
}

// Link makes a symbolic link.
func (d *Disk) Link(target, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	parent, err := d.vacant("symlink", name)
	if err != nil {
		return err
	}
	d.change(change{{dir: parent, name: path.Base(clean(name)), node: &node{link: target, mode: 0o777}}})
	return nil
}

// Own sets the owner of an existing file or folder alone.
func (d *Disk) Own(name, owner string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find("chown", name)
	if err == nil {
		n.owner = owner
	}
	return err
}

// OwnerOf returns the owner, "" for none and for what does not exist.
func (d *Disk) OwnerOf(name string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find("stat", name)
	if err != nil {
		return ""
	}
	return n.owner
}

// Peek returns the content of a file and whether there is one, without a call
// that Fail sees.
func (d *Disk) Peek(name string) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.file("peek", name)
	if err != nil {
		return "", false
	}
	return string(n.data), true
}

// Tree returns every file below a folder with its content, and every empty folder
// with a slash at its end, without a call that Fail sees.
func (d *Disk) Tree(name string) map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]string{}
	if n, err := d.find("tree", name); err == nil {
		n.collect("", out)
	}
	return out
}

func (n *node) collect(at string, out map[string]string) {
	if !n.folder() {
		out[strings.TrimPrefix(at, "/")] = string(n.data)
		return
	}
	if len(n.entries) == 0 && at != "" {
		out[strings.TrimPrefix(at, "/")+"/"] = ""
	}
	for name, child := range n.entries {
		child.collect(at+"/"+name, out)
	}
}

func (d *Disk) folders(name string) *node {
	n := d.root
	for _, part := range strings.Split(strings.Trim(name, "/"), "/") {
		if part == "" {
			continue
		}
		child, ok := n.entries[part]
		if !ok {
			child = newFolder()
			n.entries[part], n.durable[part] = child, child
		}
		n = child
	}
	return n
}
