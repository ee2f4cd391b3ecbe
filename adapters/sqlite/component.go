package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Component is the database as a part of the state that is backed up and
// restored. It works on the path of the database with connections of its own, so
// that it serves a process that has no store open, and a stopped installation.
type Component struct {
	path string
}

// ComponentConfig says where the database is.
type ComponentConfig struct {
	Path string // absolute path of the live database; it need not exist
}

// NewComponent returns the component of the database at that path.
func NewComponent(c ComponentConfig) *Component { return &Component{path: c.Path} }

const (
	componentName = "sqlite"
	componentDir  = "db"
	capturedName  = FileName
)

// sidecars are the endings of the files in which SQLite keeps, next to a
// database, what is not in it yet.
var sidecars = []string{"-wal", "-shm", "-journal"}

// Describe returns name and folder.
func (c *Component) Describe() domain.ComponentEntry {
	return domain.ComponentEntry{Name: componentName, Dir: componentDir}
}

// Places returns the database and its sidecars.
func (c *Component) Places() []ports.Place {
	var places []ports.Place
	for _, s := range sidecars {
		places = append(places, ports.Place{Live: c.path + s})
	}
	return append(places, ports.Place{Live: c.path, Captured: capturedName, Last: true})
}

// openLive opens the live database without ever creating it and without leaving
// or taking away anything beside it.
//
// A connection that may write removes the sidecars when it is the last to close,
// and moves their content into the database; one that may only read leaves behind
// those that it had to make. So: where a -wal exists it is only read, and where
// none does nothing can be moved.
func (c *Component) openLive(ctx context.Context) (*sql.DB, error) {
	info, err := os.Stat(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, domain.Unavailable("there is no database at %s yet", c.path).
			WithHint("it is made when atocore is first used")
	}
	if err != nil {
		return nil, fmt.Errorf("look at the database: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, domain.Corrupt("%s is not a file", c.path)
	}
	mode := "rw"
	if _, err := os.Stat(c.path + "-wal"); err == nil {
		mode = "ro"
	}
	return openPath(ctx, c.path, url.Values{"mode": {mode}, "_busy_timeout": {"5000"}})
}

// openCopy opens a captured database, which nobody writes to, without locks and
// without sidecars.
func openCopy(ctx context.Context, path string) (*sql.DB, error) {
	return openPath(ctx, path, url.Values{"mode": {"ro"}, "immutable": {"1"}, "_query_only": {"1"}})
}

// openPath opens the database and reads from it, so that an error shows here.
func openPath(ctx context.Context, path string, params url.Values) (*sql.DB, error) {
	db, err := sql.Open(driverName, fileURI(path, params))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxIdleConns(16)
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return db, nil
}
