package sqlite

import (
	"context"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Catalog finds passages by where they stand.
type Catalog struct{ s *Store }

var _ ports.PassageCatalog = (*Catalog)(nil)

// Catalog returns the catalog of passages.
func (s *Store) Catalog() *Catalog { return &Catalog{s} }

// The end of the path is compared as text: LIKE would take characters of a path
// for wildcards and letters of either case for the same.
const (
	catalogAt = passageColumns + `
WHERE d.path = ?1 OR substr(d.path, -length(?1) - 1) = '/' || ?1
ORDER BY p.project, d.root, d.path, p.seq`
	catalogPaths = `SELECT DISTINCT path FROM document ORDER BY path`
)

// At implements ports.PassageCatalog.
func (c *Catalog) At(ctx context.Context, path string) ([]domain.Passage, error) {
	if path == "" {
		return nil, ctx.Err()
	}
	var rows []passageRow
	err := c.s.view(ctx, "read the passages of a document", func(t *tx) error { return t.all(&rows, catalogAt, path) })
	if err != nil {
		return nil, err
	}
	out := make([]domain.Passage, len(rows))
	for i, r := range rows {
		out[i] = r.passage()
	}
	return out, nil
}

// Paths implements ports.PassageCatalog.
func (c *Catalog) Paths(ctx context.Context) ([]string, error) {
	var paths []string
	err := c.s.view(ctx, "read the paths of documents", func(t *tx) error { return t.all(&paths, catalogPaths) })
	return paths, err
}
