package registryjson

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Component is the registry as a part of the state that is backed up and restored.
type Component struct {
	registry *Registry
}

var _ ports.Component = (*Component)(nil)

// NewComponent returns the component of the registry at that place.
func NewComponent(c Config) *Component { return &Component{registry: New(c)} }

// projectsTable names the projects among the facts of a copy.
const projectsTable = "projects"

// Describe returns name and folder.
func (c *Component) Describe() domain.ComponentEntry {
	return domain.ComponentEntry{Name: "registry", Dir: "registry"}
}

// Places returns the one file there is.
func (c *Component) Places() []ports.Place {
	return []ports.Place{{Live: c.registry.path, Captured: FileName}}
}

// Capture copies the file as it is, with the form that a hand gave it; a write
// replaces it as a whole, so what is read is one state. Where there is no file
// the copy says that there are no projects: a restore then leaves none either.
// A registry that cannot be read is an error, not a backup.
func (c *Component) Capture(ctx context.Context, dir string, report func(done, total int64)) (domain.Captured, error) {
	var none domain.Captured
	if err := ctx.Err(); err != nil {
		return none, fmt.Errorf("capture registry: %w", err)
	}
	raw, err := os.ReadFile(c.registry.path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := c.registry.target(); err != nil {
			return none, err // a link that leads nowhere
		}
		raw = encode(nil)
	} else if err != nil {
		return none, domain.Unavailable("cannot read the project registry").Because(err).
			WithHint("it must be a file that this user may read")
	}
	projects, err := decode(filepath.Base(c.registry.path), raw)
	if err != nil {
		return none, err
	}
	if err := writeNew(filepath.Join(dir, FileName), raw); err != nil {
		return none, domain.Unavailable("cannot write the copy of the project registry").Because(err).
			WithHint("check free space and permissions of %s", dir)
	}
	if report != nil {
		report(int64(len(raw)), int64(len(raw)))
	}
	f, err := facts(projects)
	return domain.Captured{Facts: f}, err
}

func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// facts counts and sums up the projects. The encoding of a project is documented
// in docs/backup-format.md.
func facts(projects []domain.Project) (domain.ComponentFacts, error) {
	var sum domain.RowSum
	for _, p := range projects {
		values := []any{p.Name, p.Description, int64(len(p.Aliases))}
		for _, a := range p.Aliases {
			values = append(values, a)
		}
		values = append(values, int64(len(p.IngestRoots)))
		for _, r := range p.IngestRoots {
			values = append(values, r.Path, r.Label)
		}
		var row []byte
		for _, v := range values {
			var err error
			if row, err = domain.AppendValue(row, v); err != nil {
				return domain.ComponentFacts{}, err
			}
		}
		sum.Add(row)
	}
	return domain.ComponentFacts{Tables: []domain.TableDigest{
		{Name: projectsTable, Rows: sum.Rows(), Digest: sum.String()},
	}}, nil
}

// Verify reads a captured registry as strictly as a live one and compares counts
// and digest.
func (c *Component) Verify(ctx context.Context, dir string, want domain.ComponentEntry) ([]domain.Fault, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("verify registry: %w", err)
	}
	fault := func(kind domain.FaultKind, expected, found string) []domain.Fault {
		return []domain.Fault{{Kind: kind, File: FileName, Expected: expected, Found: found}}
	}
	raw, err := os.ReadFile(filepath.Join(dir, FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return fault(domain.FaultMissing, "a registry", "nothing"), nil
	}
	if err != nil {
		return nil, fmt.Errorf("verify registry: %w", err)
	}
	projects, err := decode(FileName, raw)
	if err != nil {
		return fault(domain.FaultIntegrity, "a readable registry", err.Error()), nil
	}
	found, err := facts(projects)
	if err != nil {
		return nil, fmt.Errorf("verify registry: %w", err)
	}
	for _, w := range want.Facts.Tables {
		if w.Name != projectsTable {
			return fault(domain.FaultContent, "table "+w.Name, "no such table"), nil
		}
		if f := found.Tables[0]; f != w {
			return fault(domain.FaultContent, fmt.Sprintf("%d projects with the content %s", w.Rows, w.Digest),
				fmt.Sprintf("%d projects with the content %s", f.Rows, f.Digest)), nil
		}
	}
	return nil, nil
}

// Users returns nothing: no process keeps the file open, and a write replaces it.
func (c *Component) Users(context.Context) ([]domain.Holder, error) { return nil, nil }

// Losses names the projects that are registered now and not in the copy, and
// those that are registered differently.
func (c *Component) Losses(ctx context.Context, dir string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("compare with the present registry: %w", err)
	}
	live, err := c.registry.read()
	if err != nil {
		return []string{fmt.Sprintf("the present registry cannot be read, so what it holds beyond this backup is not known: %v", err)}, nil
	}
	raw, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		return nil, fmt.Errorf("compare with the present registry: %w", err)
	}
	copied, err := decode(FileName, raw)
	if err != nil {
		return nil, fmt.Errorf("compare with the present registry: %w", err)
	}
	return differences(live, clone(copied)), nil
}
