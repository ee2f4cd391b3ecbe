package chroma

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/atocore/atocore/domain"
)

// segmentFiles are what Chroma keeps of a graph.
var segmentFiles = []string{"header.bin", "data_level0.bin", "length.bin", "link_lists.bin"}

// Verify looks into a captured tree: its database, the ids in it, and whether every
// graph that the database speaks of is there.
func (c *Component) Verify(ctx context.Context, dir string, want domain.ComponentEntry) ([]domain.Fault, error) {
	tree := c.captured(want)
	name := path.Join(tree, databaseName)
	file := filepath.Join(dir, tree, databaseName)
	if _, err := os.Stat(file); err != nil {
		return []domain.Fault{{Kind: domain.FaultMissing, File: name, Expected: "Chroma's database", Found: "nothing"}}, nil
	}
	db, err := openCopy(ctx, file)
	if err != nil {
		return broken(ctx, name, err)
	}
	faults, err := verify(ctx, db, dir, tree, want)
	if cerr := db.Close(); err == nil && cerr != nil {
		return faults, cerr
	}
	if err != nil {
		more, err := broken(ctx, name, err)
		return append(faults, more...), err
	}
	return faults, nil
}

// captured returns the name of the tree in a backup: that of the folder which was
// captured, wherever it is to go now.
func (c *Component) captured(want domain.ComponentEntry) string {
	for _, f := range want.Files {
		if rest, ok := strings.CutPrefix(f.Path, want.Dir+"/"); ok {
			name, _, _ := strings.Cut(rest, "/")
			return name
		}
	}
	return filepath.Base(c.tree)
}

// broken makes a fault of what SQLite says of a damaged file.
func broken(ctx context.Context, name string, err error) ([]domain.Fault, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return []domain.Fault{{Kind: domain.FaultIntegrity, File: name, Expected: "a sound database", Found: err.Error()}}, nil
}

func verify(ctx context.Context, db *sql.DB, dir, tree string, want domain.ComponentEntry) ([]domain.Fault, error) {
	name := path.Join(tree, databaseName)
	var faults []domain.Fault
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); err != nil {
		return nil, err
	}
	if said != "ok" {
		faults = append(faults, domain.Fault{Kind: domain.FaultIntegrity, File: name, Expected: "a sound database", Found: said})
	}
	facts, err := factsOf(ctx, filepath.Join(dir, tree, databaseName))
	if err != nil {
		return faults, err
	}
	if want.Facts.Vectors != nil && *facts.Vectors != *want.Facts.Vectors {
		faults = append(faults, domain.Fault{
			Kind: domain.FaultContent, File: name,
			Expected: fmt.Sprintf("%d ids with digest %s", want.Facts.Vectors.Count, want.Facts.Vectors.Digest),
			Found:    fmt.Sprintf("%d ids with digest %s", facts.Vectors.Count, facts.Vectors.Digest),
		})
	}
	missing, err := missingSegments(ctx, db, dir, tree)
	return append(faults, missing...), err
}

// missingSegments returns the graphs that are not in the tree although the
// database holds what they were made from no more.
func missingSegments(ctx context.Context, db *sql.DB, dir, tree string) (faults []domain.Fault, err error) {
	rows, err := db.QueryContext(ctx, `SELECT s.id FROM segments s JOIN max_seq_id m ON m.segment_id = s.id
WHERE s.scope = 'VECTOR' ORDER BY s.id`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return faults, err
		}
		for _, file := range segmentFiles {
			name := path.Join(tree, id, file)
			if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil || !info.Mode().IsRegular() {
				faults = append(faults, domain.Fault{Kind: domain.FaultMissing, File: name, Expected: "a file of a vector segment", Found: "nothing"})
			}
		}
	}
	return faults, rows.Err()
}

// Users returns the server while it answers, and other processes that have files
// of the tree open, as far as the system tells.
func (c *Component) Users(ctx context.Context) ([]domain.Holder, error) {
	if c.tree == "" {
		return nil, nil
	}
	var holders []domain.Holder
	if c.answers != nil {
		place, err := c.answers(ctx)
		if err != nil {
			return nil, err
		}
		if place != "" {
			holders = append(holders, domain.Holder{What: "the Chroma server at " + place})
		}
	}
	return append(holders, openedBy(c.tree)...), nil
}
