package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// makeNew makes a database at path, which does not exist. It is built aside and
// appears whole or not at all, so that a crash never leaves an empty file that
// looks like a healthy, empty store. When another process is faster, its database
// is the one that stays.
func makeNew(ctx context.Context, path string) (err error) {
	for _, sidecar := range []string{"-wal", "-journal"} {
		if info, statErr := os.Stat(path + sidecar); statErr == nil && info.Size() > 0 {
			return domain.Corrupt("the database %s is gone, but %s is still there and may hold data", path, path+sidecar).
				WithHint("put the database back, or %s", restoreHint)
		}
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unwritable(dir, err)
	}
	prefix := "." + filepath.Base(path) + ".new-"
	aside, err := os.MkdirTemp(dir, prefix)
	if err != nil {
		return unwritable(dir, err)
	}
	sweep(dir, prefix)
	defer func() {
		if rmErr := os.RemoveAll(aside); err == nil && rmErr != nil {
			err = fmt.Errorf("clear up after making the database: %w", rmErr)
		}
	}()
	fresh := filepath.Join(aside, filepath.Base(path))
	if err := build(ctx, fresh); err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	if err := publish(fresh, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make database: %w", err)
	}
	return syncDir(dir)
}

// leftoverAge is the age from which a folder in which a database was being made is
// taken for one whose process was killed. Making one takes less than a second.
const leftoverAge = time.Hour

// sweep removes such folders. It only tidies up: what it cannot remove stays.
func sweep(dir, prefix string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > leftoverAge {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// build makes a whole, closed database with the newest schema.
func build(ctx context.Context, path string) (err error) {
	// SQLite gives its sidecars the mode of the database: make it first.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	db, err := connect(ctx, dsn(path, maker), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return migrate(ctx, db, NewestSchema)
}

// publish gives the file its final name, which must not exist yet: fs.ErrExist.
// The link is what makes that certain; where a file system has none, the look
// before the rename has to do.
func publish(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, statErr := os.Lstat(to); statErr == nil {
		return &os.PathError{Op: "publish", Path: to, Err: fs.ErrExist}
	}
	return os.Rename(from, to)
}

func unwritable(dir string, err error) error {
	return domain.Unavailable("cannot write to the folder %s", dir).Because(err).
		WithHint("check data_dir, and that the user that runs atocore may write there")
}
