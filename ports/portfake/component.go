package portfake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Component keeps lines of text in a file on a Disk, in the manner of one of the
// real components. Make it with NewDatabase, NewRegistry or NewTree.
type Component struct {
	// Fail is called at the start of Capture, Verify, Users and Losses with a name
	// such as "component.capture"; what it returns is returned. It may be nil.
	Fail func(op string) error

	disk    ports.Disk
	entry   domain.ComponentEntry
	live    string // file or folder
	tree    bool
	sidecar bool

	mu      sync.Mutex
	holders []domain.Holder
}

var _ ports.Component = (*Component)(nil)

// treeFiles are what a tree consists of; every line is in one of them.
var treeFiles = []string{"segments/one", "segments/two"} //nolint:gochecknoglobals // a constant

// NewDatabase returns a component in the manner of SQLite: home/atocore.db, with a
// log beside it whose lines ("+line", "-line") are part of the content ("-wal"),
// and a journal whose content takes the place of the file's ("-journal").
func NewDatabase(disk ports.Disk, home string) *Component {
	return &Component{
		disk: disk, entry: domain.ComponentEntry{Name: "sqlite", Dir: "db"},
		live: filepath.Join(home, "atocore.db"), sidecar: true,
	}
}

// NewRegistry returns a component in the manner of the registry: home/projects.json.
func NewRegistry(disk ports.Disk, home string) *Component {
	return &Component{
		disk: disk, entry: domain.ComponentEntry{Name: "registry", Dir: "registry"},
		live: filepath.Join(home, "projects.json"),
	}
}

// NewTree returns a derived component in the manner of a Chroma tree: the folder
// home/chroma.
func NewTree(disk ports.Disk, home string) *Component {
	return &Component{
		disk: disk, entry: domain.ComponentEntry{Name: "chroma", Dir: "chroma", Derived: true},
		live: filepath.Join(home, "chroma"), tree: true,
	}
}

// Hold makes Users return these holders.
func (c *Component) Hold(holders ...domain.Holder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holders = holders
}

// Describe returns name, folder and whether it is derived.
func (c *Component) Describe() domain.ComponentEntry { return c.entry }

// Places returns the file or folder and, for a database, its sidecars.
func (c *Component) Places() []ports.Place {
	var out []ports.Place
	if c.sidecar {
		for _, suffix := range []string{"-wal", "-shm", "-journal"} {
			out = append(out, ports.Place{Live: c.live + suffix})
		}
	}
	return append(out, ports.Place{
		Live: c.live, Captured: filepath.Base(c.live), Folder: c.tree, Last: c.sidecar,
	})
}

// Capture writes the content, the log's included, into dir.
func (c *Component) Capture(ctx context.Context, dir string, report func(done, total int64)) (domain.Captured, error) {
	if err := begin(ctx, c.Fail, "component.capture"); err != nil {
		return domain.Captured{}, err
	}
	lines, err := c.lines(c.live)
	if errors.Is(err, fs.ErrNotExist) {
		return domain.Captured{}, domain.Unavailable("%s has no state yet", c.entry.Name)
	}
	if err != nil {
		return domain.Captured{}, err
	}
	content := render(lines)
	to := filepath.Join(dir, filepath.Base(c.live))
	if c.tree {
		if err := c.disk.Mkdir(to); err != nil {
			return domain.Captured{}, err
		}
		if err := c.disk.Mkdir(filepath.Join(to, "segments")); err != nil {
			return domain.Captured{}, err
		}
		half := len(lines) / 2
		for i, part := range [][]string{lines[:half], lines[half:]} {
			if err := c.disk.WriteFile(filepath.Join(to, treeFiles[i]), []byte(render(part)), 0o600); err != nil {
				return domain.Captured{}, err
			}
		}
	} else if err := c.disk.WriteFile(to, []byte(content), 0o600); err != nil {
		return domain.Captured{}, err
	}
	got := domain.Captured{Facts: factsOf(lines)}
	if c.sidecar { // as the database does
		sum := sha256.Sum256([]byte(content))
		got.Hashed = []domain.FileEntry{{Path: filepath.Base(c.live), Mode: 0o600, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}}
	}
	if report != nil {
		report(int64(len(content)), int64(len(content)))
	}
	return got, nil
}

