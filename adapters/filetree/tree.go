// Package filetree reads the folders of projects. It never writes to them, and
// every access goes through an os.Root, so that no link, however it is swapped in
// between two calls, leads out of the folder that was registered.
package filetree

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// maxDepth bounds how deep folders are nested, since one is open for each level.
const maxDepth = 200

// Tree reads the machine's file system. The zero value is ready.
type Tree struct {
	// Exclude are folders that are passed over wherever a walk meets them, whatever
	// their name there: atocore's own data directory.
	Exclude []string
}

var _ ports.SourceTree = Tree{}

// Walk calls file for every file below root that no rule excludes, in path order.
// It holds the entries of one folder for each level, and nothing else.
func (t Tree) Walk(ctx context.Context, root string, file func(ports.SourceFile) error, skip func(domain.SkippedFile) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	top, err := openRoot(root)
	if err != nil {
		return err
	}
	defer func() { _ = top.Close() }()
	w := &walk{ctx: ctx, root: root, top: top, file: file, skip: skip}
	for _, path := range t.Exclude {
		if info, err := os.Stat(path); err == nil {
			w.exclude = append(w.exclude, info)
		}
	}
	return w.folder(top, "", newRules(), 0)
}

func openRoot(root string) (*os.Root, error) {
	top, err := os.OpenRoot(root)
	switch {
	case err == nil:
		return top, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, domain.Unavailable("%s does not exist", root).
			WithHint("mount its disk, or change the project's ingest roots")
	}
	if info, statErr := os.Stat(root); statErr == nil && !info.IsDir() {
		return nil, domain.Unavailable("%s is not a folder", root).
			WithHint("an ingest root is a folder; change the project's ingest roots")
	}
	return nil, domain.Unavailable("%s cannot be read", root).Because(cause(err)).
		WithHint("give this user the right to read it")
}

type walk struct {
	ctx  context.Context
	root string
	top  *os.Root
	file func(ports.SourceFile) error
	skip func(domain.SkippedFile) error

	exclude []fs.FileInfo
}

// folder walks one folder: here is open on it, dir is its path below the root, ""
// for the root itself.
func (w *walk) folder(here *os.Root, dir string, above *rules, depth int) error {
	if w.isExcluded(here) {
		return w.pass(cmp.Or(dir, "."), domain.SkipIgnored, "atocore's own data")
	}
	entries, err := list(here)
	var own *rules
	if err == nil {
		own, err = above.load(here, dir, entries)
	}
	if err != nil {
		if dir == "" {
			return domain.Unavailable("%s cannot be read", w.root).Because(cause(err)).
				WithHint("give this user the right to read it")
		}
		return w.pass(dir, domain.SkipUnreadable, cause(err).Error())
	}
	for _, entry := range entries {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if err := w.entry(here, dir, entry, own, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) isExcluded(here *os.Root) bool {
	if len(w.exclude) == 0 {
		return false
	}
	info, err := here.Stat(".")
	return err == nil && slices.ContainsFunc(w.exclude, func(e fs.FileInfo) bool { return os.SameFile(e, info) })
}

func (w *walk) entry(here *os.Root, dir string, entry fs.DirEntry, own *rules, depth int) error {
	name := entry.Name()
	full := path.Join(dir, name)
	if !utf8.ValidString(name) {
		return w.pass(full, domain.SkipInvalidUTF8, "its name is not UTF-8")
	}
	if rule := own.match(full, entry.IsDir()); rule != "" {
		return w.pass(full, domain.SkipIgnored, rule)
	}
	switch kind := entry.Type(); {
	case kind.IsDir():
		return w.enter(here, full, name, own, depth)
	case kind&fs.ModeSymlink != 0:
		if over := w.link(full); over != nil {
			return w.skip(*over)
		}
		return nil
	case !kind.IsRegular():
		return w.pass(full, domain.SkipSpecial, kind.String())
	}
	info, err := here.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // it vanished since the folder was listed
	case err != nil:
		return w.pass(full, domain.SkipUnreadable, cause(err).Error())
	case !info.Mode().IsRegular():
		return w.pass(full, domain.SkipUnreadable, "it was replaced while it was looked at")
	}
	return w.file(ports.SourceFile{Path: full, State: stateOf(info)})
}

func (w *walk) enter(here *os.Root, full, name string, own *rules, depth int) error {
	if depth >= maxDepth {
		return w.pass(full, domain.SkipUnreadable, "folders are nested too deep")
	}
	below, err := here.OpenRoot(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return w.pass(full, domain.SkipUnreadable, cause(err).Error())
	}
	defer func() { _ = below.Close() }()
	return w.folder(below, full, own, depth+1)
}

func (w *walk) pass(full string, reason domain.SkipReason, detail string) error {
	return w.skip(domain.SkippedFile{Path: strings.ToValidUTF8(full, "\uFFFD"), Reason: reason, Detail: detail})
}

// list returns the entries of a folder so that visiting them in turn, each folder
// with what is below it, gives the paths in order of their bytes.
func list(here *os.Root) ([]fs.DirEntry, error) {
	d, err := here.Open(".")
	if err != nil {
		return nil, err
	}
	entries, err := d.ReadDir(-1)
	if err := errors.Join(err, d.Close()); err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(sortKey(a), sortKey(b)) })
	return entries, nil
}

func sortKey(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

func stateOf(info fs.FileInfo) domain.FileState {
	return domain.FileState{Size: info.Size(), ModTime: info.ModTime().UTC()}
}

// cause returns what the system said, without the path, which is named beside it.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
