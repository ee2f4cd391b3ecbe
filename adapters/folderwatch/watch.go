// Package folderwatch notices changes below folders by what the operating system
// tells: inotify, kqueue, ReadDirectoryChangesW, by way of fsnotify. These tell of
// one folder at a time, so every folder of a tree is watched by itself.
package folderwatch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// DefaultMost is how many folders below a root are watched at most. A system gives
// each user a number of watches; others want some, too.
const DefaultMost = 4096

// Config says what to pass over. Its zero value works.
type Config struct {
	Most int // folders below one root; 0 means DefaultMost
}

// Watch watches folders.
type Watch struct{ most int }

var _ ports.FolderWatch = Watch{}

// New returns it.
func New(c Config) Watch {
	if c.Most <= 0 {
		c.Most = DefaultMost
	}
	return Watch{c.Most}
}

// restless are folders whose content changes all the time and is ingested by
// nobody. Others that are ignored cost a refresh that finds nothing.
var restless = map[string]bool{
	".git": true, ".hg": true, ".svn": true, ".jj": true, "node_modules": true, "bower_components": true,
	"__pycache__": true, ".venv": true, ".cache": true, ".gradle": true, ".terraform": true, ".next": true, ".nuxt": true,
	".mypy_cache": true, ".pytest_cache": true, ".ruff_cache": true, ".tox": true, ".Trash": true,
}

// Watch watches the tree below root.
func (w Watch) Watch(ctx context.Context, root string, changed func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// fsnotify does not follow a link at the end of a path everywhere.
	resolved, err := filepath.EvalSymlinks(root)
	if err != nil {
		return unwatched(root, err)
	}
	info, err := os.Stat(resolved)
	if err == nil && !info.IsDir() {
		err = errors.New("it is not a folder")
	}
	if err != nil {
		return unwatched(root, err)
	}
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return unwatched(root, err)
	}
	defer func() { _ = n.Close() }()
	t := &tree{notifier: n, root: resolved, most: w.most}
	if err := t.add(resolved); err != nil {
		return unwatched(root, err)
	}
	changed()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-n.Events:
			if !ok {
				return unwatched(root, errors.New("the system ended the watch"))
			}
			if err := t.seen(e); err != nil {
				return unwatched(root, err)
			}
			// Permissions and times alone: a backup program or an indexer went by.
			if e.Op != fsnotify.Chmod {
				changed()
			}
		case err, ok := <-n.Errors:
			if ok && errors.Is(err, fsnotify.ErrEventOverflow) {
				changed() // more than the system could tell
				continue
			}
			return unwatched(root, err)
		}
	}
}

type tree struct {
	notifier *fsnotify.Watcher
	root     string
	most     int
}

// seen follows what happens to folders.
func (t *tree) seen(e fsnotify.Event) error {
	if e.Name == t.root && e.Has(fsnotify.Remove|fsnotify.Rename) {
		return errors.New("it was removed or renamed")
	}
	if !e.Has(fsnotify.Create) {
		return nil // a folder that is gone is let go of by the system
	}
	info, err := os.Lstat(e.Name)
	if err != nil || !info.IsDir() {
		return nil // gone again, or a file
	}
	return t.add(e.Name)
}

// add watches a folder and all below it. What is created meanwhile is either seen
// by the walk or told by the watch, which stands before the folder is read.
func (t *tree) add(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			if path == t.root {
				return err
			}
			return nil // what cannot be read is not ingested either
		}
		if !e.IsDir() {
			return nil
		}
		if path != t.root && restless[e.Name()] {
			return filepath.SkipDir
		}
		if len(t.notifier.WatchList()) >= t.most {
			return errors.New("it has too many folders to be watched")
		}
		err = t.notifier.Add(path)
		if errors.Is(err, fs.ErrNotExist) && path != t.root {
			return filepath.SkipDir
		}
		return err
	})
}

func unwatched(root string, err error) error {
	if err == nil {
		err = errors.New("the system ended the watch")
	}
	return domain.Unavailable("%s cannot be watched", root).Because(err)
}