// Verify compares lines and facts.
func (c *Component) Verify(ctx context.Context, dir string, want domain.ComponentEntry) ([]domain.Fault, error) {
	if err := begin(ctx, c.Fail, "component.verify"); err != nil {
		return nil, err
	}
	name := filepath.Base(c.live)
	file := name
	if c.tree {
		file = name + "/" + treeFiles[0]
	}
	lines, err := c.stored(filepath.Join(dir, name))
	switch {
	case errors.Is(err, ErrStopped):
		return nil, err
	case errors.Is(err, fs.ErrNotExist):
		return []domain.Fault{{Kind: domain.FaultMissing, File: file, Expected: "a file", Found: "nothing"}}, nil
	case errors.Is(err, errGarbled):
		return []domain.Fault{{Kind: domain.FaultIntegrity, File: file, Expected: "lines", Found: "something else"}}, nil
	case err != nil:
		return nil, err
	}
	have := factsOf(lines)
	if fmt.Sprint(have.Tables) != fmt.Sprint(want.Facts.Tables) {
		return []domain.Fault{{
			Kind: domain.FaultContent, File: file,
			Expected: fmt.Sprint(want.Facts.Tables), Found: fmt.Sprint(have.Tables),
		}}, nil
	}
	return nil, nil
}

// Users returns what Hold was given.
func (c *Component) Users(ctx context.Context) ([]domain.Holder, error) {
	if err := begin(ctx, c.Fail, "component.users"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]domain.Holder(nil), c.holders...), nil
}

// Losses names the lines that are live and not in the copy.
func (c *Component) Losses(ctx context.Context, dir string) ([]string, error) {
	if err := begin(ctx, c.Fail, "component.losses"); err != nil {
		return nil, err
	}
	now, err := c.lines(c.live)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return []string{c.entry.Name + ": the live state cannot be read: " + err.Error()}, nil
	}
	then, err := c.stored(filepath.Join(dir, filepath.Base(c.live)))
	if err != nil {
		return nil, err
	}
	kept := map[string]bool{}
	for _, line := range then {
		kept[line] = true
	}
	var out []string
	for _, line := range now {
		if !kept[line] {
			out = append(out, fmt.Sprintf("%s: %q is newer than this backup", c.entry.Name, line))
		}
	}
	return out, nil
}

// View returns the lines that somebody who opens the live state would see, the log
// and journal beside a database included; ok is false when there is none.
func (c *Component) View() (lines []string, ok bool, err error) {
	lines, err = c.lines(c.live)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return lines, err == nil, err
}

// lines reads the content as the program would: a journal first, then the log.
func (c *Component) lines(at string) ([]string, error) {
	out, err := c.stored(at)
	if err != nil || !c.sidecar {
		return out, err
	}
	if hot, jerr := c.stored(at + "-journal"); jerr == nil {
		out = hot
	} else if !errors.Is(jerr, fs.ErrNotExist) {
		return nil, jerr
	}
	data, err := c.disk.ReadFile(at + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Fields(string(data)) {
		if text, ok := strings.CutPrefix(line, "-"); ok {
			kept := out[:0:0]
			for _, o := range out {
				if o != text {
					kept = append(kept, o)
				}
			}
			out = kept
		} else {
			out = append(out, strings.TrimPrefix(line, "+"))
		}
	}
	return out, nil
}

var errGarbled = errors.New("fake: not a file of this component")

const header = "fake component"

func (c *Component) stored(at string) ([]string, error) {
	files := []string{at}
	if c.tree {
		files = []string{filepath.Join(at, treeFiles[0]), filepath.Join(at, treeFiles[1])}
	}
	out := []string{}
	for _, file := range files {
		data, err := c.disk.ReadFile(file)
		if err != nil {
			return nil, err
		}
		rest, ok := strings.CutPrefix(string(data), header+"\n")
		if !ok {
			return nil, errGarbled
		}
		out = append(out, strings.Fields(rest)...)
	}
	return out, nil
}

// ComponentFile returns the content of a file that holds these lines.
func ComponentFile(lines ...string) string { return render(lines) }

func render(lines []string) string {
	return header + "\n" + strings.Join(append(append([]string{}, lines...), ""), "\n")
}

func factsOf(lines []string) domain.ComponentFacts {
	sorted := append([]string{}, lines...)
	sort.Strings(sorted)
	return domain.ComponentFacts{Tables: []domain.TableDigest{
		{Name: "lines", Rows: int64(len(lines)), Digest: sum([]byte(render(sorted)))},
	}}
}
