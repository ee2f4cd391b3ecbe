package chroma

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Component is the persistence tree of a Chroma server, on this machine, as a part
// of the state that is backed up and restored. It is derived: a backup without it
// is whole, and its index is made again from the text.
type Component struct {
	tree    string
	answers func(ctx context.Context) (place string, err error)
}

// ComponentConfig says where the tree is.
type ComponentConfig struct {
	PersistDir string // absolute; "" when it is not known: then there is nothing to capture
	// Answers returns where the server answers now, "" when it does not; nil when
	// there is none.
	Answers func(ctx context.Context) (place string, err error)
}

// NewComponent returns the component of that tree.
func NewComponent(c ComponentConfig) *Component {
	return &Component{tree: c.PersistDir, answers: c.Answers}
}

const (
	componentName = "chroma"
	databaseName  = "chroma.sqlite3" // of Chroma's own database within the tree
)

var _ ports.Component = (*Component)(nil)

// Describe returns name and folder.
func (c *Component) Describe() domain.ComponentEntry {
	return domain.ComponentEntry{Name: componentName, Dir: componentName, Derived: true}
}

// Places returns the tree, as far as it is known.
func (c *Component) Places() []ports.Place {
	if c.tree == "" {
		return nil
	}
	return []ports.Place{{Live: c.tree, Captured: filepath.Base(c.tree), Folder: true, Last: true}}
}

// source is a file of the live tree as it was copied.
type source struct {
	info fs.FileInfo
	sum  string
}

// Capture copies the tree cold: nobody of this program writes to it meanwhile, and
// whoever else does is found out. The SQLite file is copied as a database, by
// SQLite, in a read transaction that is held to the end; every other file is
// copied, and read once more when all are copied. A tree that changed while it was
// copied is KindConflict.
func (c *Component) Capture(ctx context.Context, dir string, report func(done, total int64)) (domain.Captured, error) {
	if c.tree == "" {
		return domain.Captured{}, domain.Unavailable("the vector index was not captured, because chroma.persist_dir is not set").
			WithHint("it is rebuilt from the text after a restore")
	}
	files, total, err := list(c.tree)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(files) == 0 {
		return domain.Captured{}, domain.Unavailable("there is no Chroma tree at %s yet", c.tree)
	}
	if err != nil {
		return domain.Captured{}, fmt.Errorf("capture chroma: %w", err)
	}
	if _, ok := files[databaseName]; !ok {
		return domain.Captured{}, domain.Corrupt("%s is not the folder of a Chroma server: it holds no %s", c.tree, databaseName).
			WithHint("correct chroma.persist_dir")
	}
	facts, err := c.capture(ctx, filepath.Join(dir, filepath.Base(c.tree)), files, total, report)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return domain.Captured{}, fmt.Errorf("capture chroma: %w", err)
	}
	return domain.Captured{Facts: facts}, nil
}

func (c *Component) capture(ctx context.Context, to string, files map[string]source, total int64, report func(done, total int64)) (facts domain.ComponentFacts, err error) {
	if err := os.Mkdir(to, 0o700); err != nil {
		return facts, err
	}
	db, err := freeze(ctx, filepath.Join(c.tree, databaseName))
	if err != nil {
		return facts, err
	}
	defer func() { err = errors.Join(err, db.release()) }()
	var done int64
	tell := func(n int64) {
		if done += n; report != nil {
			report(min(done, total), total)
		}
	}
	for _, name := range sorted(files) {
		target := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return facts, err
		}
		if isDatabase(name) {
			if err := db.copyTo(ctx, target); err != nil {
				return facts, err
			}
			tell(files[name].info.Size())
			continue
		}
		from := filepath.Join(c.tree, filepath.FromSlash(name))
		s := files[name]
		if s.sum, err = copyFile(ctx, from, target, tell); err != nil {
			return facts, changedBecause(name, err)
		}
		files[name] = s
	}
	if err := c.unchanged(ctx, files, db); err != nil {
		return facts, err
	}
	return factsOf(ctx, filepath.Join(to, databaseName))
}

// unchanged makes sure that the live tree still is what was copied.
func (c *Component) unchanged(ctx context.Context, files map[string]source, db *frozen) error {
	now, _, err := list(c.tree)
	if err != nil {
		return err
	}
	for name := range now {
		if _, known := files[name]; !known {
			return changed(name)
		}
	}
	for name, was := range files {
		is, there := now[name]
		if !there {
			return changed(name)
		}
		if isDatabase(name) {
			continue
		}
		if is.info.Size() != was.info.Size() || !is.info.ModTime().Equal(was.info.ModTime()) {
			return changed(name)
		}
		sum, err := copyFile(ctx, filepath.Join(c.tree, filepath.FromSlash(name)), "", func(int64) {})
		if err != nil {
			return changedBecause(name, err)
		}
		if sum != was.sum {
			return changed(name)
		}
	}
	return db.unchanged(ctx)
}

func changed(name string) *domain.Error {
	return domain.Conflict("the Chroma tree changed while it was copied: %s", name).
		WithHint("keep other programs from writing to that server meanwhile, or leave the index out with --no-chroma")
}

// changedBecause tells a file that vanished from one that cannot be read.
func changedBecause(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return changed(name)
	}
	return err
}

// list returns the files of the tree, by path with forward slashes, and their
// size. What SQLite keeps beside its database belongs to that.
func list(tree string) (map[string]source, int64, error) {
	files := map[string]source{}
	var total int64
	err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(tree, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return domain.Corrupt("%s in the Chroma tree is neither a file nor a folder", rel)
		case strings.HasPrefix(rel, databaseName+"-"):
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files[rel] = source{info: info}
		total += info.Size()
		return nil
	})
	return files, total, err
}

// isDatabase tells by the name, because opening and closing a database as a plain
// file would drop the locks of a runtime in this process.
func isDatabase(name string) bool { return name == databaseName }

func sorted(files map[string]source) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// copyFile copies a file in pieces, or only reads it when to is "", and returns
// the hash of what it read.
func copyFile(ctx context.Context, from, to string, tell func(n int64)) (sum string, err error) {
	in, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer in.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	var out io.Writer = h
	if to != "" {
		f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = io.MultiWriter(h, f)
	}
	buf := make([]byte, 1<<20)
	first := true
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, rerr := in.Read(buf)
		if first && strings.HasPrefix(string(buf[:min(n, 16)]), "SQLite format 3\x00") {
			return "", domain.Corrupt("%s is a database that this version does not know of", from).
				WithHint("update atocore, or leave the index out with --no-chroma")
		}
		first = false
		if _, err := out.Write(buf[:n]); err != nil {
			return "", err
		}
		tell(int64(n))
		if errors.Is(rerr, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if rerr != nil {
			return "", rerr
		}
	}
}

// Losses returns nothing: what a restore takes from a derived component is made
// again from the text.
func (c *Component) Losses(context.Context, string) ([]string, error) { return nil, nil }
