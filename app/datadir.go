package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
)

// The entries of a data directory that tell what it is.
const (
	databaseFile = sqlite.FileName
	imageFile    = "engine.cache"
	registryFile = registryjson.FileName
	journalFile  = "restore.json"
)

// dataDir is what a data directory holds.
type dataDir struct {
	path     string
	exists   bool
	database bool   // atocore.db is there
	evidence string // without a database: what shows that there was one
}

// fresh tells whether a new database may be made here.
func (d dataDir) fresh() bool { return !d.database && d.evidence == "" }

// look finds out what the data directory holds, and changes nothing.
func look(s *configs.Settings) (dataDir, error) {
	d := dataDir{path: s.DataDir}
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d, nil
	case errors.Is(err, syscall.ENOTDIR), err == nil && !info.IsDir():
		return d, located(domain.Invalid("data_dir = %q is or lies below a file", d.path).
			WithField("data_dir").WithHint("name a folder"), s)
	case err != nil:
		return d, unusable(d.path, err)
	}
	d.exists = true
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return d, unusable(d.path, err)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case name == databaseFile:
			d.database = true
		case name == registryFile, name == journalFile, name == imageFile, name == "chroma",
			strings.HasPrefix(name, databaseFile+"-"), strings.HasPrefix(name, ".restore-parked"),
			name == "backups" && !empty(filepath.Join(d.path, name)):
			d.evidence = name
		}
	}
	if !d.database && d.evidence != "" {
		// Another process may have made the database, and then the registry, while
		// the folder was being read.
		_, err := os.Lstat(filepath.Join(d.path, databaseFile))
		d.database = err == nil
	}
	return d, nil
}

func empty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

// check refuses a data directory that has lost its database: a new, empty one
// would look healthy and hide the loss.
func (d dataDir) check() error {
	if d.database || d.evidence == "" {
		return nil
	}
	return domain.Corrupt("%s holds %s but no %s: the database is missing", d.path, d.evidence, databaseFile).
		WithHint("restore it (atocore backup list, then: atocore backup restore latest --confirm-service-stopped),\n"+
			"or put the file back, or move %s away to begin anew", d.path)
}

// missing is the error of a command that has no use for an empty data directory.
func (d dataDir) missing() error {
	what := "does not exist"
	if d.exists {
		what = "holds no database"
	}
	return domain.NotFound("the data directory %s %s", d.path, what).WithField("data_dir").
		WithHint("begin with: atocore project add NAME FOLDER, or name another with --data-dir")
}

// make makes the folder, readable by its owner alone.
func (d dataDir) make() error {
	if err := os.MkdirAll(d.path, 0o700); err != nil {
		return unusable(d.path, err)
	}
	return nil
}

func unusable(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		path, err = p.Path, p.Err
	}
	return domain.Unavailable("the data directory cannot be used: %s", path).WithField("data_dir").Because(err).
		WithHint("it must be a folder that this user can read and write")
}
